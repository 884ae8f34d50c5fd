#ifdef SELNS_CATCH2_V3
#include <catch2/catch_session.hpp>
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#endif

#include <optional>

// There in tests of what runs workers in a sandbox: they are this program executed anew.
namespace selns::sandbox {
__attribute__((weak)) std::optional<int> serve(int argc, char** argv);
}

int main(int argc, char** argv) {
    if (selns::sandbox::serve != nullptr)
        if (const auto status = selns::sandbox::serve(argc, argv))
            return *status;
    return Catch::Session().run(argc, argv);
}
