// The matcher against the machine's libselinux.
#include "support/catch.hpp"
#include "unit/label/explained.hpp"
#include "unit/label/generate.hpp"
#include "unit/label/oracle.hpp"
#include "unit/label/synthetic.hpp"

#include <sys/stat.h>

#include <array>
#include <cstdlib>
#include <filesystem>

using namespace selns::label;
using namespace selns::label::test;

namespace {

// 3.8 rewrote libselinux's lookup.
#ifdef SELNS_LIBSELINUX_REWRITTEN
constexpr bool rewritten = true;
#else
constexpr bool rewritten = false;
#endif

constexpr std::array<std::uint32_t, 8> types = {S_IFREG, S_IFDIR, S_IFLNK,  S_IFCHR,
                                                S_IFBLK, S_IFIFO, S_IFSOCK, 0};

std::string shown(const std::optional<std::string>& context) {
    return context.value_or("(none)");
}

// Both sides' answers for one file, in words; equal when they agree.
struct Answers {
    std::string ours, theirs;
};
Answers ask(const Matcher& matcher, const Oracle& oracle, const std::string& path,
            std::uint32_t type) {
    return {shown(context_of(matcher, path, type)), shown(oracle.find(path, type))};
}

// Whether a difference is one that docs/labels.md names.
bool is_named(const Specifications& specifications, const Matcher& matcher, const std::string& path,
              const std::string& theirs) {
    return rewritten && !explanation(specifications, matcher, path, theirs).empty();
}

// Paths made from every specification; reports each difference that has no name.
int differences(const Specifications& specifications, int rounds, unsigned seed) {
    const Matcher matcher(specifications);
    const Oracle oracle(specifications);
    REQUIRE(oracle.opened());
    Random random(seed);
    int count = 0;
    const auto compare = [&](const std::string& path, std::uint32_t type) {
        const auto answers = ask(matcher, oracle, path, type);
        if (answers.ours != answers.theirs &&
            !is_named(specifications, matcher, path, answers.theirs) && ++count <= 20)
            UNSCOPED_INFO(path << " type " << type << ": ours " << answers.ours << ", libselinux "
                               << answers.theirs);
        if (const auto all = matcher.candidates(path, type);
            (all.empty() ? nullptr : all.front()) != matcher.find(path, type) && ++count <= 20)
            UNSCOPED_INFO(path << " type " << type << ": the first candidate is another one");
    };
    for (int round = 0; round < rounds; ++round) {
        for (const auto& specification : matcher.specifications()) {
            const auto path = path_like(specification.regex, random);
            const auto type = types[random() % types.size()];
            compare(path, random() % 4 == 0 ? type : specification.type);
            compare(nearly(path, random), type);
        }
    }
    return count;
}

// More than a unit test's share when asked for: 50 rounds are a million paths.
int rounds_wanted(int usual) {
    const char* text = std::getenv("SELNS_LABEL_ROUNDS");
    return text == nullptr ? usual : std::atoi(text);
}

// Both sides' answers for PATH, which must be equal or a difference with a name.
void check_all_types(const Specifications& specifications, const Matcher& matcher,
                     const Oracle& oracle, const std::string& path) {
    for (const auto type : types) {
        INFO(path << " type " << type);
        const auto answers = ask(matcher, oracle, path, type);
        if (!is_named(specifications, matcher, path, answers.theirs))
            CHECK(answers.ours == answers.theirs);
    }
}

} // namespace

TEST_CASE("The installed policies' file contexts match as libselinux matches them") {
    for (const std::string policy : {"default", "mls"}) {
        const auto specifications = installed("/etc/selinux/" + policy + "/contexts/files");
        if (!specifications) {
            WARN("skipped: selinux-policy-" + policy + " is not installed");
            continue;
        }
        INFO(policy);
        // They have most lines in common: the second one is only read unless more is asked for.
        const int usual = policy == "default" ? 1 : 0;
        CHECK(differences(*specifications, rounds_wanted(usual), 20261101) == 0);
    }
}

TEST_CASE("Specifications in the shape of Fedora's match as libselinux matches them") {
    CHECK(differences(fedora_like_specifications(), rounds_wanted(1) * 60, 11) == 0);
}

