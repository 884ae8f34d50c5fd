#include "selns/base/file.hpp"
#include "selns/selinux/decisions.hpp"
#include "support/catch.hpp"
#include "support/cil_policy.hpp"
#include "support/host_policy.hpp"

#include <algorithm>
#include <random>

// GCC and clang tell about the leak checker in ways of their own.
#if defined(__SANITIZE_ADDRESS__)
#define SELNS_LEAKS_ARE_CHECKED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SELNS_LEAKS_ARE_CHECKED
#endif
#endif
#ifdef SELNS_LEAKS_ARE_CHECKED
#include <sanitizer/lsan_interface.h>
#endif

// libsepol's own decisions, as an oracle. Its header cannot be read by C++: a field is named bool.
extern "C" {
struct sepol_av_decision {
    std::uint32_t allowed;
    std::uint32_t decided;
    std::uint32_t auditallow;
    std::uint32_t auditdeny;
    std::uint32_t seqno;
};
int sepol_set_policydb_from_file(std::FILE* file);
int sepol_context_to_sid(const char* context, std::size_t length, std::uint32_t* sid);
int sepol_string_to_security_class(const char* name, std::uint16_t* tclass);
int sepol_string_to_av_perm(std::uint16_t tclass, const char* name, std::uint32_t* bit);
int sepol_compute_av_reason(std::uint32_t source, std::uint32_t target, std::uint16_t tclass,
                            std::uint32_t requested, sepol_av_decision* decision,
                            unsigned int* reason);
}

using namespace selns;
using selinux::Decision;
using selinux::Decisions;
using selinux::Obstacle;
using selinux::PolicyDb;

namespace {

// What libsepol says to the same question. It holds one policy, and frees none.
class Libsepol {
  public:
    explicit Libsepol(std::string image) : image_(std::move(image)) {
        std::FILE* file = ::fmemopen(image_.data(), image_.size(), "rb");
        REQUIRE(file != nullptr);
        {
#ifdef SELNS_LEAKS_ARE_CHECKED
            const __lsan::ScopedDisabler it_frees_no_policy;
#endif
            REQUIRE(sepol_set_policydb_from_file(file) == 0);
        }
        std::fclose(file);
    }

    struct Answer {
        bool allowed = false;
        bool dontaudit = false;
    };
    static Answer ask(const std::string& scontext, const std::string& tcontext,
                      const std::string& tclass, const std::string& permission) {
        std::uint16_t number = 0;
        std::uint32_t bit = 0;
        REQUIRE(sepol_string_to_security_class(tclass.c_str(), &number) == 0);
        REQUIRE(sepol_string_to_av_perm(number, permission.c_str(), &bit) == 0);
        sepol_av_decision decision = {};
        unsigned reason = 0;
        REQUIRE(sepol_compute_av_reason(sid(scontext), sid(tcontext), number, bit, &decision,
                                        &reason) == 0);
        return {(decision.allowed & bit) != 0, (decision.auditdeny & bit) == 0};
    }

  private:
    static std::uint32_t sid(const std::string& context) {
        std::uint32_t number = 0;
        REQUIRE(sepol_context_to_sid(context.c_str(), context.size() + 1, &number) == 0);
        return number;
    }

