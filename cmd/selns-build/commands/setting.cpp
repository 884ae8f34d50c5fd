#include "selns-build/commands/setting.hpp"

#include "selns-build/progress/sinks.hpp"
#include "selns-build/session.hpp"
#include "selns/base/error.hpp"

#include <charconv>
#include <string_view>

namespace selns::cmd {

Setting::Setting(ProgressMode progress, Session& session)
    : epoch_(source_date_epoch(session.environment)), sink_(make_sink(progress, session)),
      store_(cache::default_root(), session.interrupt,
             [this](const std::string& message) { sink_->warning(message); }),
      context_{session.runner, session.interrupt, store_, *sink_,
               source_date_epoch(session.environment)} {}

const cache::Store* cache_if_any(Session& session) {
    try {
        return &session.keep(cache::Store(
            cache::default_root(), session.interrupt, [&session](const std::string& message) {
                make_sink(ProgressMode::automatic, session)->warning(message);
            }));
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::interrupted)
            throw;
        return nullptr;
    }
}

std::optional<std::int64_t> source_date_epoch(const Environment& environment) {
    const char* value = environment("SOURCE_DATE_EPOCH");
    if (value == nullptr || *value == '\0')
        return std::nullopt;
    constexpr std::int64_t last = 253402300799; // the end of year 9999
    const std::string_view text = value;
    std::int64_t seconds = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (failed != std::errc() || end != text.data() + text.size() || seconds < 0 || seconds > last)
        throw Error(ErrorKind::usage, "SOURCE_DATE_EPOCH: expected seconds since 1970, got \"" +
                                          std::string(text) + "\"");
    return seconds;
}

std::filesystem::path default_output(const std::string& name) {
    return std::filesystem::path("build") / name;
}

} // namespace selns::cmd
