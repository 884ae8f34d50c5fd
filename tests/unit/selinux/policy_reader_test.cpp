#include "libsepol_policy.hpp"
#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/selinux/decisions.hpp"
#include "selns/selinux/store.hpp"
#include "support/catch.hpp"
#include "support/cil_policy.hpp"
#include "support/host_policy.hpp"

#include <array>
#include <cstring>
#include <random>
#include <thread>

using namespace selns;
using selinux::Decisions;
using selinux::PolicyDb;
using test::LibsepolPolicy;

namespace {

// Something of everything that a file can hold.
std::string rich_cil() {
    return test::small_cil() + R"(
(typeattribute all_t) (typeattribute trusted) (typeattribute nobody)
(type a_t) (type a_child_t) (type b_t) (typealias a_alias_t) (typealiasactual a_alias_t a_t)
(typeattributeset all_t (base_t a_t a_child_t b_t)) (typeattributeset trusted (b_t))
(roletype object_r all_t) (roletype user_r all_t) (roletype other_r b_t)
(typebounds a_t a_child_t) (typepermissive b_t)
(sensitivityalias low_s) (sensitivityaliasactual low_s s0)
(categoryalias first_c) (categoryaliasactual first_c c0)
(user low_u) (userrole low_u object_r) (userrole low_u user_r) (userlevel low_u low)
(userrange low_u (low (s0 (range c1 c2))))
(allow a_t all_t (file (read))) (allow a_child_t all_t (file (read)))
(dontaudit b_t all_t (file (write))) (auditallow a_t b_t (file (read)))
(boolean on true) (boolean off false)
(booleanif (xor on (not off)) (true (allow b_t all_t (file (write)))
                                    (typetransition a_t b_t file a_child_t))
                              (false (allow a_t all_t (file (write)))))
(typetransition a_t b_t process a_child_t) (typechange a_t b_t file base_t)
(typemember a_t b_t dir base_t) (typetransition a_t b_t file "name" a_child_t)
(rangetransition a_t b_t process all) (roletransition user_r b_t process other_r)
(roleallow user_r other_r) (defaultrange file source low) (defaultuser dir target)
(constrain (dir (create)) (or (eq u1 u2) (and (eq t1 trusted) (not (eq r1 other_r)))))
(mlsconstrain (file (read write)) (or (dom h1 h2) (eq t1 trusted)))
(mlsvalidatetrans file (or (eq l1 l2) (eq t3 trusted)))
(context low_context (user_u object_r base_t (low low)))
(fsuse xattr ext4 low_context) (genfscon proc "/" low_context) (genfscon proc "/sys" low_context)
(portcon tcp (1 9) low_context) (netifcon lo low_context low_context)
(nodecon (10.0.0.1) (255.0.0.0) low_context) (nodecon (fe80::) (ffff::) low_context)
(ibpkeycon fe80:: (0 16) low_context) (ibendportcon mlx5_0 1 low_context)
(policycap open_perms)
)";
}

constexpr const char* extended_cil =
    "(allowx a_t base_t (ioctl file (0x5401 (range 0x8910 0x8913))))";

void compare_names(const PolicyDb& ours, const LibsepolPolicy& theirs) {
    CHECK(ours.types() == theirs.types());
    CHECK(ours.users() == theirs.users());
    CHECK(ours.roles() == theirs.roles());
    CHECK(ours.booleans() == theirs.booleans());
    for (const auto& [alias, type] : theirs.aliases()) {
        CHECK(ours.type_of(alias) == type);
        CHECK(ours.has_type(alias));
    }
    std::vector<std::string> attributes;
    for (const auto& [attribute, members] : theirs.attributes()) {
        attributes.push_back(attribute);
        CHECK(ours.attribute_members(attribute) == members);
        CHECK_FALSE(ours.has_type(attribute));
        for (const std::string& member : members)
            REQUIRE(ours.has_attribute(member, attribute));
    }
    CHECK(ours.attributes() == attributes);
    for (const auto& [tclass, permissions] : theirs.permissions()) {
        CHECK(ours.permissions(tclass) == permissions);
        for (const std::string& permission : permissions)
            REQUIRE(ours.has_permission(tclass, permission));
    }
}