    std::string image_;
};

// Questions with users, roles, types and ranges of POLICY, answered by both.
void compare(const PolicyDb& policy, const std::vector<std::string>& ranges,
             const std::vector<std::pair<std::string, std::string>>& accesses,
             std::vector<std::string> domains = {}) {
    constexpr int rounds = 4000;
    const Decisions decisions(policy);
    const auto users = policy.users();
    const auto roles = policy.roles();
    const auto types = policy.types();
    std::mt19937 random(42);
    const auto pick = [&](const std::vector<std::string>& names) {
        return names[random() % names.size()];
    };
    if (domains.empty())
        domains = types;
    const auto context = [&] {
        for (;;) {
            const std::string text = pick(users) + ":" + (random() % 2 ? "object_r" : pick(roles)) +
                                     ":" + pick(random() % 2 ? domains : types) + ":" +
                                     pick(ranges);
            if (policy.valid_context(text))
                return text;
        }
    };
    int allowed = 0;
    int obstructed = 0;
    for (int round = 0; round < rounds; ++round) {
        const auto& [tclass, permission] = accesses[random() % accesses.size()];
        const std::string source = context();
        const std::string target = random() % 4 == 0 ? source : context();
        INFO(source << " " << target << " " << tclass << " " << permission);
        const Decision ours = decisions.decide(source, target, tclass, {permission}).front();
        const auto theirs = Libsepol::ask(source, target, tclass, permission);
        REQUIRE(ours.allowed() == theirs.allowed);
        REQUIRE(ours.dontaudit == theirs.dontaudit);
        allowed += ours.allowed() ? 1 : 0;
        obstructed += ours.rule && !ours.obstacles.empty() ? 1 : 0;
    }
    CHECK(allowed > 0);
    CHECK(obstructed > 0);
}

} // namespace

TEST_CASE("libsepol decides the same about Debian's policy") {
    const std::string image = test::host_policy();
    if (image.empty()) {
        WARN("skipped: package selinux-policy-default is not installed");
        return;
    }
    const Libsepol oracle(image);
    compare(PolicyDb::read(image, "policy"),
            {"s0", "s0", "s0-s0:c0.c1023", "s0:c1,c5", "s0:c1.c9-s0:c0.c1023"},
            {{"file", "read"},
             {"file", "getattr"},
             {"file", "execute"},
             {"file", "relabelto"},
             {"dir", "search"},
             {"dir", "create"},
             {"dir", "getattr"},
             {"process", "transition"},
             {"process", "signal"},
             {"process", "sigchld"},
             {"fd", "use"},
             {"unix_stream_socket", "connectto"},
             {"capability", "sys_admin"}},
            {"init_t", "unconfined_t", "sysadm_t", "user_t", "systemd_tmpfiles_t", "udev_t"});
}

TEST_CASE("libsepol decides the same about bounds, conditions, roles and levels") {
    const std::string image = test::compile_cil(test::small_cil() + R"(
(typeattribute all_t) (typeattribute trusted)
(type a_t) (type a_child_t) (type b_t) (type c_t)
(typeattributeset all_t (base_t a_t a_child_t b_t c_t)) (typeattributeset trusted (c_t))
(roletype object_r all_t) (roletype user_r all_t) (roletype other_r all_t)
(typebounds a_t a_child_t)
(allow a_t all_t (file (read)))
(allow a_child_t all_t (file (read)))
(allow all_t all_t (process (transition signal)))
(allow c_t all_t (dir (create relabelfrom)))
(allow b_t b_t (dir (create)))
(dontaudit b_t all_t (file (write)))
(boolean on true) (boolean off false)
(booleanif (or on off) (true (allow b_t all_t (file (write)))) (false (allow c_t all_t (file (write)))))
(booleanif (and off (not on)) (true (allow c_t base_t (file (relabelfrom)))))
(roleallow user_r other_r)
(constrain (dir (create relabelfrom)) (or (eq u1 u2) (eq t1 trusted)))
(mlsconstrain (file (read write)) (or (dom h1 h2) (eq t1 trusted)))
(mlsconstrain (process (signal)) (and (domby l1 l2) (or (neq h1 h2) (incomp l2 h2))))
)");
    const Libsepol oracle(image);
    compare(PolicyDb::read(image, "policy"), {"s0", "s0:c0", "s0-s1:c0.c2", "s1:c1,c3", "s1"},
            {{"file", "read"},
             {"file", "write"},
             {"file", "relabelfrom"},
             {"dir", "create"},
             {"process", "transition"},
             {"process", "dyntransition"},
             {"process", "signal"}});
}

