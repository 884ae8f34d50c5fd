#include "selns/yaml/parse.hpp"

#include "selns/base/text.hpp"
#include "selns/yaml/encoding.hpp"
#include "selns/yaml/explain.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>
#include <utility>

namespace selns::yaml {

namespace {

constexpr std::size_t max_duplicates = 100; // reported

// Turns yaml-cpp's places, which count from 0, into ours.
struct Origin {
    const std::string& file;
    Places places;

    Location at(const YAML::Mark& mark) const {
        if (places == Places::whole || mark.is_null())
            return {file, 0, 0};
        return {file, mark.line + 1, mark.column + 1};
    }
};

Error invalid(Location at, std::string message) {
    return Error(ErrorKind::invalid_input, std::move(message)).at(std::move(at));
}

// A quoted scalar that never ends: yaml-cpp lets some of them pass.
bool is_unterminated(std::string_view text, int start) {
    if (start < 0 || static_cast<std::size_t>(start) >= text.size())
        return false;
    const auto from = static_cast<std::size_t>(start);
    const char quote = text[from];
    if (quote != '"' && quote != '\'')
        return false;
    for (std::size_t i = from + 1; i < text.size(); ++i) {
        if (text[i] == '\\' && quote == '"')
            ++i;
        else if (text[i] == quote)
            return false;
    }
    return true;
}

// What aliases multiply.
struct Size {
    std::size_t nodes = 0;
    std::size_t bytes = 0;
};

// Builds nodes of events. yaml-cpp's own nodes would do the same, but forget duplicate keys.
class Builder final : public YAML::EventHandler {
  public:
    Builder(std::string_view text, Origin origin, Diagnostics& problems)
        : text_(text), origin_(origin), problems_(problems) {}

    Node take() {
        if (bad_key_)
            throw invalid(*bad_key_, "expected a word as key");
        return std::move(root_);
    }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (std::exchange(started_, true))
            throw invalid(origin_.at(mark), "expected one YAML document, found a second");
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        Node node;
        node.at = origin_.at(mark);
        add_scalar(std::move(node), anchor);
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        Node node;
        node.at = origin_.at(mark);
        node.text = value;
        if (tag == "?")
            node.kind = plain_kind(value);
        else if (tag == "!" || tag == "tag:yaml.org,2002:str")
            node.kind = Kind::string;
        else
            refuse_tag(node.at, tag);
        if (is_unterminated(text_, mark.pos))
            throw invalid(node.at, "not valid YAML: this quoted text has no closing quote");
        add_scalar(std::move(node), anchor);
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto target = anchors_.find(anchor);
        if (target == anchors_.end())
            throw invalid(origin_.at(mark), "this alias stands inside the value that it refers to");
        const auto& [node, size] = target->second;
        grow(size, origin_.at(mark));
        if (frames_.size() + depth_of(node) > max_depth)
            throw too_deep(origin_.at(mark));
        add(Node(node));
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open(Kind::sequence, mark, tag, anchor);
    }
    void OnSequenceEnd() override { close(); }

    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open(Kind::map, mark, tag, anchor);
    }
    void OnMapEnd() override { close(); }

  private:
    // A sequence or map that is not complete yet.
    struct Frame {
        Node node;
        YAML::anchor_t anchor;
        Size before;                          // the document's size at its start
        std::map<std::string, Location> keys; // where each was first given
        std::optional<Entry> pending;         // a key that waits for its value
    };

    static Error too_deep(Location at) {
        return invalid(std::move(at),
                       "nested more than " + std::to_string(max_depth) + " levels deep");
    }

    static std::size_t depth_of(const Node& node) {
        std::size_t depth = 0;
        for (const Node& item : node.items)
            depth = std::max(depth, depth_of(item));
        for (const Entry& entry : node.entries)
            depth = std::max(depth, depth_of(entry.value));
        return node.is_scalar() ? 0 : depth + 1;
    }

    static void refuse_tag(const Location& at, const std::string& tag) {
        if (tag != "?" && tag != "!")
            throw invalid(at, "YAML tags are not supported: " + printable(tag.substr(0, 60)));
    }

    void grow(const Size& size, const Location& at) {
        size_.nodes += size.nodes;
        size_.bytes += size.bytes;
        if (size_.nodes > max_nodes || size_.bytes > max_expanded)
            throw invalid(at, "too large: more than " + human_count(max_nodes) + " values or " +
                                  human_size(max_expanded) + " with aliases expanded");
    }

    void add_scalar(Node node, YAML::anchor_t anchor) {
        const Size size{1, node.text.size()};
        grow(size, node.at);
        if (anchor != YAML::NullAnchor)
            anchors_[anchor] = {node, size};
        add(std::move(node));
    }