// Contexts that are right, nearly right and wrong.
class Contexts {
  public:
    Contexts(const LibsepolPolicy& policy, bool mls)
        : mls_(mls), users_(policy.users()), roles_(policy.roles()), types_(policy.types()),
          sensitivities_(policy.sensitivities()), categories_(policy.categories()) {
        for (const auto& [alias, type] : policy.aliases())
            types_.push_back(alias);
        for (const auto& [attribute, members] : policy.attributes())
            types_.push_back(attribute);
    }

    std::string next() {
        std::string text = pick(users_) + ":" + (one_in(2) ? "object_r" : pick(roles_)) + ":" +
                           pick(types_) + (mls_ != one_in(20) ? ":" + range() : "");
        if (one_in(4))
            damage(text);
        return text;
    }

  private:
    bool one_in(unsigned count) { return random_() % count == 0; }
    const std::string& pick(const std::vector<std::string>& names) {
        static const std::string nothing;
        return names.empty() ? nothing : names[random_() % names.size()];
    }

    std::string level() {
        std::string text = pick(sensitivities_);
        std::string separator = ":";
        while (!one_in(2)) {
            text += separator + pick(categories_);
            if (one_in(3))
                text += "." + pick(categories_);
            separator = ",";
        }
        return text;
    }
    std::string range() { return one_in(3) ? level() : level() + "-" + level(); }

    void damage(std::string& text) {
        constexpr std::string_view marks = ":-.,cs01 \t\xff";
        const std::size_t at = random_() % text.size();
        switch (random_() % 4) {
        case 0:
            text.insert(at, 1, marks[random_() % marks.size()]);
            break;
        case 1:
            text.erase(at, 1 + random_() % 3);
            break;
        case 2:
            text[at] = marks[random_() % marks.size()];
            break;
        default:
            text += text.substr(at);
        }
    }

    std::mt19937 random_{7};
    bool mls_;
    std::vector<std::string> users_, roles_, types_, sensitivities_, categories_;
};

void compare_contexts(const PolicyDb& ours, const LibsepolPolicy& theirs, int rounds) {
    Contexts contexts(theirs, ours.mls());
    int valid = 0;
    for (int round = 0; round < rounds; ++round) {
        const std::string text = contexts.next();
        INFO(text);
        REQUIRE(ours.valid_context(text) == theirs.valid_context(text));
        valid += ours.valid_context(text) ? 1 : 0;
    }
    CHECK(valid > rounds / 100);
}

// Asks whatever can be asked; only whether it ends is of interest.
void ask_all(const PolicyDb& policy) {
    const Decisions decisions(policy);
    const std::string context = "user_u:user_r:a_t:s0";
    for (const std::string& attribute : policy.attributes())
        policy.attribute_members(attribute);
    for (const char* tclass : {"file", "dir", "process"})
        if (policy.valid_context(context) && policy.has_class(tclass)) {
            decisions.decide(context, context, tclass, policy.permissions(tclass));
            decisions.relabel_obstacles(context, context, context, tclass);
            decisions.has_extended_rules("a_t", "a_t", tclass);
            decisions.command_allowed("a_t", "a_t", tclass, 0x5401);
        }
}

// Whether IMAGE can be read, which must not depend on anything else.
bool readable(const std::string& image) {
    try {
        ask_all(PolicyDb::read(image, "policy"));
        return true;
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::invalid_input);
        CHECK(error.location().file == "policy");
        CHECK_FALSE(error.hint().empty());
        return false;
    }
}

std::string number(std::uint32_t value) {
    std::array<char, 4> bytes = {};
    std::memcpy(bytes.data(), &value, sizeof value);
    return {bytes.data(), bytes.size()};
}

