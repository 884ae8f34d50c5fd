#include "selns/label/label.hpp"
#include "support/catch.hpp"
#include "unit/label/generate.hpp"
#include "unit/label/synthetic.hpp"

#include <sys/stat.h>

#include <chrono>
#include <thread>

using namespace selns::label;
using selns::Error;

namespace {

Specifications with(std::string text) {
    Specifications specifications;
    specifications.files.push_back({"fc", std::move(text)});
    return specifications;
}

std::string found(const Matcher& matcher, std::string_view path, std::uint32_t type = S_IFREG) {
    const auto* specification = matcher.find(path, type);
    if (specification == nullptr)
        return "(nothing)";
    return specification->context.empty() ? "<<none>>" : specification->context;
}

Error refusal(const Matcher& matcher, std::string_view path) {
    try {
        matcher.find(path, S_IFREG);
    } catch (const Error& error) {
        return error;
    }
    return {selns::ErrorKind::failed, "no error"};
}

std::string message_of(const Specifications& specifications) {
    try {
        const Matcher matcher(specifications);
    } catch (const Error& error) {
        CHECK(error.kind() == selns::ErrorKind::invalid_input);
        return error.what();
    }
    return "no error";
}

} // namespace

TEST_CASE("A literal beats every regular expression, the later line wins in its group") {
    const Matcher matcher(with("/etc/passwd a:b:literal\n"
                               "/etc/.* a:b:first\n"
                               "/etc/.* a:b:second\n"
                               "/etc(/.*)? -d a:b:dir\n"));
    CHECK(found(matcher, "/etc/passwd") == "a:b:literal");
    CHECK(found(matcher, "/etc/group") == "a:b:second");
    CHECK(found(matcher, "/etc", S_IFDIR) == "a:b:dir");
    CHECK(found(matcher, "/etc") == "(nothing)");
    CHECK(found(matcher, "") == "(nothing)");
}

// libselinux 3.8 and later decide otherwise in the first case; see docs/labels.md.
TEST_CASE("A line without a label is beaten by later ones, however deep it stands") {
    const std::string none = "/home/lost\\+found/.* <<none>>\n";
    const std::string home = "/home/[^/]+/.+ a:b:home\n";
    CHECK(found(Matcher(with("/.* a:b:all\n" + none + home)), "/home/lost+found/x") == "a:b:home");
    CHECK(found(Matcher(with("/.* a:b:all\n" + home + none)), "/home/lost+found/x") == "<<none>>");
    CHECK(found(Matcher(with(home + "/home/.* <<none>>\n")), "/home/me/x") == "<<none>>");
}

TEST_CASE("A specification says where it stands") {
    const Matcher matcher(with("\n# comment\n  /x\t<<none>>\n"));
    const auto* specification = matcher.find("/x", S_IFREG);
    REQUIRE(specification != nullptr);
    CHECK(specification->at == selns::Location{"fc", 3, 3});
    CHECK(specification->context.empty());
    CHECK(specification == &matcher.specifications().front());
}

TEST_CASE("Faults of a specification file are shown together, with their places") {
    const auto message = message_of(with("/ok a:b:c\n/x\n/y -z a:b:c\n/(z a:b:c\n/[ a:b:c\n"));
    CHECK_THAT(message, ContainsSubstring("fc:2:1: no context after \"/x\""));
    CHECK_THAT(message, ContainsSubstring("fc:3:4: expected a file type"));
    CHECK_THAT(message, ContainsSubstring("fc:4:1: invalid regular expression: missing closing"));
    CHECK_THAT(message, ContainsSubstring("fc:5:1: invalid regular expression"));
}

TEST_CASE("Control characters of a file do not reach a message") {
    CHECK_THAT(message_of(with("/\x1b[31m\n")), ContainsSubstring("\\x1b"));
    CHECK_THAT(message_of(with(std::string("/a\0b a:b:c\n", 11))), ContainsSubstring("only ASCII"));
}

