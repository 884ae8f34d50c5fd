#include "selns/log/log.hpp"

#include "selns/base/text.hpp"
#include "selns/log/gatherer.hpp"
#include "selns/log/nature.hpp"
#include "selns/log/scan_ahead.hpp"

#include <utility>

namespace selns::log {

void Remarks::add(Remark remark) {
    ++count;
    if (first.size() < most)
        first.push_back(std::move(remark));
}

LogReader::LogReader(ReadOptions options)
    : gatherer_(std::make_unique<Gatherer>(std::move(options))) {}
LogReader::~LogReader() = default;
LogReader::LogReader(LogReader&&) noexcept = default;
LogReader& LogReader::operator=(LogReader&&) noexcept = default;

void LogReader::read_file(const std::filesystem::path& file, const Interrupt& interrupt) {
    std::string failure;
    std::string sample;
    read(file.string(), [&](Inlet& inlet) {
        TextInlet text(inlet, file.string());
        failure = read_log(file, text, interrupt);
        sample = text.sample();
    });
    if (!failure.empty())
        gatherer_->add_malformed(
            "the compressed data is damaged or cut off here: " + printable(failure), {});
    gatherer_->doubt(sample);
}

void LogReader::read_stream(const std::string& name,
                            const std::function<void(const Piece&)>& source) {
    read(name,
         [&](Inlet& inlet) { source([&inlet](std::string_view bytes) { inlet.put(bytes); }); });
}

void LogReader::read_text(std::string_view text, const std::string& name) {
    gatherer_->begin(name);
    Scanner scanner(gatherer_->hash());
    Batch batch;
    batch.bytes.assign(text.begin(), text.end());
    scanner.scan(batch, text.size());
    gatherer_->take(batch);
    scanner.finish(batch);
    gatherer_->take(batch);
}

void LogReader::read(const std::string& name, const std::function<void(Inlet&)>& source) {
    gatherer_->begin(name);
    scan_ahead(gatherer_->hash(), source, [this](const Batch& batch) { gatherer_->take(batch); });
}

const Selection& LogReader::selection() const {
    return gatherer_->selection();
}

Denials LogReader::finish() {
    return gatherer_->take_result();
}

} // namespace selns::log
