#include "libsepol_policy.hpp"
#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/selinux/decisions.hpp"
#include "selns/selinux/policy_patch.hpp"
#include "support/catch.hpp"
#include "support/cil_policy.hpp"
#include "support/host_policy.hpp"

#include <array>
#include <random>
#include <set>

using namespace selns;
using selinux::add_rules;
using selinux::NotPatchable;
using selinux::plain_rules;
using test::LibsepolPolicy;

namespace {

const std::string base_commands =
    "(allowx a_t b_t (ioctl file (0x5401 (range 0x8900 0x89ff) 0x8a01)))";

std::string base_cil() {
    return test::small_cil() + R"(
(typeattribute all_t) (type a_t) (type b_t) (type c_t) (type child_t) (typebounds a_t child_t)
(typealias alias_t) (typealiasactual alias_t a_t)
(typeattributeset all_t (base_t a_t b_t c_t))
(roletype object_r all_t) (roletype user_r all_t)
(allow a_t all_t (file (read))) (allow a_t b_t (file (write ioctl)))
(auditallow a_t b_t (file (read))) (dontaudit b_t a_t (dir (create)))
(allow b_t b_t (process (signal)))
(boolean on false) (booleanif on (true (allow c_t a_t (file (write))) (dontaudit c_t b_t (file (read)))))
)" + base_commands;
}

// Read by libsepol and written again: its order of rules is always the same.
std::string canonical(const std::string& image) {
    const LibsepolPolicy policy(image);
    REQUIRE(policy.read());
    return policy.write(33);
}

std::string patched_with(const std::string& base, const std::string& rules) {
    return add_rules(base, plain_rules(rules, "module.cil").value(), "policy");
}

std::string why_not(const std::string& base, const std::string& rules) {
    try {
        patched_with(base, rules);
    } catch (const NotPatchable& reason) {
        return reason.what();
    }
    return {};
}

// The rules about ioctl commands among RULES, of which each has a line.
std::string commands_in(const std::string& rules) {
    std::string found;
    for (const std::string_view line : split(rules, '\n'))
        if (line.starts_with("(allowx "))
            found += line;
    return found;
}

class Generator {
  public:
    explicit Generator(unsigned seed) : random_(seed) {}

    std::string rules() {
        std::string text;
        std::set<std::string> sorted; // libsepol keeps the order of kinds of rules on one triple
        for (unsigned count = 1 + below(6); count > 0; --count)
            sorted.insert(rule());
        for (const std::string& rule : sorted)
            text += rule + "\n";
        return text;
    }

  private:
    unsigned below(unsigned end) { return std::uniform_int_distribution(0U, end - 1)(random_); }

    template <std::size_t size>
    std::string one_of(const std::array<const char*, size>& words) {
        return words[below(size)];
    }

    std::string rule() {
        const std::string source = one_of<4>({"a_t", "b_t", "c_t", "base_t"});
        const std::string target = one_of<6>({"a_t", "b_t", "c_t", "base_t", "self", "alias_t"});
        const std::string subject = source + " " + target + " ";
        if (below(3) == 0)
            return "(allowx " + subject + "(ioctl file (" + commands() + ")))";
        const std::string kind = one_of<4>({"allow", "allow", "auditallow", "dontaudit"});
        return "(" + kind + " " + subject + access() + ")";
    }

    std::string access() {
        return one_of<7>({"(file (read))", "(file (write))", "(file (read write ioctl))",
                          "(process (signal transition))", "(dir (create relabelfrom))",
                          "(file (relabelto))", "(dir (relabelfrom))"});
    }

    std::string commands() {
        return one_of<6>({"0x5401", "0x5402 0x8a01", "(range 0x5400 0x54ff)",
                          "(range 0x53f0 0x5510)", "0x89ff", "(range 0x0 0xffff)"});
    }

    std::mt19937 random_;
};

} // namespace

TEST_CASE("a patched policy is the one that libsepol compiles with the rules") {
    const std::string base = test::compile_cil(base_cil());
    unsigned done = 0;
    for (unsigned seed = 0; seed < 100; ++seed) {
        const std::string rules = Generator(seed).rules();
        CAPTURE(seed, rules);
        std::string image;
        try {
            image = patched_with(base, rules);
        } catch (const NotPatchable& reason) {
            REQUIRE(std::string(reason.what()) == "a conditional rule is about the same access");
            continue;
        }
        ++done;
        // Rules about ioctl commands get one place and order in both.
        const auto ordered = [&](const std::string& policy) {
            return canonical(patched_with(policy, commands_in(rules) + base_commands));
        };
        REQUIRE(ordered(image) == ordered(test::compile_cil(base_cil() + rules)));
        REQUIRE(selinux::PolicyDb::read(image, "policy").version() == 33);
    }
    CHECK(done > 50);
}

