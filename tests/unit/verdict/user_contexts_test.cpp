#include "selns/verdict/user_contexts.hpp"
#include "support/catch.hpp"

using namespace selns;
using verdict::user_contexts;

namespace {

const label::Matcher
    homes({{{"file_contexts", "/home/[^/]+ -d unconfined_u:object_r:user_home_dir_t:s0\n"
                              "/root -d unconfined_u:object_r:user_home_dir_t:s0\n"
                              "/home/[^/]+/\\.ssh(/.*)? unconfined_u:object_r:ssh_home_t:s0\n"
                              "/root/\\.ssh(/.*)? unconfined_u:object_r:ssh_home_t:s0\n"}},
           {},
           {}});

std::vector<std::string> lines(const verdict::Finding& finding,
                               const std::vector<log::Denial>& denials) {
    return user_contexts(finding, denials, homes).lines;
}

log::Denial denial_of(const std::string& tcontext) {
    log::Denial denial;
    denial.scontext = "system_u:system_r:systemd_tmpfiles_t:s0";
    denial.tcontext = tcontext;
    denial.tclass = "dir";
    denial.permissions = {"relabelto"};
    return denial;
}

verdict::Finding finding_of(const log::Denial& denial, const std::string& object) {
    verdict::Finding finding;
    finding.verdict = verdict::Verdict::constraint;
    finding.reason = "constrain dir { create relabelfrom relabelto } (u1 == u2 or t1 == x)";
    finding.triple = verdict::triple_of(denial);
    finding.seen.add_object(object);
    return finding;
}

} // namespace

TEST_CASE("A constraint on users is met by the same specification with another user") {
    const auto root = denial_of("unconfined_u:object_r:user_home_dir_t:s0");
    CHECK(lines(finding_of(root, "root"), {root}) ==
          std::vector<std::string>{"/root -d system_u:object_r:user_home_dir_t:s0"});
    const auto ssh = denial_of("unconfined_u:object_r:ssh_home_t:s0");
    CHECK(lines(finding_of(ssh, ".ssh"), {root, ssh}) ==
          std::vector<std::string>{"/root/\\.ssh(/.*)? system_u:object_r:ssh_home_t:s0"});
}

TEST_CASE("Nothing is suggested for what it would not help") {
    const auto root = denial_of("unconfined_u:object_r:user_home_dir_t:s0");
    auto other = finding_of(root, "root");
    other.reason = "mlsconstrain dir { read } (l1 dom l2)";
    CHECK(lines(other, {root}).empty());
    CHECK(lines(finding_of(root, "elsewhere"), {root}).empty());
    const auto same = denial_of("system_u:object_r:user_home_dir_t:s0");
    CHECK(lines(finding_of(same, "root"), {same}).empty());
}

TEST_CASE("A path among others of its specification gets a line of its own") {
    const auto bob = denial_of("unconfined_u:object_r:user_home_dir_t:s0");
    CHECK(lines(finding_of(bob, "/home/bob"), {bob}) ==
          std::vector<std::string>{"/home/bob -d system_u:object_r:user_home_dir_t:s0"});
}

TEST_CASE("A user that the file contexts have already makes the log an older one") {
    const label::Matcher mended(
        {{{"file_contexts", "/root -d unconfined_u:object_r:user_home_dir_t:s0\n"
                            "/root -d system_u:object_r:user_home_dir_t:s0\n"}},
         {},
         {}});
    const auto root = denial_of("unconfined_u:object_r:user_home_dir_t:s0");
    for (const char* object : {"root", "/root"}) {
        const auto found =
            user_contexts(finding_of(root, object), std::vector<log::Denial>{root}, mended);
        CHECK(found.there);
        CHECK(found.lines.empty());
    }
}
