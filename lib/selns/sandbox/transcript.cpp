#include "selns/sandbox/transcript.hpp"

#include <utility>

namespace selns::sandbox {

void Transcript::add(const std::string& piece) {
    if (!worth_)
        return;
    if (piece.size() > most - text_.size())
        return drop();
    text_ += piece;
}

void Transcript::drop() {
    worth_ = false;
    text_ = std::string();
}

Pieces::Pieces(const Worker& worker, Task task, Transcript* transcript) : transcript_(transcript) {
    if (transcript_ == nullptr || !transcript_->replays())
        process_.emplace(worker, std::move(task));
}

std::optional<std::string> Pieces::next() {
    if (!process_)
        return std::exchange(said_, true) ? std::nullopt : std::optional(transcript_->take());
    auto piece = process_->next();
    if (piece && transcript_ != nullptr)
        transcript_->add(*piece);
    return piece;
}

} // namespace selns::sandbox
