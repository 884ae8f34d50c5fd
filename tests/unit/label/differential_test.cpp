// The matcher against the machine's libselinux.
#include "support/catch.hpp"
#include "unit/label/generate.hpp"
#include "unit/label/oracle.hpp"

#include <sys/stat.h>

#include <array>
#include <cstdlib>

using namespace selns::label;
using namespace selns::label::test;

namespace {

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

// Paths made from every specification; reports each difference.
int differences(const Specifications& specifications, int rounds, unsigned seed) {
    const Matcher matcher(specifications);
    const Oracle oracle(specifications);
    REQUIRE(oracle.opened());
    Random random(seed);
    int count = 0;
    const auto compare = [&](const std::string& path, std::uint32_t type) {
        const auto answers = ask(matcher, oracle, path, type);
        if (answers.ours != answers.theirs && ++count <= 20)
            UNSCOPED_INFO(path << " type " << type << ": ours " << answers.ours << ", libselinux "
                               << answers.theirs);
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

// More than a unit test's share when asked for.
int rounds_wanted(int usual) {
    const char* text = std::getenv("SELNS_LABEL_ROUNDS");
    return text == nullptr ? usual : std::atoi(text);
}

} // namespace

TEST_CASE("The installed policy's file contexts match as libselinux matches them") {
    const auto specifications = installed("/etc/selinux/default/contexts/files");
    if (!specifications) {
        WARN("skipped: selinux-policy-default is not installed");
        return;
    }
    CHECK(differences(*specifications, rounds_wanted(1), 20261101) == 0);
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
                                   "usr/bin/su"}) {
        for (const auto type : types) {
            INFO(path << " type " << type);
            const auto answers = ask(matcher, oracle, path, type);
            CHECK(answers.ours == answers.theirs);
        }
    }
}

TEST_CASE("Odd specifications match as libselinux matches them") {
    Specifications specifications;
    specifications.files.push_back({"main", R"(# a comment
   # an indented one

/.*                     u:object_r:default_t:s0
/               -d      u:object_r:root_t:s0
/dup                    u:object_r:first_t:s0
/dup                    u:object_r:second_t:s0
/dup            -d      u:object_r:third_t:s0
/lit.*                  u:object_r:regex_t:s0
/lit1                   u:object_r:literal_t:s0
/lit1.*                 u:object_r:later_regex_t:s0
/esc\.d/x\+y            u:object_r:escaped_t:s0
/e\-s/x                 u:object_r:stem_with_backslash_t:s0
/tty\d                  u:object_r:class_escape_t:s0
/tty\d+                 u:object_r:class_escapes_t:s0
/usr/a|/usr/b           u:object_r:top_t:s0
/one|two                u:object_r:top_without_stem_t:s0
/grp/(a|b)/c            u:object_r:grouped_t:s0
/grp/(a|b)/(c|d|)       u:object_r:empty_alternative_t:s0
/cls/[|]x               u:object_r:bar_in_class_t:s0
/cls/[]|]y              u:object_r:bracket_in_class_t:s0
/posix/[[:alpha:]|]z    u:object_r:posix_class_t:s0
/quote/\Q.|.\E          u:object_r:quoted_t:s0
/e\E?nd                 u:object_r:skipped_escape_t:s0
/com(?#ment)?x          u:object_r:comment_t:s0
/opt/?x                 u:object_r:optional_slash_t:s0
/brace{2}/x             u:object_r:counted_t:s0
/brace{x/y              u:object_r:plain_brace_t:s0
/plus+                  u:object_r:plus_t:s0
/kinds          --      u:object_r:file_t:s0
/kinds          -d      u:object_r:dir_t:s0
/kinds          -l      <<none>>
/kinds          -c      u:object_r:chr_t:s0
/kinds          -b      u:object_r:blk_t:s0
/kinds          -p      u:object_r:fifo_t:s0
/kinds          -s      u:object_r:sock_t:s0
/none(/.*)?             <<none>>
/tree(/.*)?             u:object_r:tree_t:s0
/tree/sub/.+            u:object_r:some_t:s0
/end\                   u:object_r:backslash_at_end_t:s0
/(?i)CASE               u:object_r:nocase_t:s0
/look(?=ahead).*        u:object_r:lookahead_t:s0
/slash//x               u:object_r:double_slash_t:s0
/trailing/              u:object_r:trailing_t:s0
nostart/x               u:object_r:relative_t:s0
/ctx -d
/four   --  u:object_r:four_t:s0   ignored
)"});
    specifications.files.push_back({"homedirs", "/lit2 u:object_r:home_t:s0\r\n"
                                                "/tree(/.*)? -d u:object_r:home_tree_t:s0\n"
                                                "/over u:object_r:home_t:s0\n"});
    specifications.files.push_back({"local", "/over u:object_r:local_t:s0\n"
                                             "/tree/sub/a.* u:object_r:local_t:s0"});
    specifications.subs = SpecificationFile{"subs", "# no\n/alias /tree\n/alias /tree/sub\n"
                                                    "/alias/deep /grp\n/x/* /tree\n/both /dist\n"
                                                    "/only\n/ /tree\n/toroot /\n"};
    specifications.subs_dist = SpecificationFile{"subs_dist", "/dist /tree\n/tree/loop /dist/loop\n"
                                                              "  /ind \t /tree/\n"};
    CHECK(differences(specifications, rounds_wanted(60), 7) == 0);

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
          "/brace{x/y", "/bracee/x", "/ctx",         "/four",           "nostart/x"}) {
        for (const auto type : types) {
            INFO(path << " type " << type);
            const auto answers = ask(matcher, oracle, path, type);
            CHECK(answers.ours == answers.theirs);
        }
    }
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
