// Measures label::Matcher and libselinux on the paths of a real tree.
//
//     bench_matcher CONTEXTS TREE     CONTEXTS: such as /etc/selinux/default/contexts/files
//
// Prints one figure a line: name, value, unit. Each is the best of several runs, of one thread.
#include "selns/base/error.hpp"
#include "selns/label/label.hpp"

#include <selinux/label.h>
#include <selinux/selinux.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

using namespace selns;
namespace fs = std::filesystem;

namespace {

struct File {
    std::string path;
    mode_t mode;
};

std::vector<File> files_of(const fs::path& tree) {
    std::vector<File> files;
    const auto add = [&](const fs::path& path) {
        struct stat status {};
        if (lstat(path.c_str(), &status) == 0)
            files.push_back({"/" + path.lexically_relative(tree).string(), status.st_mode});
    };
    for (const auto& entry : fs::recursive_directory_iterator(tree))
        add(entry.path());
    return files;
}

std::optional<label::SpecificationFile> read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return std::nullopt;
    return label::SpecificationFile{path, std::string(std::istreambuf_iterator<char>(file), {})};
}

label::Specifications read_all(const std::string& main) {
    label::Specifications specifications;
    for (const char* suffix : {"", ".homedirs", ".local"})
        if (auto file = read(main + suffix))
            specifications.files.push_back(std::move(*file));
    specifications.subs = read(main + ".subs");
    specifications.subs_dist = read(main + ".subs_dist");
    return specifications;
}

double seconds(const std::function<void()>& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double best(int runs, const std::function<void()>& work) {
    double result = seconds(work);
    for (int i = 1; i < runs; ++i)
        result = std::min(result, seconds(work));
    return result;
}

void print(const char* name, double value, const char* unit) {
    std::printf("%s\t%.6g\t%s\n", name, value, unit);
}

// FIND asked for each file: the first time, when regular expressions are still to be compiled, and
// afterwards.
void measure_lookups(const std::string& side, const std::vector<File>& files, int runs,
                     const std::function<void(const File&)>& find) {
    const auto every = [&] {
        for (const auto& file : files)
            find(file);
    };
    const auto count = static_cast<double>(files.size());
    print((side + " first lookups").c_str(), seconds(every) / count * 1e6, "us");
    const double usual = best(runs, every);
    print((side + " lookups").c_str(), usual / count * 1e6, "us");
    print((side + " lookups a second").c_str(), count / usual, "");
}

void measure_ours(const std::string& main, const std::vector<File>& files) {
    const auto specifications = read_all(main);
    print("ours build", best(11, [&] { label::Matcher{specifications}; }) * 1e3, "ms");
    const label::Matcher matcher(specifications);
    print("specifications", static_cast<double>(matcher.specifications().size()), "");
    std::size_t found = 0;
    measure_lookups("ours", files, 21, [&](const File& file) {
        found += matcher.find(file.path, file.mode) != nullptr ? 1 : 0;
    });
    print("ours matched", static_cast<double>(found) / 22, "");
}

void measure_libselinux(const std::string& main, const std::vector<File>& files) {
    selinux_opt option{SELABEL_OPT_PATH, main.c_str()};
    selabel_handle* handle = nullptr;
    print("libselinux open",
          seconds([&] { handle = selabel_open(SELABEL_CTX_FILE, &option, 1); }) * 1e3, "ms");
    if (handle == nullptr)
        throw Error(ErrorKind::failed, "libselinux cannot open " + main);
    measure_lookups("libselinux", files, 3, [&](const File& file) {
        char* context = nullptr;
        if (selabel_lookup_raw(handle, &context, file.path.c_str(), static_cast<int>(file.mode)) ==
            0)
            freecon(context);
    });
    selabel_close(handle);
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: bench_matcher CONTEXTS TREE\n");
        return 2;
    }
    try {
        const auto files = files_of(argv[2]);
        const std::string main = std::string(argv[1]) + "/file_contexts";
        print("paths", static_cast<double>(files.size()), "");
        measure_ours(main, files);
        measure_libselinux(main, files);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}
