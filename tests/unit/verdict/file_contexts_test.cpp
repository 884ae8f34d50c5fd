#include "selns/verdict/file_contexts.hpp"
#include "support/catch.hpp"

#include <sys/stat.h>

using namespace selns;
using verdict::FileContexts;

namespace {

label::Matcher matcher_of(const std::string& text) {
    return label::Matcher({{{"file_contexts", text}}, {}, {}});
}

} // namespace

TEST_CASE("a specification of all paths tells nothing about one") {
    for (const char* regex : {"/.*", ".*", "(/.*)?", "/(.*)?"}) {
        const label::Matcher matcher =
            matcher_of(std::string(regex) + " u:object_r:sys.none:s0\n/etc(/.*)? u:r:conf:s0\n");
        CHECK(verdict::is_catch_all(*matcher.find("/app", 0)));
        CHECK_FALSE(verdict::is_catch_all(*matcher.find("/etc/x", 0)));
        CHECK(FileContexts(matcher).default_type() == "sys.none");
    }
    CHECK_FALSE(verdict::is_catch_all(*matcher_of("/.* -d u:r:a:s0\n").find("/x", S_IFDIR)));
    CHECK(FileContexts().default_type() == "default_t");
    CHECK(FileContexts(matcher_of("/.* <<none>>\n")).default_type() == "default_t");
}

TEST_CASE("types of what lies anywhere in the usual places are generic") {
    const label::Matcher matcher =
        matcher_of("/.* u:object_r:default_t:s0\n/etc(/.*)? u:object_r:etc_t:s0\n"
                   "/etc/shadow u:object_r:shadow_t:s0\n/tmp -d u:object_r:tmp_t:s0\n"
                   "/tmp/.* <<none>>\n/var/lib/web(/.*)? u:object_r:web_t:s0\n");
    const FileContexts contexts(matcher);
    for (const char* type : {"default_t", "etc_t", "tmp_t"})
        CHECK(contexts.generic(type));
    for (const char* type : {"shadow_t", "web_t", ""})
        CHECK_FALSE(contexts.generic(type));
}
