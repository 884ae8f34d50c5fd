// Measures the image writers on the tree of an archive, labelled by its own file contexts.
//
//     bench_writers ARCHIVE FOLDER     FOLDER: where image.tar and image.ext4 are written
//
// Prints one figure a line: name, value, unit. Times are of writing alone, the best of several
// runs. As its peers do, the tar is not brought to the disk (fsync), the ext4 image is.
#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/interrupt.hpp"
#include "selns/image/image.hpp"
#include "selns/label/apply.hpp"
#include "selns/policy/place.hpp"
#include "selns/process/process.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>

using namespace selns;
namespace fs = std::filesystem;

namespace {

constexpr int runs = 5;

double seconds(const std::function<void()>& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void print(const char* name, double value, const char* unit) {
    std::printf("%s\t%.6g\t%s\n", name, value, unit);
}

tree::Tree labelled(const fs::path& archive) {
    tree::Tree tree = tree::Tree();
    print("read", seconds([&] { tree = image::read(archive); }), "s");
    const auto config = policy::read_config(tree);
    if (!config)
        throw Error(ErrorKind::invalid_input, archive.string() + " names no policy");
    const auto place = policy::find_policy(tree, config->type);
    const label::Matcher matcher(label::read_specifications(tree, place.config + "/contexts"));
    print("label",
          seconds([&] { label::apply(tree, matcher, [](const std::string&) { return true; }); }),
          "s");
    return tree;
}

void measure(const char* name, const fs::path& file, const std::function<void()>& write) {
    double best = 0;
    for (int i = 0; i < runs; ++i) {
        fs::remove(file);
        const double time = seconds(write);
        best = i == 0 ? time : std::min(best, time);
    }
    print(name, best, "s");
}

void run(const fs::path& archive, const fs::path& folder) {
    const tree::Tree tree = labelled(archive);
    const SignalInterrupt interrupt;
    process::SystemRunner runner(interrupt);
    const fs::path tar = folder / "image.tar";
    const fs::path ext4 = folder / "image.ext4";
    measure("tar", tar, [&] { image::write_tar(tree, tar, {}); });
    measure("ext4", ext4, [&] {
        image::write_ext4(tree, ext4,
                          {.size = {}, .label = "bench", .epoch = 1, .identity = "bench"}, runner,
                          {});
        const Fd written = open_read(ext4);
        if (::fsync(written.get()) != 0)
            throw system_error("cannot sync", errno);
    });
    print("ext4 size", static_cast<double>(fs::file_size(ext4)), "bytes");
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: bench_writers ARCHIVE FOLDER\n");
        return 2;
    }
    try {
        run(argv[1], argv[2]);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}
