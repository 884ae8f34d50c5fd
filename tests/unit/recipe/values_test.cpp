#include "recipe/support.hpp"
#include "support/catch.hpp"

// One rule a test: which values a key takes. Values are set by overrides, so they are YAML.
using selns::test::least;
using selns::test::problems_of;

namespace {

using Values = std::vector<std::string>;

// VALUES of KEY in a recipe that has REST besides.
void takes(const std::string& key, const Values& values, const std::string& rest = "") {
    for (const std::string& value : values) {
        CAPTURE(key, value);
        CHECK(problems_of(least + rest, {{key, value}}) == "");
    }
}

// Each value is one problem, at KEY (or WHERE).
void refuses(const std::string& key, const Values& values, const std::string& rest = "",
             const std::string& where = "") {
    const std::string expected = "--set " + key + ": " + (where.empty() ? key : where) + ": ";
    for (const std::string& value : values) {
        CAPTURE(key, value);
        const std::string problems = problems_of(least + rest, {{key, value}});
        CHECK(problems.substr(0, expected.size()) == expected);
        CHECK(problems.find('\n') == std::string::npos);
    }
}

std::string letters(std::size_t count) {
    return std::string(count, 'a');
}

} // namespace

TEST_CASE("name: outputs are named after it") {
    takes("name", {"web", "Web-1.2", "0web", letters(60)});
    takes("name", {"web_1", "a.-b", "web."}, "hostname: web\n");
    refuses("name", {"", "..", ".web", "-web", "_web", "a/b", "a b", "\"a\\n\"", "\"a\\0\"", "wéb",
                     letters(61), "123", "true", "~", "[a]", "{a: b}"});
    refuses("name", {"my_web", "a..b"}); // not a host name, and none given
}

TEST_CASE("hostname: RFC 1123") {
    takes("hostname", {"web", "Web.example", "1web", "a-b.c", "\"127\"", letters(63)});
    refuses("hostname", {"-a", "a-", "a..b", ".a", "a.", "a_b", "a b", letters(64), "\"a\\n\"",
                         "a.b-.c", letters(60) + ".bcdef"});
}

TEST_CASE("from.debian: words of an apt line") {
    takes("from.debian.release", {"bookworm", "stable", "sid", "bookworm-backports"});
    refuses("from.debian.release", {"", "Bookworm", "-x", "a b", "12", "../x", "\"x\\n\"", "a/b"});
    takes("from.debian.mirror",
          {"http://a.example/debian", "https://a.example", "http://u:p@a.example:80/~x/a+b,c=d",
           "file:///srv/mirror", "http://a.example/a%20b/"});
    refuses("from.debian.mirror",
            {"deb", "ftp://a.example/", "http://", "http:///x", "http://a b", "file://srv",
             "\"http://a/\\nx\"", "http://a/[x]", "\"http://a/#x\"", "http://a/$(x)", "copy:/x",
             "cdrom:x", "http://a/'x", "http://a.example/" + letters(500)});
    takes("from.debian.components", {"[main]", "[main, contrib, non-free-firmware]"});
    refuses("from.debian.components", {"[]", "main"});
    refuses("from.debian.components", {"[a b]", "[..]", "[\"[x=y]\"]", "[\"#\"]", "[\"a\\nb\"]"},
            "", "from.debian.components[0]");
}

TEST_CASE("repositories: words of an apt line") {
    const std::string key = "key: /proc/self/status }]\n";
    const std::string flat = "repositories: [{ uri: \"http://a.example\", " + key;
    const std::string dists = "repositories: [{ uri: \"http://a.example\", components: [x], " + key;
    takes("repositories[0].suite", {"./", "/", "a/b/"}, flat);
    takes("repositories[0].suite", {"bookworm", "bookworm/updates", "v1.2", "a~b+c"}, dists);
    refuses("repositories[0].suite", {"../", "a/../b/", "a b/", "\"[x]/\"", "\"a\\n/\"", "-x/"},
            flat);
}

TEST_CASE("packages: what apt takes as a name and nothing else") {
    takes("packages",
          {"[nginx]", "[\"nginx=1.22*\"]", "[\"a=1:1.0~rc1-1+b2\"]", "[g++, libc6]",
           "[curl/bookworm-backports]", "[\"libc6:amd64=2.36\"]", "[python3.11]", "[]"});
    refuses("packages",
            {"[-y]",
             "[\"--purge\"]",
             "[\"?essential\"]",
             "[\"~slinux\"]",
             "[nginx-]",
             "[a b]",
             "[\"a,b\"]",
             "[Nginx]",
             "[\"a=\"]",
             "[\"a=*\"]",
             "[\"a=1*2\"]",
             "[\"a=1 2\"]",
             "[a/]",
             "[a/../b]",
             "[\"a;b\"]",
             "[\"a*\"]",
             "[\"a^\"]",
             "[\"a\\n\"]",
             "[.deb]",
             "[local.deb]",
             "[x/local.deb]",
             "[./local.rpm]",
             "[\"./a\\nb.deb\"]",
             "[\"\"]",
             "[8]",
             "[~]"},
            "", "packages[0]");
}