constexpr std::size_t version_offset = 16; // magic, length, "SE Linux"
constexpr std::size_t sets_offset = 32;    // version, configuration, two numbers of tables

std::size_t set_size(const std::string& image, std::size_t at) {
    std::uint32_t words = 0;
    std::memcpy(&words, image.data() + at + 8, sizeof words);
    return 12 + std::size_t{words} * 12;
}

// IMAGE of version 33 or 34 as one of version 35: with the set of types that are never audited
// behind those of capabilities and of permissive types.
std::string with_never_audited(std::string image, const std::string& set) {
    image.replace(version_offset, 4, number(35));
    const std::size_t permissive = sets_offset + set_size(image, sets_offset);
    return image.insert(permissive + set_size(image, permissive), set);
}

} // namespace

TEST_CASE("libsepol reads the same from Debian's policy") {
    const std::string image = test::host_policy();
    if (image.empty()) {
        WARN("skipped: package selinux-policy-default is not installed");
        return;
    }
    const auto ours = PolicyDb::read(image, "policy");
    const LibsepolPolicy theirs(image);
    REQUIRE(theirs.read());
    compare_names(ours, theirs);
    compare_contexts(ours, theirs, 30000);
}

TEST_CASE("libsepol reads the same from every version") {
    for (const bool mls : {true, false})
        for (unsigned version = selinux::oldest_policy_version();
             version <=
             std::min(selinux::newest_policy_version(), selinux::newest_committed_version());
             ++version) {
            INFO("version " << version << (mls ? " with MLS" : ""));
            // To an older one libsepol writes no extended rules, and so nothing.
            const LibsepolPolicy compiled(
                test::compile_cil(rich_cil() + (version >= 30 ? extended_cil : ""), mls));
            REQUIRE(compiled.read());
            const std::string image = compiled.write(version);
            const LibsepolPolicy theirs(image);
            REQUIRE(theirs.read());
            const auto ours = PolicyDb::read(image, "policy");
            CHECK(ours.version() == version);
            CHECK(ours.mls() == mls);
            CHECK(ours.handle_unknown() == "deny");
            compare_names(ours, theirs);
            compare_contexts(ours, theirs, 5000);
        }
}

TEST_CASE("contexts with absurd forms") {
    const std::string image = test::compile_cil(rich_cil());
    const auto ours = PolicyDb::read(image, "policy");
    const LibsepolPolicy theirs(image);
    for (const char* range : {"s0",
                              "",
                              ":",
                              "-",
                              "s0-",
                              "-s0",
                              "s0:",
                              "s0:c0,",
                              "s0:,c0",
                              "s0:c0.",
                              "s0:.c0",
                              "s0:c0.c0",
                              "s0:c3.c0",
                              "s0:c0.c1.c2",
                              "s0:c0:c1",
                              "s0:c0,c0",
                              "s0-s1:c0-junk",
                              "s0-s1:c0-",
                              "s0-s0-s1",
                              "s0:c0-s1:c0.c3-s1",
                              "low_s",
                              "low_s:first_c-s1:c0",
                              "s1-s0",
                              "s0:c0-s1",
                              "s0 ",
                              " s0",
                              "s0:c0.c3-s1:c0.c2",
                              "s9",
                              "s0:c9"}) {
        const std::string text = std::string("user_u:user_r:a_t:") + range;
        INFO(text);
        CHECK(ours.valid_context(text) == theirs.valid_context(text));
    }
    for (const char* text :
         {"", ":", "::", ":::", "user_u", "user_u:user_r", "user_u:user_r:", "user_u:user_r:a_t",
          "user_u:user_r:a_t:", "user_u:user_r:all_t:s0", "user_u:user_r:a_alias_t:s0",
          "low_u:user_r:a_t:s0", "low_u:object_r:a_t:s0", "low_u:user_r:a_t:s0-s0:c2"}) {
        INFO(text);
        CHECK(ours.valid_context(text) == theirs.valid_context(text));
    }
    CHECK_FALSE(ours.valid_context("<<none>>")); // libsepol would crash
    CHECK_FALSE(ours.valid_context(std::string("user_u:user_r:a_t:s0\0", 21)));
}

