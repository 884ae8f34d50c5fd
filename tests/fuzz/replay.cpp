// Runs a fuzz target without libFuzzer: on every file of the given directories, and on copies of
// them with damage from a fixed seed.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <random>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr int copies = 25;

void feed(const std::string& input) {
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

std::string damaged(std::string input, std::mt19937& random) {
    const auto below = [&random](std::size_t limit) {
        return std::uniform_int_distribution<std::size_t>(0, limit)(random);
    };
    for (std::size_t changes = 1 + below(4); changes > 0 && !input.empty(); --changes) {
        const std::size_t at = below(input.size() - 1);
        switch (below(3)) {
        case 0:
            input[at] = static_cast<char>(below(255));
            break;
        case 1:
            input.erase(at, 1 + below(16));
            break;
        case 2:
            input.insert(at, input.substr(below(input.size() - 1), below(32)));
            break;
        default:
            input.resize(at);
        }
    }
    return input;
}

} // namespace

// There in targets that run workers in a sandbox: they are this program executed anew.
namespace selns::sandbox {
__attribute__((weak)) std::optional<int> serve(int argc, char** argv);
}

int main(int argc, char** argv) {
    if (selns::sandbox::serve != nullptr)
        if (const auto status = selns::sandbox::serve(argc, argv))
            return *status;
    int inputs = 0;
    feed("");
    for (int i = 1; i < argc; ++i)
        for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
            std::ifstream file(entry.path(), std::ios::binary);
            const std::string seed(std::istreambuf_iterator<char>(file), {});
            feed(seed);
            std::mt19937 random(1);
            for (int copy = 0; copy < copies; ++copy)
                feed(damaged(seed, random));
            inputs += 1 + copies;
        }
    std::cout << inputs << " inputs\n";
    return inputs > 0 ? 0 : 1;
}