TEST_CASE("packages: paths of .deb files are files") {
    for (const char* path : {"./a.deb", "../a.deb", "/nonexistent/a b.deb", "./x/a_1.0.deb"})
        CHECK_THAT(problems_of(least + std::string("packages: [\"") + path + "\"]\n"),
                   ContainsSubstring("no such file"));
}

TEST_CASE("root_password") {
    takes("root_password", {"{ empty: true }", "{ hash: $6$abc$d/e.f }", "{ hash: \"$y$j9T$a$b\" }",
                            "{ hash: \"$6$rounds=5000$a$b\" }"});
    refuses("root_password.hash", {"secret", "\"$6$a:b\"", "\"$6$a\\n\"", "\"$6$\"", "\"!\"",
                                   "\"*\"", "\"\"", "1", "\"$6$a b\"", "$6$" + letters(400)});
    refuses("root_password.empty", {"false", "yes", "\"true\"", "1"});
    refuses("root_password", {"{}", "{ empty: true, hash: $6$a$b }", "x"});
}

TEST_CASE("files") {
    takes("files[0]", {"{ target: /x, content: \"\" }", "{ target: /x, content: \"a\\0\\e\" }",
                       "{ target: /, source: /proc }", "{ target: /x/, source: /proc/self/status }",
                       "{ target: /a..b/..c, content: x }"});
    const std::string rest = "files: [{ target: /x, content: x }]\n";
    takes("files[0].mode", {"0644", "644", "\"0644\"", "0", "7777", "07777", "\"04755\""}, rest);
    refuses("files[0].mode",
            {"8", "0o644", "-1", "17777", "\"u+x\"", "u+x", "6.5", "00000644", "\"\"", "0x1f"},
            rest);
    refuses("files[0].target",
            {"x", "", "/..", "/../x", "/x/..", "/a/../b", "\"/a\\nb\"", "\"/a\\x7f\"",
             "\"/a\\x9b\"", "/" + letters(1000), "/x/"},
            rest);
    refuses("files[0]", {"{ target: /x }", "{ target: /x, content: a, source: /proc }"});
}

TEST_CASE("commands") {
    takes("commands", {"[]", "[\"a\\tb\\nc\"]", "[\"true\"]"});
    refuses("commands", {"[\"\"]", "[true]", "[\"\\0\"]", "[\"\\e\"]", "[\"\\r\"]", "[{ a: b }]"},
            "", "commands[0]");
}

TEST_CASE("selinux.policy and mode") {
    takes("selinux.policy", {"default", "targeted", "mls", "refpolicy-2.2"});
    refuses("selinux.policy", {"..", "a/b", "/etc", "../x", "a..b", ".x", "\"a\\nb\"", "a b", "-x",
                               "\"a=b\"", "", letters(61)});
    takes("selinux.mode", {"permissive", "enforcing", "\"enforcing\""});
    refuses("selinux.mode", {"disabled", "Enforcing", "1", "true", "\"\""});
}

TEST_CASE("selinux.modules and booleans") {
    refuses("selinux.modules", {"[a.te]", "[a]", "[\"a.cil\\n\"]", "[.cilx]", "[\"\"]"}, "",
            "selinux.modules[0]");
    takes("selinux.booleans", {"{}", "{ a_b: true, c.d: FALSE, on: True }"});
    refuses("selinux.booleans.x", {"yes", "on", "1", "\"true\"", "~", "[]"});
    refuses("selinux.booleans", {"{ \"a b\": true }", "{ \"1a\": true }", "{ \"(x)\": true }",
                                 "{ \"\": true }", "{ \"a\\nb\": true }", "[a]"});
}

TEST_CASE("selinux.file_contexts: two or three fields") {
    takes("selinux.file_contexts",
          {"[\"/srv(/.*)?  system_u:object_r:t:s0\"]", "[\"/srv\\t-d\\tu:r:t\"]",
           "[\"/srv <<none>>\"]", "[\"/srv -- u:r:t:s0-s15:c0.c1023\"]",
           "[\"/a -l u:r:t:s0\", \"/b -c u:r:t\", \"/c -b u:r:t\", \"/d -p u:r:t\", "
           "\"/e -s u:r:t\"]"});
    refuses("selinux.file_contexts",
            {"[/srv]", "[\"/srv -x u:r:t\"]", "[\"/srv u:r\"]", "[\"/srv u::t\"]", "[\"/srv -d\"]",
             "[\"/srv -- u:r:t s0\"]", "[\"# u:r:t\"]", "[\"#/srv u:r:t\"]",
             "[\"/srv u:r:t\\n/x u:r:t\"]", "[\"/srv <<none\"]", "[\"/srv -f u:r:t\"]",
             "[\"/srv\\0 u:r:t\"]", "[\"/srv u:r:t:\"]"},
            "", "selinux.file_contexts[0]");
}

