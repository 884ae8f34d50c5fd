#include "selns/label/label.hpp"
#include "support/catch.hpp"

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
    try {
        matcher.find(path, S_IFREG);
        FAIL("no error");
    } catch (const Error& error) {
        CHECK_THAT(error.message(), ContainsSubstring("(a|aa)+b"));
        CHECK(error.location().line == 2);
    }
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(2));
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

TEST_CASE("One Matcher serves several threads") {
    const Matcher matcher(with("/.* a:b:any\n/(a|b)[0-9]+x a:b:regex\n/t(/.*)? a:b:tree\n"));
    std::vector<int> wrong(4);
    std::vector<std::thread> threads;
    for (auto& count : wrong)
        threads.emplace_back([&matcher, &count] {
            for (int i = 0; i < 2000; ++i) {
                count += found(matcher, "/a" + std::to_string(i) + "x") != "a:b:regex";
                count += found(matcher, "/t/" + std::to_string(i)) != "a:b:tree";
            }
        });
    for (auto& thread : threads)
        thread.join();
    CHECK(wrong == std::vector<int>(4));
}