TEST_CASE("what newer versions than libsepol's have") {
    const auto image = LibsepolPolicy(test::compile_cil(rich_cil())).write(33);
    // Sets: the size of a word, the end, how many words; then of each its start and bits.
    const std::string nothing = number(64) + number(0) + number(0);
    const std::string types =
        number(64) + number(64) + number(1) + number(0) + number(~0U) + number(~0U);
    const std::string source = "user_u:user_r:base_t:s0";
    for (const std::string& set : {nothing, types}) {
        const auto policy = PolicyDb::read(with_never_audited(image, set), "policy");
        CHECK(policy.version() == 35);
        compare_names(policy, LibsepolPolicy(image));
        CHECK(Decisions(policy).decide(source, source, "dir", {"create"}).front().dontaudit ==
              (set == types));
    }
    std::string unknown = image;
    unknown.replace(version_offset, 4, number(36));
    CHECK_FALSE(readable(unknown));
    unknown.replace(version_offset, 4, number(23));
    CHECK_FALSE(readable(unknown));
}

TEST_CASE("bytes behind a policy are ignored, as by libsepol") {
    const std::string image = test::compile_cil(rich_cil());
    CHECK(readable(image + "behind"));
    CHECK(LibsepolPolicy(image + "behind").read());
}

TEST_CASE("cut or damaged anywhere, a policy is read or is an error") {
    const std::string image = test::compile_cil(rich_cil() + extended_cil);
    REQUIRE(readable(image));
    for (std::size_t size = 0; size < image.size(); ++size) {
        INFO(size << " bytes");
        REQUIRE_FALSE(readable(image.substr(0, size)));
    }
    std::mt19937 random(11);
    int readables = 0;
    for (int round = 0; round < 20000; ++round) {
        std::string damaged = image;
        for (auto changes = 1 + random() % 3; changes > 0; --changes)
            damaged[random() % damaged.size()] ^= static_cast<char>(1U << random() % 8);
        readables += readable(damaged) ? 1 : 0;
    }
    CHECK(readables > 0);
    CHECK(readables < 20000);
}

TEST_CASE("counts are not believed") {
    const std::string image = test::compile_cil(rich_cil() + extended_cil);
    for (std::size_t at = 0; at + 4 <= image.size(); ++at) {
        std::string damaged = image;
        damaged.replace(at, 4, number(0x7fffffff));
        readable(damaged);
    }
    SUCCEED();
}

TEST_CASE("a rule that is there very often is refused before it takes long") {
    const std::string image = test::compile_cil(test::small_cil());
    std::size_t at = 0; // of base_t's rule about itself: source, target, class, what it does
    for (std::array<std::uint16_t, 4> rule = {};
         rule[0] == 0 || rule[0] != rule[1] || rule[2] != 2 || rule[3] != 1; ++at) {
        REQUIRE(at + 12 < image.size());
        std::memcpy(rule.data(), image.data() + at + 1, sizeof rule);
    }
    REQUIRE(image.substr(at - 4, 4) == number(1)); // how many there are
    std::string many = image.substr(0, at - 4) + number(200000);
    for (int i = 0; i < 200000; ++i)
        many += image.substr(at, 12);
    const auto policy = PolicyDb::read(many + image.substr(at + 12), "policy");
    CHECK_THROWS_AS(Decisions(policy), Error);
}

TEST_CASE("policies are asked by several threads") {
    const std::string image = test::compile_cil(rich_cil());
    const auto policy = PolicyDb::read(image, "policy");
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&policy] { ask_all(policy); });
}