TEST_CASE("a constraint is told though type enforcement denies too") {
    const std::string image = test::host_policy();
    if (image.empty()) {
        WARN("skipped: package selinux-policy-default is not installed");
        return;
    }
    const auto policy = PolicyDb::read(image, "policy");
    const Decisions decisions(policy);
    const auto answers = decisions.decide("system_u:system_r:syslogd_t:s0",
                                          "unconfined_u:object_r:user_home_dir_t:s0", "dir",
                                          {"relabelfrom", "getattr"});
    CHECK_FALSE(answers[0].rule);
    REQUIRE(answers[0].obstacles.size() == 1);
    const Obstacle& obstacle = answers[0].obstacles.front();
    CHECK(obstacle.kind == Obstacle::Kind::constraint);
    CHECK(obstacle.text == "constrain dir { create relabelfrom relabelto } "
                           "(u1 == u2 or t1 == can_change_object_identity)");
    CHECK(obstacle.remedy == "the target's user to be system_u");
    CHECK(answers[1].obstacles.empty());
    CHECK(decisions
              .decide("system_u:system_r:systemd_tmpfiles_t:s0",
                      "system_u:object_r:user_home_dir_t:s0", "dir", {"relabelfrom"})
              .front()
              .obstacles.empty());
}

TEST_CASE("the fewest booleans that would allow it") {
    const std::string image = test::compile_cil(test::small_cil() + R"(
(type a_t) (roletype object_r a_t) (roletype user_r a_t)
(boolean one false) (boolean two false) (boolean three true)
(booleanif (and one two) (true (allow a_t base_t (file (write)))))
(booleanif three (false (allow a_t base_t (file (write relabelto)))))
(booleanif (and (not three) (and one two)) (true (allow a_t base_t (file (relabelfrom)))))
)");
    const auto policy = PolicyDb::read(image, "policy");
    const Decisions decisions(policy);
    const auto switches = [&](const std::string& permission) {
        std::string text;
        const Decision decision =
            decisions
                .decide("user_u:user_r:a_t:s0", "user_u:object_r:base_t:s0", "file", {permission})
                .front();
        for (const auto& setting : decision.booleans)
            text += setting.name + (setting.value ? "=true " : "=false ");
        return text;
    };
    CHECK(switches("write") == "three=false ");
    CHECK(switches("relabelfrom") == "one=true two=true three=false ");
    CHECK(switches("ioctl").empty());
}

TEST_CASE("extended rules say which commands are allowed") {
    const std::string image = test::compile_cil(test::small_cil() + R"(
(type a_t) (type b_t) (typeattribute some) (typeattributeset some (a_t b_t))
(allow some base_t (file (ioctl)))
(allowx a_t base_t (ioctl file (0x5401 (range 0x8910 0x8913))))
(allowx some base_t (ioctl file ((range 0x7000 0x70ff))))
)");
    const auto policy = PolicyDb::read(image, "policy");
    const Decisions decisions(policy);
    CHECK(decisions.has_extended_rules("a_t", "base_t", "file"));
    CHECK_FALSE(decisions.has_extended_rules("a_t", "a_t", "file"));
    const auto allowed = [&](const char* source, std::uint16_t command) {
        return decisions.command_allowed(source, "base_t", "file", command);
    };
    CHECK(allowed("a_t", 0x5401));
    CHECK(allowed("a_t", 0x8912));
    CHECK_FALSE(allowed("a_t", 0x8914));
    CHECK_FALSE(allowed("b_t", 0x5401));
    CHECK(allowed("b_t", 0x7042));
}