TEST_CASE("adding rules twice, or none, changes nothing") {
    const std::string base = test::compile_cil(base_cil());
    CHECK(patched_with(base, "") == base);
    const std::string rules = "(allow a_t b_t (file (relabelto)))(dontaudit c_t c_t (dir (create)))"
                              "(allowx a_t c_t (ioctl file (0x5401)))";
    const std::string once = patched_with(base, rules);
    CHECK(once != base);
    CHECK(patched_with(once, rules) == once);
    // Those that are there already.
    CHECK(patched_with(base, "(allow a_t b_t (file (write)))(dontaudit b_t a_t (dir (create)))") ==
          base);
}

TEST_CASE("what cannot be done exactly is told") {
    const std::string base = test::compile_cil(base_cil());
    CHECK(why_not(base, "(allow nobody_t a_t (file (read)))") == "the policy has no type nobody_t");
    CHECK(why_not(base, "(allow a_t a_t (sock (read)))") == "the policy has no class sock");
    CHECK(why_not(base, "(allow a_t a_t (file (fly)))") == "the policy has no permission file fly");
    CHECK(why_not(base, "(allowx a_t a_t (ioctl process (0x1)))") ==
          "the policy has no permission process ioctl");
    CHECK(why_not(base, "(allow all_t a_t (file (read)))") ==
          "a rule is about all_t, an attribute");
    CHECK(why_not(base, "(allow child_t a_t (file (read)))") ==
          "a rule is about child_t, a type with bounds");
    CHECK(why_not(base, "(allow c_t a_t (file (read)))") ==
          "a conditional rule is about the same access");
    CHECK(why_not(base, "(dontaudit c_t b_t (file (write)))") ==
          "a conditional rule is about the same access");
    CHECK(why_not(base, "(auditallow c_t a_t (file (read)))").empty());
    const std::string old =
        LibsepolPolicy(test::compile_cil(test::small_cil() + "(type a_t)")).write(29);
    CHECK(why_not(old, "(allowx a_t a_t (ioctl file (0x1)))") ==
          "the policy's version has no extended permissions");
    CHECK(why_not(old, "(allow a_t a_t (file (read)))").empty());
}

TEST_CASE("a module of more than plain rules is none") {
    for (const char* text :
         {"(type x_t)", ";;* lms 1 x\n(allow a b (file (read)))",
          "(allow a b (file (all)))(optional o (allow a b (file (read))))",
          "(allow a b (file (not (read))))", "(allow a b file_perms)",
          "(allow a (b) (file (read)))", "(allowx a b (nlmsg file (0x1)))",
          "(allowx a b (ioctl file (not (0x1))))", "(allowx a b (ioctl file (0x10000)))",
          "(allowx a b (ioctl file (010)))", "(neverallow a b (file (read)))",
          "(dontauditx a b (ioctl file (0x1)))", "(allow a b (file ()))", "(allow a b)"})
        CHECK_FALSE(plain_rules(text, "module.cil"));
    CHECK(plain_rules("; nothing\n", "module.cil")->empty());
    // "all" is a name like others here, and no policy has it.
    CHECK(why_not(test::compile_cil(base_cil()), "(allow a_t b_t (file (all)))") ==
          "the policy has no permission file all");
    CHECK_THROWS_AS(plain_rules("(allow", "module.cil"), Error);
}

TEST_CASE("a damaged policy is an error, wherever it is") {
    const std::string base = test::compile_cil(base_cil());
    const auto rules = plain_rules("(allow a_t b_t (file (relabelto)))", "module.cil").value();
    for (std::size_t size = 0; size < base.size(); size += 7)
        try {
            add_rules(base.substr(0, size), rules, "policy");
        } catch (const Error& error) {
            CHECK(error.location().file == "policy");
        } catch (const NotPatchable&) {
        }
}

TEST_CASE("a rule in a real policy is there, and everything else is as it was") {
    const std::string base = test::host_policy();
    if (base.empty()) {
        WARN("skipped: package selinux-policy-default is not installed");
        return;
    }
    const std::string image =
        patched_with(base, "(allow getty_t shadow_t (file (read write)))"
                           "(allow getty_t self (capability2 (checkpoint_restore)))");
    CHECK(image.size() < base.size() + 100);
    const auto policy = selinux::PolicyDb::read(image, "policy");
    const selinux::Decisions decisions(policy);
    CHECK(decisions.rule_allows("getty_t", "shadow_t", "file", "write"));
    CHECK_FALSE(decisions.rule_allows("getty_t", "shadow_t", "file", "execute"));
    CHECK(LibsepolPolicy(image).read());
    // Byte by byte but for the table of rules.
    CHECK(image.substr(image.size() - 100'000) == base.substr(base.size() - 100'000));
}