    void open(Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
        Frame frame;
        frame.node.kind = kind;
        frame.node.at = origin_.at(mark);
        frame.anchor = anchor;
        frame.before = size_;
        refuse_tag(frame.node.at, tag);
        if (frames_.size() == max_depth)
            throw too_deep(frame.node.at);
        if (!frames_.empty() && awaits_key(frames_.back()))
            note_bad_key(frame.node.at);
        grow({1, 0}, frame.node.at);
        frames_.push_back(std::move(frame));
    }

    void close() {
        Frame frame = std::move(frames_.back());
        frames_.pop_back();
        if (frame.anchor != YAML::NullAnchor) {
            const Size size{size_.nodes - frame.before.nodes, size_.bytes - frame.before.bytes};
            anchors_[frame.anchor] = {frame.node, size};
            grow(size, frame.node.at); // The copy kept for aliases takes its room, too.
        }
        add(std::move(frame.node));
    }

    static bool awaits_key(const Frame& frame) {
        return frame.node.kind == Kind::map && !frame.pending;
    }

    // Reported at the end: an unclosed bracket looks like such a key, too, until YAML's own error.
    void note_bad_key(const Location& at) {
        if (!bad_key_)
            bad_key_ = at;
    }

    // Puts a complete node where it belongs.
    void add(Node node) {
        if (frames_.empty()) {
            root_ = std::move(node);
            return;
        }
        Frame& frame = frames_.back();
        if (frame.node.kind == Kind::sequence) {
            frame.node.items.push_back(std::move(node));
        } else if (frame.pending) {
            add_value(frame, std::move(node));
        } else {
            add_key(frame, node);
        }
    }

    void add_key(Frame& frame, const Node& node) {
        if (!node.is_scalar() || node.kind == Kind::null)
            note_bad_key(node.at);
        const auto [first, fresh] = frame.keys.emplace(node.text, node.at);
        if (!fresh && problems_.size() < max_duplicates)
            problems_.add(node.at, path_of(path(), node.text) + ": given twice, first at " +
                                       first->second.str());
        frame.pending = Entry{node.text, node.at, {}};
    }

    // An absent value has yaml-cpp's place of the next token; its key is where to look.
    static void add_value(Frame& frame, Node node) {
        if (node.kind == Kind::null && node.text.empty())
            node.at = frame.pending->at;
        frame.pending->value = std::move(node);
        frame.node.entries.push_back(std::move(*frame.pending));
        frame.pending.reset();
    }

    // Of the innermost open node.
    std::string path() const {
        std::string path;
        for (std::size_t i = 0; i + 1 < frames_.size(); ++i)
            path = frames_[i].pending ? path_of(path, frames_[i].pending->key)
                                      : path_of(path, frames_[i].node.items.size());
        return path;
    }

    std::string_view text_;
    Origin origin_;
    Diagnostics& problems_;
    bool started_ = false;
    std::optional<Location> bad_key_;
    Node root_;
    Size size_;
    std::vector<Frame> frames_;
    std::map<YAML::anchor_t, std::pair<Node, Size>> anchors_;
};

// Without a byte order mark, and with plain newlines: so yaml-cpp's offsets are ours.
std::string normalised(std::string_view text) {
    if (text.starts_with("\xef\xbb\xbf"))
        text.remove_prefix(3);
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i)
        if (text[i] != '\r')
            plain += text[i];
        else if (i + 1 == text.size() || text[i + 1] != '\n')
            plain += '\n';
    return plain;
}

void check_text(const std::string& text, const Origin& origin) {
    if (text.size() > max_bytes)
        throw invalid({origin.file, 0, 0}, "larger than " + human_size(max_bytes));
    const auto bad = find_bad_byte(text);
    if (!bad)
        return;
    YAML::Mark mark;
    const std::string_view before = std::string_view(text).substr(0, bad->offset);
    mark.line = static_cast<int>(std::count(before.begin(), before.end(), '\n'));
    const std::size_t line_start = before.rfind('\n') + 1; // npos + 1 is 0
    mark.column = static_cast<int>(before.size() - line_start);
    throw invalid(origin.at(mark), std::string("not a text file: found ") + bad->what);
}

} // namespace

Node parse(const std::string& raw, const std::string& file, Diagnostics& problems, Places places) {
    const Origin origin{file, places};
    check_text(raw, origin);
    const std::string text = normalised(raw);
    Builder builder(text, origin, problems);
    try {
        std::istringstream stream(text);
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (const YAML::Exception& error) {
        throw invalid(origin.at(error.mark),
                      "not valid YAML: " +
                          explain(text, error.mark.line, error.mark.column, error.msg));
    }
    Node root = builder.take();
    if (!root.at.known())
        root.at.file = file;
    return root;
}

} // namespace selns::yaml