TEST_CASE("The files of this machine match as libselinux matches them") {
    namespace fs = std::filesystem;
    const auto specifications = installed("/etc/selinux/default/contexts/files");
    if (!specifications) {
        WARN("skipped: selinux-policy-default is not installed");
        return;
    }
    const Matcher matcher(*specifications);
    const Oracle oracle(*specifications);
    REQUIRE(oracle.opened());
    // All of them when more is asked for.
    const std::size_t step = rounds_wanted(1) > 1 ? 1 : 200;
    std::size_t seen = 0, different = 0;
    const auto compare = [&](const std::string& path) {
        struct stat status {};
        if (seen++ % step != 0 || ::lstat(path.c_str(), &status) != 0)
            return;
        const auto answers = ask(matcher, oracle, path, status.st_mode);
        if (answers.ours != answers.theirs &&
            !is_named(*specifications, matcher, path, answers.theirs) && ++different <= 20)
            UNSCOPED_INFO(path << ": ours " << answers.ours << ", libselinux " << answers.theirs);
    };
    for (const char* top : {"/etc", "/usr", "/var"}) {
        std::error_code gone; // files come and go
        for (fs::recursive_directory_iterator file(
                 top, fs::directory_options::skip_permission_denied, gone);
             file != fs::end(file); file.increment(gone))
            compare(file->path());
    }
    CHECK(different == 0);
}

TEST_CASE("Ordinary paths match as libselinux matches them") {
    const auto specifications = installed("/etc/selinux/default/contexts/files");
    if (!specifications) {
        WARN("skipped: selinux-policy-default is not installed");
        return;
    }
    const Matcher matcher(*specifications);
    const Oracle oracle(*specifications);
    REQUIRE(oracle.opened());
    for (const std::string path : {"/",
                                   "//",
                                   "/etc",
                                   "/etc/",
                                   "/etc//passwd",
                                   "/etc/shadow",
                                   "/bin/sh",
                                   "/lib/x.so",
                                   "/lib64",
                                   "/lib64/ld-linux-x86-64.so.2",
                                   "/usr/bin/su",
                                   "/root",
                                   "/root/.ssh",
                                   "/home",
                                   "/home/user/.ssh/id_rsa",
                                   "/proc",
                                   "/proc/1",
                                   "/sys",
                                   "/dev/null",
                                   "/dev/sda1",
                                   "/run/lock",
                                   "/var/run/x",
                                   "/var/log/a",
                                   "/var/lock",
                                   "/var/lib/private/x",
                                   "/tmp/x",
                                   "/srv/www",
                                   "/opt/a/b.so",
                                   "/usr/lib32",
                                   "/usr/local/lib64/x",
                                   "/etc/init.d",
                                   "/nonexistent",
                                   "/etc/init.d/ssh",
                                   "/usr/sbin/sshd\n",
                                   "/etc/systemd/system/multi-user.target.wants/ssh.service",
                                   "/\xff\xfe",
                                   "/a b",
                                   "relative",
                                   "usr/bin/su"})
        check_all_types(*specifications, matcher, oracle, path);
}

TEST_CASE("Odd specifications match as libselinux matches them") {
    const auto specifications = odd_specifications();
    CHECK(differences(specifications, rounds_wanted(1) * 60, 7) == 0);

    const Matcher matcher(specifications);
    const Oracle oracle(specifications);
    REQUIRE(oracle.opened());
    for (const std::string path :
         {"/alias",     "/alias/x",  "/aliasx",      "/alias/deep/a/c", "/x/*/y",
          "/x/y/z",     "/both/x",   "/toroot",      "/toroot/tree",    "/ind/x",
          "/ind/",      "/dist//x",  "/tree/loop/x", "/e-s/x",          "/e\\-s/x",
          "/usr/a",     "/usr/axx",  "/usr/x/usr/b", "/x/usr/b",        "/usr/b",
          "/onexx",     "xtwo",      "/xtwo",        "/optx",           "/opt/x",
          "/opt/",      "/dup\n",    "/lit1\n",      "/lit1\n\n",       "/tree\n",
          "/tree\n/x",  "/nd",       "/end",         "/end$",           "/end$more",
          "/cox",       "/comx",     "/trailing",    "/slash/x",        "/case",
          "/brace{x/y", "/bracee/x", "/ctx",         "/four",           "nostart/x"})
        check_all_types(specifications, matcher, oracle, path);
}

TEST_CASE("What libselinux refuses is refused") {
    for (const char* text :
         {"/x\n", "/x -q u:r:t:s0\n", "/x --- u:r:t:s0\n", "/\xc3\xa9 u:r:t:s0\n",
          "/x u:r:\xc3\xa9:s0\n", "/x u:r:t:s0 # comment\n"}) {
        Specifications specifications;
        specifications.files.push_back({"main", text});
        INFO(text);
        CHECK_FALSE(Oracle(specifications).opened());
        CHECK_THROWS_AS(Matcher(specifications), selns::Error);
    }
}
