#include "selns/base/file.hpp"
#include "selns/bootstrap/openpgp.hpp"
#include "selns/process/process.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <filesystem>

using namespace selns;
using bootstrap::armored_keys;

namespace {

// A public key packet's head and some bytes; nothing here looks further.
const std::string binary = std::string("\x99\x00\x04", 3) + std::string("\x04\x01\x02\xfe", 4);

// Written by another implementation of RFC 4880's armor (a few lines of Python).
constexpr const char* armored = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n"
                                "mQAEBAEC/g==\n=rJYc\n"
                                "-----END PGP PUBLIC KEY BLOCK-----\n";

} // namespace

TEST_CASE("binary keys are armored") {
    CHECK(armored_keys(binary) == armored);
}

TEST_CASE("armored keys come out in one form") {
    CHECK(armored_keys(armored) == armored);
    CHECK(armored_keys("A comment\r\n-----BEGIN PGP PUBLIC KEY BLOCK-----\r\n"
                       "Version: 1\r\nComment: x\r\n\r\nmQAEBAEC/g==\r\n"
                       "-----END PGP PUBLIC KEY BLOCK-----\r\n") == armored);
}

TEST_CASE("two blocks become one") {
    const auto both = armored_keys(std::string(armored) + armored);
    CHECK(both == armored_keys(binary + binary));
}

TEST_CASE("what is no public key is refused") {
    for (const std::string data :
         {"", "x", "not a key at all", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n",
          "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n@@@@\n-----END PGP PUBLIC KEY BLOCK-----\n",
          "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n",
          "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nmQAEBAEC/g==\n-----END PGP PRIVATE KEY "
          "BLOCK-----\n"})
        CHECK_FALSE(armored_keys(data));
    // Compressed data, a secret key, GnuPG's keybox.
    for (const std::string data : {"\xa3\x01\x02\x03", "\x95\x01\x02\x03", "\x01KBXf"})
        CHECK_FALSE(armored_keys(data));
}

TEST_CASE("GnuPG reads back what was armored", "[gpg]") {
    const std::filesystem::path keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
    const Interrupt never;
    process::SystemRunner runner(never);
    if (!std::filesystem::exists(keyring) || !runner.find("gpg"))
        return;
    const test::TempDir dir;
    const std::string keys = read_file(keyring);
    const auto text = armored_keys(keys);
    REQUIRE(text);
    dir.write("keys.asc", *text);
    process::Command command;
    command.argv = {"gpg",
                    "--homedir",
                    dir.path().string(),
                    "--batch",
                    "--dearmor",
                    "--output",
                    "-",
                    (dir.path() / "keys.asc").string()};
    const auto back = process::output_of(runner, command);
    CHECK(back == keys);
}
