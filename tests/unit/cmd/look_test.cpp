#include "selns-build/look.hpp"
#include "support/catch.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <map>

using namespace selns;

namespace {

// The terminal side of a new pseudo terminal.
class Terminal {
  public:
    Terminal() : master_(::posix_openpt(O_RDWR | O_NOCTTY)) {
        REQUIRE(master_ >= 0);
        REQUIRE(::grantpt(master_) == 0);
        REQUIRE(::unlockpt(master_) == 0);
        slave_ = ::open(::ptsname(master_), O_RDWR | O_NOCTTY);
        REQUIRE(slave_ >= 0);
    }
    ~Terminal() {
        ::close(slave_);
        ::close(master_);
    }
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;
    int fd() const { return slave_; }

  private:
    int master_;
    int slave_ = -1;
};

cmd::Environment environment(std::map<std::string, std::string> values) {
    return [values = std::move(values)](const char* name) -> const char* {
        const auto found = values.find(name);
        return found != values.end() ? found->second.c_str() : nullptr;
    };
}

} // namespace

TEST_CASE("colour is for terminals that want it") {
    const Terminal terminal;
    CHECK(cmd::look_of(terminal.fd(), environment({{"TERM", "xterm"}})).colour);
    CHECK_FALSE(cmd::look_of(terminal.fd(), environment({})).colour);
    CHECK_FALSE(cmd::look_of(terminal.fd(), environment({{"TERM", "dumb"}})).colour);
    const auto no_colour = environment({{"TERM", "xterm"}, {"NO_COLOR", "1"}});
    CHECK_FALSE(cmd::look_of(terminal.fd(), no_colour).colour);
    const auto empty = environment({{"TERM", "xterm"}, {"NO_COLOR", ""}});
    CHECK(cmd::look_of(terminal.fd(), empty).colour);
    const int null = ::open("/dev/null", O_RDWR);
    CHECK_FALSE(cmd::look_of(null, environment({{"TERM", "xterm"}})).colour);
    CHECK(cmd::look_of(null, environment({})).width == 80);
    ::close(null);
}

TEST_CASE("characters beyond ASCII are for UTF-8 terminals") {
    const Terminal terminal;
    const auto unicode = [&](std::map<std::string, std::string> values) {
        return cmd::look_of(terminal.fd(), environment(std::move(values))).unicode;
    };
    CHECK(unicode({{"LANG", "en_US.UTF-8"}}));
    CHECK(unicode({{"LC_ALL", "C.utf8"}}));
    CHECK_FALSE(unicode({}));
    CHECK_FALSE(unicode({{"LANG", "en_US.UTF-8"}, {"LC_ALL", "C"}}));
}

TEST_CASE("text for the screen has no control characters and keeps backslashes") {
    CHECK(cmd::on_screen("a\\b") == "a\\b");
    CHECK(cmd::on_screen("\x1b[2J") == "\\x1b[2J");
    CHECK(cmd::on_screen("\\\x07") == "\\\\x07");
    CHECK(cmd::on_screen("é\xff") == "é\\xff");
    CHECK(cmd::screen_lines("a\nb\r\n\n") == std::vector<std::string>{"a", "b\\x0d"});
}

TEST_CASE("columns and cutting") {
    const cmd::Look ascii;
    const cmd::Look unicode{.unicode = true};
    CHECK(cmd::columns("é…✓") == 3);
    CHECK(cmd::columns("漢字") == 4);
    CHECK(cmd::fit("0123456789", 10, ascii) == "0123456789");
    CHECK(cmd::fit("0123456789", 8, ascii) == "01234...");
    CHECK(cmd::fit("0123456789", 8, unicode) == "0123456…");
    CHECK(cmd::fit("漢字漢字", 6, unicode) == "漢字…");
    CHECK(cmd::fit("0123456789", 2, ascii).empty());
    CHECK(cmd::fit("", 0, ascii).empty());
    CHECK(cmd::pad("é", 3) == "é  ");
    CHECK(cmd::pad_left("é", 3) == "  é");
    CHECK(cmd::wrap("a bb ccc", 4) == std::vector<std::string>{"a bb", "ccc"});
    CHECK(cmd::wrap("", 4).empty());
    CHECK(cmd::wrap("longer than it", 4) == std::vector<std::string>{"longer", "than", "it"});
}
