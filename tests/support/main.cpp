#ifdef SELNS_CATCH2_V3
#include <catch2/catch_session.hpp>
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#endif

#include "selns/sandbox/worker.hpp"

int main(int argc, char** argv) {
    if (const auto status = selns::sandbox::serve(argc, argv))
        return *status;
    return Catch::Session().run(argc, argv);
}
