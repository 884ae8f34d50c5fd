#include "fake_kernel.hpp"
#include "selns-run/confine.hpp"
#include "support/catch.hpp"

using namespace selns;
using namespace selns::run;

namespace {

const std::string own = "/proc/self/exe";

bool executes(FakeKernel& kernel) {
    execute_read_only(kernel, {"x.ext4"});
    CHECK(kernel.open_here().empty());
    return kernel.calls.back().starts_with("execve /proc/self/fd/");
}

} // namespace

TEST_CASE("the launcher executes itself where its file cannot be changed") {
    FakeKernel kernel;
    SECTION("from a usual place") {
        CHECK(executes(kernel));
    }
    SECTION("from a read-only file system, which can be made writable") {
        kernel.read_only = {own};
        CHECK(executes(kernel));
    }
    SECTION("from a mount of the file that is writable") {
        kernel.mount_roots = {own};
        CHECK(executes(kernel));
    }
    SECTION("once") {
        kernel.mount_roots = {own};
        kernel.read_only = {own};
        CHECK_FALSE(executes(kernel));
    }
}

TEST_CASE("the launcher does not go on from where its file can be changed") {
    for (int step = 1; step <= 5; ++step) {
        FakeKernel kernel;
        kernel.fail_at = step;
        CHECK_THROWS_WITH(execute_read_only(kernel, {}),
                          ContainsSubstring("cannot execute selns-run from a read-only mount"));
        CHECK(kernel.open_here().empty());
    }
}