TEST_CASE("A hostile specification file ends in an error, soon") {
    SECTION("a line of 10 MB") {
        CHECK_THAT(message_of(with(std::string(10'000'000, 'x') + " a:b:c\n")),
                   ContainsSubstring("longer than"));
    }
    SECTION("a million bad lines give a bounded message") {
        std::string text;
        for (int i = 0; i < 1'000'000; ++i)
            text += "/x\n";
        CHECK(message_of(with(text)).size() < 10'000);
    }
    SECTION("too many specifications") {
        std::string text;
        for (int i = 0; i < 100'001; ++i)
            text += "/x c\n";
        CHECK_THAT(message_of(with(text)), ContainsSubstring("more than 100000"));
    }
    SECTION("regular expressions that are large once compiled") {
        std::string text;
        for (int i = 0; i < 3'000; ++i)
            text += "/((ab){60}){60} c\n";
        CHECK_THAT(message_of(with(text)), ContainsSubstring("64 MiB"));
    }
    SECTION("a substitution longer than libselinux reads") {
        auto specifications = with("/x a:b:c\n");
        specifications.subs = SpecificationFile{"subs", "/a /" + std::string(2000, 'b') + "\n"};
        CHECK_THAT(message_of(specifications), ContainsSubstring("subs:1"));
    }
}

TEST_CASE("A regular expression that backtracks without end is named") {
    const Matcher matcher(with("/ok a:b:c\n/(a|aa)+b a:b:c\n"));
    const std::string path = "/" + std::string(4000, 'a') + "bc";
    const auto begin = std::chrono::steady_clock::now();
    // Often enough that it is turned into machine code, too.
    for (int i = 0; i < 33; ++i) {
        const auto refused = refusal(matcher, path);
        CHECK_THAT(refused.message(), ContainsSubstring("(a|aa)+b"));
        CHECK(refused.location().line == 2);
    }
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::minutes(5));
    CHECK(found(matcher, "/ok") == "a:b:c");
}

// Each by itself is within its limit.
TEST_CASE("Regular expressions that backtrack long for every path are named") {
    const Matcher matcher(with("/ok a:b:c\n/(a|aa)+b a:b:c\n"));
    const std::string path = "/" + std::string(24, 'a') + "bc";
    int answered = 0;
    const auto all = [&] {
        for (; answered < 2000; ++answered)
            found(matcher, path);
    };
    CHECK_THROWS_WITH(all(), ContainsSubstring("(a|aa)+b"));
    CHECK(answered >= 300);
    CHECK(found(matcher, "/ok") == "a:b:c");
}

TEST_CASE("Long and odd paths") {
    const Matcher matcher(with("/.* a:b:any\n/deep(/.*)? a:b:deep\n"));
    std::string path = "/deep";
    while (path.size() < 4096)
        path += "/x";
    CHECK(found(matcher, path) == "a:b:deep");
    CHECK(found(matcher, std::string(4096, '/')) == "a:b:any");
    CHECK(found(matcher, "/\xff\n\x01") == "a:b:any");
    CHECK(found(matcher, "/deep\n") == "a:b:deep");
    CHECK(found(matcher, "/deeper") == "a:b:any");
}

TEST_CASE("Substitutions: subs before subs_dist, the last line first, once each") {
    auto specifications = with("/real/.* a:b:real\n/other/.* a:b:other\n");
    specifications.subs =
        SpecificationFile{"subs", "/alias /other\n/alias /step\n/cycle /cycle/cycle\n"};
    specifications.subs_dist = SpecificationFile{"subs_dist", "/step /real\n/real /other\n"};
    const Matcher matcher(specifications);
    CHECK(found(matcher, "/alias/x") == "a:b:real");
    CHECK(found(matcher, "/real/x") == "a:b:other");
    CHECK(found(matcher, "/aliases/x") == "(nothing)");
    CHECK(found(matcher, "/cycle/x") == "(nothing)");
}

TEST_CASE("Files are of rising precedence, however many there are") {
    Specifications specifications;
    for (const std::string part : {"plat", "system_ext", "product", "vendor"})
        specifications.files.push_back({part, "/all(/.*)? a:b:" + part + "\n/one a:b:" + part +
                                                  "\n/" + part + ".* a:b:" + part + "\n"});
    specifications.files[1].text += "/all/literal a:b:literal\n";
    const Matcher matcher(specifications);
    CHECK(found(matcher, "/all/x") == "a:b:vendor");
    CHECK(found(matcher, "/one") == "a:b:vendor");
    CHECK(found(matcher, "/all/literal") == "a:b:literal");
    CHECK(found(matcher, "/plat1") == "a:b:plat");
    CHECK(matcher.find("/all/x", S_IFREG)->at == selns::Location{"vendor", 1, 1});
}

TEST_CASE("All candidates are told, the best one first") {
    const Matcher matcher(with("/etc/.* a:b:1\n/etc/pass.* -d a:b:2\n/etc/passwd a:b:3\n"
                               "/etc/(pass|shad)(wd|ow) a:b:4\n/etc(/.*)? <<none>>\n/usr a:b:6\n"));
    std::vector<int> lines;
    for (const auto* specification : matcher.candidates("//etc/passwd/", S_IFREG))
        lines.push_back(specification->at.line);
    CHECK(lines == std::vector<int>{3, 5, 4, 1});
    CHECK(matcher.candidates("/etc/passwd", S_IFDIR).size() == 5);
    CHECK(matcher.candidates("/x", S_IFREG).empty());
    CHECK(matcher.candidates("", S_IFREG).empty());
}

TEST_CASE("The substitutions of a path are told, in order") {
    auto specifications = with("/.* a:b:c\n");
    specifications.subs = SpecificationFile{"subs", "# no\n /alias /step\n"};
    specifications.subs_dist = SpecificationFile{"dist", "/step /real\n/only /real\n"};
    const Matcher matcher(specifications);
    const auto both = matcher.substitutions("/alias//x/");
    REQUIRE(both.size() == 2);
    CHECK(both[0].path == "/step/x");
    CHECK(both[0].at == selns::Location{"subs", 2, 2});
    CHECK(both[1].path == "/real/x");
    CHECK(both[1].at == selns::Location{"dist", 1, 1});
    CHECK(matcher.substitutions("/only").front().path == "/real");
    CHECK(matcher.substitutions("/other").empty());
    CHECK(matcher.substitutions("").empty());
}

TEST_CASE("As many specifications as are allowed are built and looked up soon") {
    std::string text;
    for (int i = 0; i < 33'333; ++i) {
        const auto number = std::to_string(i);
        text += "/usr/share/" + number + "/(.*/)?[a-f]+" + number + "\\.so a:b:regex\n";
        text += "/usr/(.*/)?x" + number + " a:b:shared\n";
        text +=
            std::string("/").append(static_cast<std::size_t>(1 + i % 100), 'a') + ".* a:b:deep\n";
    }
    const auto begin = std::chrono::steady_clock::now();
    const Matcher matcher(with(std::move(text)));
    CHECK(found(matcher, "/usr/share/777/d/abc777.so") == "a:b:regex");
    CHECK(found(matcher, "/usr/share/778/d/abc777.so") == "(nothing)");
    CHECK(found(matcher, "/usr/lib/x4242") == "a:b:shared");
    CHECK(found(matcher, "/" + std::string(4000, 'a')) == "a:b:deep");
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::minutes(5));
}

TEST_CASE("Substitutions in a circle are applied once each") {
    auto specifications = with("/.* a:b:any\n");
    specifications.subs = SpecificationFile{"subs", "/a /b\n/b /a\n/c /c/c\n"};
    specifications.subs_dist = SpecificationFile{"dist", "/a /b\n/b /a\n/c /c/c\n"};
    const Matcher matcher(specifications);
    CHECK(matcher.substitutions("/a/x").back().path == "/a/x");
    CHECK(matcher.substitutions("/c").back().path == "/c/c/c");
}

TEST_CASE("One Matcher serves several threads from its first lookup on") {
    using namespace selns::label::test;
    const auto specifications = fedora_like_specifications();
    const Matcher alone(specifications);
    Random random(3);
    std::vector<std::string> paths, expected;
    for (int round = 0; round < 50; ++round)
        for (const auto& specification : alone.specifications())
            paths.push_back(path_like(specification.regex, random));
    for (const auto& path : paths)
        expected.push_back(found(alone, path));

    const Matcher shared(specifications);
    std::vector<std::vector<std::string>> answers(4);
    std::vector<std::thread> threads;
    for (auto& mine : answers)
        threads.emplace_back([&] {
            for (const auto& path : paths)
                mine.push_back(found(shared, path));
        });
    for (auto& thread : threads)
        thread.join();
    for (const auto& mine : answers)
        CHECK(mine == expected);
}
