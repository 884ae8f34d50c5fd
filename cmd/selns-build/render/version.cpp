#include "selns-build/render/version.hpp"

#include "selns-build/render/layout.hpp"
#include "selns/base/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace selns::cmd {

namespace {

constexpr int version_title_width = 18;

std::string range_text(const selinux::VersionRange& range) {
    return fmt::format("{} to {}", range.oldest, range.newest);
}

nlohmann::ordered_json range_json(const selinux::VersionRange& range) {
    return {{"oldest", range.oldest}, {"newest", range.newest}};
}

} // namespace

std::string versions_text(const Versions& versions, const Look& look) {
    Sheet sheet(look, version_title_width);
    sheet.line("selns-build " + versions.program);
    sheet.row("kernel policies",
              fmt::format("versions {} are read, {} are compiled by this host's libsepol",
                          range_text(versions.readable), range_text(versions.committed)));
    sheet.row("libraries", join(versions.libraries, " "));
    return sheet.text();
}

std::string versions_json(const Versions& versions) {
    const nlohmann::ordered_json json = {
        {"name", "selns-build"},
        {"version", versions.program},
        {"policy_versions",
         {{"read", range_json(versions.readable)}, {"compiled", range_json(versions.committed)}}},
        {"libraries", versions.libraries}};
    return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

} // namespace selns::cmd