// This host's libsepol may be too old to compile such rules: one about ioctl becomes one.
TEST_CASE("extended rules of nlmsg are about messages, not commands") {
    std::string image = test::compile_cil(test::small_cil() + R"(
(type a_t) (allow a_t base_t (file (ioctl))) (allowx a_t base_t (ioctl file (0x0012)))
)");
    std::string rule("\1\0", 2); // commands of driver 0
    rule.append(std::string("\0\0\4\0", 4)).append(28, '\0');
    const std::size_t place = image.find(rule);
    REQUIRE(place != std::string::npos);
    image[place] = 3;
    const auto policy = PolicyDb::read(image, "policy");
    const Decisions decisions(policy);
    CHECK(decisions.has_message_rules("a_t", "base_t", "file"));
    CHECK_FALSE(decisions.has_extended_rules("a_t", "base_t", "file"));
    CHECK(decisions.message_allowed("a_t", "base_t", "file", 0x12));
    CHECK_FALSE(decisions.message_allowed("a_t", "base_t", "file", 0x13));
    CHECK_FALSE(decisions.command_allowed("a_t", "base_t", "file", 0x12));
}

TEST_CASE("obstacles are named, with what would help") {
    const std::string image = test::compile_cil(test::small_cil() + R"(
(type a_t) (type child_t) (typebounds a_t child_t)
(roletype object_r a_t) (roletype user_r a_t) (roletype other_r a_t) (roletype user_r child_t)
(typeattribute trusted) (typeattributeset trusted (base_t))
(mlsconstrain (file (write)) (or (eq l1 l2) (eq t1 trusted)))
(validatetrans file (or (eq u1 u2) (eq t3 trusted)))
(mlsvalidatetrans file (eq l1 l2))
(allow base_t child_t (dir (create)))
(constrain (dir (create)) (eq t1 trusted))
)");
    const auto policy = PolicyDb::read(image, "policy");
    const Decisions decisions(policy);
    const auto first = [&](const std::string& source, const std::string& target,
                           const std::string& tclass, const std::string& permission) {
        const auto found = decisions.decide(source, target, tclass, {permission}).front().obstacles;
        return found.empty() ? std::string() : found.front().text + " | " + found.front().remedy;
    };
    CHECK(first("user_u:user_r:a_t:s0", "user_u:object_r:a_t:s1", "file", "write") ==
          "mlsconstrain file { write } (l1 == l2 or t1 == trusted) | the target's level to be the "
          "source's");
    CHECK(first("user_u:user_r:a_t:s0", "user_u:object_r:a_t:s0", "dir", "create") ==
          "constrain dir { create } (t1 == trusted) | a_t to have the attribute trusted");
    CHECK(first("user_u:user_r:a_t:s0", "user_u:other_r:a_t:s0", "process", "transition") ==
          "no role allow rule from user_r to other_r | (roleallow user_r other_r) in a module");
    CHECK(first("user_u:user_r:child_t:s0", "user_u:object_r:a_t:s0", "file", "read") ==
          "typebounds a_t child_t | a_t to be allowed it first");
    const auto relabel = decisions.relabel_obstacles(
        "user_u:object_r:a_t:s0", "other_u:object_r:a_t:s1", "user_u:user_r:a_t:s0", "file");
    REQUIRE(relabel.size() == 2);
    CHECK(std::ranges::any_of(relabel, [](const Obstacle& obstacle) {
        return obstacle.text == "validatetrans file (u1 == u2 or t3 == trusted)";
    }));
    CHECK(std::ranges::any_of(
        relabel, [](const Obstacle& obstacle) { return obstacle.kind == Obstacle::Kind::mls; }));
}

TEST_CASE("questions outside of the policy are the caller's mistake") {
    const std::string image = test::compile_cil(test::small_cil());
    const auto policy = PolicyDb::read(image, "policy");
    const Decisions decisions(policy);
    const std::string good = "user_u:user_r:base_t:s0";
    CHECK(decisions.decide(good, good, "file", {"read"}).front().allowed());
    CHECK_THROWS_AS(decisions.decide("x", good, "file", {"read"}), std::invalid_argument);
    CHECK_THROWS_AS(decisions.decide(good, good + ":c9", "file", {"read"}), std::invalid_argument);
    CHECK_THROWS_AS(decisions.decide(good, good, "nosuch", {"read"}), std::invalid_argument);
    CHECK_THROWS_AS(decisions.decide(good, good, "file", {"fly"}), std::invalid_argument);
}
