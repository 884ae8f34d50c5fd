#include "selns/recipe/include.hpp"

#include "selns/base/file.hpp"
#include "selns/base/text.hpp"
#include "selns/recipe/check.hpp"
#include "selns/recipe/inputs.hpp"
#include "selns/yaml/parse.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <unordered_map>

namespace selns::recipe {

namespace {

using yaml::Kind;
using yaml::Node;

constexpr const char* key = "include";
constexpr char replaces = '!'; // behind a key
constexpr std::size_t most_files = 50;

const Form& include_form() {
    return *std::get<ObjectForm>(recipe_form().rule).find(key)->form;
}

std::size_t count(const Node& node) {
    std::size_t nodes = 1;
    for (const Node& item : node.items)
        nodes += count(item);
    for (const yaml::Entry& entry : node.entries)
        nodes += count(entry.value);
    return nodes;
}

bool is_marked(const std::string& name) {
    return name.size() > 1 && name.back() == replaces;
}

std::string without_mark(const std::string& name) {
    return is_marked(name) ? name.substr(0, name.size() - 1) : name;
}

void merge(Node& base, Node over);

// Marks are kept: what was included before is replaced as well.
void merge_maps(Node& base, Node over) {
    base.at = over.at;
    std::unordered_map<std::string, std::size_t> known;
    for (std::size_t i = 0; i < base.entries.size(); ++i)
        known.emplace(without_mark(base.entries[i].key), i);
    for (yaml::Entry& entry : over.entries) {
        const auto [found, fresh] = known.emplace(without_mark(entry.key), base.entries.size());
        if (fresh) {
            base.entries.push_back(std::move(entry));
            continue;
        }
        yaml::Entry& same = base.entries[found->second];
        same.at = entry.at;
        if (is_marked(entry.key))
            same = std::move(entry);
        else
            merge(same.value, std::move(entry.value));
    }
}

// A map that has a key with its mark and without says two things.
void check_marks(const Node& node, const std::string& path, Diagnostics& problems) {
    for (std::size_t i = 0; i < node.items.size(); ++i)
        check_marks(node.items[i], yaml::path_of(path, i), problems);
    for (const yaml::Entry& entry : node.entries) {
        const std::string name = without_mark(entry.key);
        if (is_marked(entry.key) && node.find(name) != nullptr)
            problems.add(entry.at, about(yaml::path_of(path, name),
                                         "expected either " + printable(name) + " or " +
                                             printable(entry.key) + ", got both"));
        check_marks(entry.value, yaml::path_of(path, name), problems);
    }
}

void remove_marks(Node& node) {
    for (Node& item : node.items)
        remove_marks(item);
    for (yaml::Entry& entry : node.entries) {
        entry.key = without_mark(entry.key);
        remove_marks(entry.value);
    }
}

void merge(Node& base, Node over) {
    if (base.kind == Kind::map && over.kind == Kind::map) {
        merge_maps(base, std::move(over));
    } else if (base.kind == Kind::sequence && over.kind == Kind::sequence) {
        std::move(over.items.begin(), over.items.end(), std::back_inserter(base.items));
    } else {
        base = std::move(over);
    }
}

Node take_include(Node& root) {
    const auto entry = std::ranges::find(root.entries, key, &yaml::Entry::key);
    if (entry == root.entries.end())
        return {};
    Node value = std::move(entry->value);
    root.entries.erase(entry);
    return value;
}

class Includer {
  public:
    explicit Includer(Diagnostics& problems) : problems_(problems) {}

    // ROOT over what it includes. FILE as the user would name it.
    Node expand(Node root, const Path& file) {
        check_marks(root, "", problems_);
        if (const auto* entry = root.find(std::string(key) + replaces))
            problems_.add(entry->at, about(key, "has nothing to replace"));
        folders_.emplace(printable(file.string()), identity(file).parent_path());
        open_.push_back(identity(file));
        const Node names = take_include(root);
        Node result;
        if (names.kind != Kind::null)
            check(include_form(), names, key, problems_);
        if (names.kind == Kind::sequence)
            for (std::size_t i = 0; i < names.items.size(); ++i)
                if (fits(*std::get<ListForm>(include_form().rule).item, names.items[i]))
                    add(result, names.items[i], yaml::path_of(key, i), file.parent_path());
        open_.pop_back();
        merge(result, std::move(root));
        return result;
    }

    // What was included, as the value of `include`.
    Node list(const Location& at) const {
        Node list;
        list.kind = Kind::sequence;
        list.at = at;
        list.items = files_;
        return list;
    }

    std::map<std::string, Path> folders() { return std::move(folders_); }

  private:
    static Path identity(const Path& file) { return tidy(std::filesystem::current_path() / file); }
    // A path that leads nowhere is itself; reading tells what is wrong.
    static Path real_path(const Path& file) {
        std::error_code failed;
        Path real = std::filesystem::weakly_canonical(file, failed);
        return failed ? file : real;
    }

    void add(Node& result, const Node& name, const std::string& path, const Path& folder) {
        Path file = tidy(folder / name.text);
        if (file.empty())
            file = ".";
        const auto report = [&](const std::string& trouble) {
            problems_.add(name.at, about(path, trouble));
        };
        const Path same = real_path(identity(file));
        for (const Path& outer : open_)
            if (real_path(outer) == same)
                return report("this recipe includes itself: " + printable(file.string()));
        if (!seen_.insert(same).second)
            return;
        if (seen_.size() > most_files)
            return report("more than " + std::to_string(most_files) + " files are included");
        if (const std::string trouble = trouble_with(file); !trouble.empty())
            return report(trouble + ": " + printable(file.string()) +
                          (name.text.starts_with('/') ? ""
                                                      : " (paths are relative to the recipe's "
                                                        "folder)"));
        take(result, name, path, file);
    }

    static std::string trouble_with(const Path& file) {
        std::error_code failed;
        const auto type = std::filesystem::status(file, failed).type();
        if (type == std::filesystem::file_type::not_found)
            return "no such file";
        if (failed)
            return failed.message();
        if (type == std::filesystem::file_type::directory)
            return "expected a recipe's file, got a directory";
        return type == std::filesystem::file_type::regular ? "" : "expected a recipe's file";
    }

    void take(Node& result, const Node& name, const std::string& path, const Path& file) {
        Node root =
            yaml::parse(read_file(file, yaml::max_bytes + 1), printable(file.string()), problems_);
        nodes_ += count(root);
        if (nodes_ > yaml::max_nodes)
            return problems_.add(name.at, about(path, "what is included is too large"));
        if (root.kind != Kind::map)
            return problems_.add(name.at, about(path, "expected a recipe's file, with keys: " +
                                                          printable(file.string())));
        merge(result, expand(std::move(root), file));
        Node taken;
        taken.kind = Kind::string;
        taken.at = name.at;
        taken.text = identity(file).string();
        files_.push_back(std::move(taken));
    }

    Diagnostics& problems_;
    std::vector<Path> open_; // the files on the way here
    std::set<Path> seen_;
    std::vector<Node> files_;
    std::size_t nodes_ = 0;
    std::map<std::string, Path> folders_;
};

} // namespace

std::map<std::string, Path> include(Node& root, const Path& file, Diagnostics& problems) {
    if (root.kind != Kind::map)
        return {};
    const bool includes = root.find(key) != nullptr;
    const Location at = includes ? root.find(key)->at : Location();
    Includer includer(problems);
    root = includer.expand(std::move(root), file);
    remove_marks(root);
    if (!includes)
        return {};
    root.entries.push_back({key, at, includer.list(at)});
    return includer.folders();
}

} // namespace selns::recipe