TEST_CASE("selinux.denials and label") {
    takes("selinux.denials", {"{}", "{ module: policy/x.cil }", "{ logs: [] }",
                              "{ logs: [\"logs/*.log\", /var/log/a b.xz] }"});
    takes("selinux.denials.module", {"x.cil", "policy/x.te"});
    refuses("selinux.denials.module", {"x.pp", "x", "\"a\\n.cil\"", "[a.cil]"});
    takes("selinux.denials.select.since", {"\"2026-11-01\"", "\"2026-11-01 10:00:00\"",
                                           "\"2026-11-01T10:00Z\"", "\"@1700000000\""});
    refuses("selinux.denials.select.since", {"yesterday", "-2h", "x", "[]", "\"11/01/2026\""});
    for (const char* key : {"selinux.denials.refuse", "selinux.denials.accept",
                            "selinux.denials.tolerate", "selinux.denials.silence"}) {
        takes(key, {"[]", "[\"a_t self:process execmem\"]", "[\"* *:* *\", \"a b : c { d e }\"]",
                    "[\"allow a_t b_t:file read;\"]"});
        refuses(key, {"x", "{}"});
        refuses(key, {"[a_t]", "[\"a_t b_t\"]", "[\"a_t b_t:file\"]", "[\"a\\n b:c d\"]", "[5]"},
                "", (std::string(key) + "[0]").c_str());
    }
    takes("selinux.label", {"strict", "warn", "off", "{}", "{ unmatched: off, hardlink: warn }"});
    refuses("selinux.label", {"on", "false", "Strict", "[]", "~"});
    refuses("selinux.label", {"{ unmatched: x }"}, "", "selinux.label.unmatched");
    refuses("selinux.label", {"{ unmatch: off }"}, "", "selinux.label.unmatch");
}

TEST_CASE("images") {
    takes("images", {"[tar]", "[ext4]", "[ext4, tar]", "[ext4: { size: 512M }]",
                     "[{ ext4: { size: 1.5G } }, tar]", "[ext4: { size: 1073741824 }]",
                     "[ext4: { size: \"1073741824\" }]", "[ext4: {}]"});
    refuses("images", {"[]", "tar", "~", "{ tar: {} }"});
    refuses("images", {"[zip]", "[Tar]", "[~]", "[5]", "[[tar]]"}, "", "images[0]");
    refuses("images", {"[tar, tar]", "[ext4, ext4: {}]"}, "", "images[1]");
    refuses("images", {"[tar: {}]"}, "", "images[0].tar");
    const std::string rest = "images: [ext4: {}]\n";
    refuses("images[0].ext4.size",
            {"1M", "17T", "2X", "G", "-1G", "2GB", "2 G", "nan", "inf", ".5G", "1e9", "0x40000000",
             "\"\"", "999999999999999999T", "true"},
            rest);
}

TEST_CASE("boot") {
    takes("boot", {"{}", "{ run: [] }", "{ run: [{ command: \"curl -f http://localhost/\" }] }",
                   "{ run: [{ command: id, context: \"system_u:system_r:unconfined_t:s0\" }] }",
                   "{ run: [{ command: id, context: \"a:b:c:s0-s1:c0.c3,c5\" }] }"});
    refuses("boot.run", {"[{ command: \"a\\nb\" }]", "[{ command: \"\" }]"}, "",
            "boot.run[0].command");
    refuses("boot.run",
            {"[{ command: id, context: unconfined_t }]", "[{ command: id, context: \"a:b:c d\" }]"},
            "", "boot.run[0].context");
}

TEST_CASE("launch") {
    takes("launch", {"{}", "{ kernel: selinuxns-6.12 }", "{ vm: {} }",
                     "{ vm: { memory: 64M, cpus: 1 } }", "{ vm: { memory: 1T, cpus: 512 } }"});
    refuses("launch.kernel", {"", "../x", "a/b", "-x", "\"a\\n\""});
    refuses("launch.vm.memory", {"1M", "2T", "x", "0", "-1"});
    refuses("launch.vm.cpus", {"0", "513", "-1", "1.5", "two", "\"2\"", "99999999999999999999"});
}

TEST_CASE("features that do not exist yet are unknown keys") {
    for (const char* key : {"launch.nspawn", "launch.qemu"}) {
        CAPTURE(key);
        CHECK_THAT(problems_of(least, {{key, "[]"}}),
                   ContainsSubstring(std::string(key) + ": unknown key"));
    }
    CHECK_THAT(problems_of("name: web\nfrom: { gentoo: { release: noble } }\n"),
               ContainsSubstring("from.gentoo: unknown key"));
}
