#include "selns/pipeline/labels.hpp"

#include "selns/base/text.hpp"
#include "selns/label/surveyor.hpp"
#include "selns/pipeline/label_base.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <thread>

namespace selns::pipeline {

namespace {

std::string_view type_of(std::string_view context) {
    const auto fields = split(context, ':');
    return fields.size() > 2 ? fields[2] : std::string_view();
}

bool is_below(std::string_view path, std::string_view directory) {
    return directory == "/" || (path.starts_with(directory) &&
                                (path.size() == directory.size() || path[directory.size()] == '/'));
}

class Filter {
  public:
    explicit Filter(const LabelFilter& filter) : types_(filter.types) {
        for (const std::string& path : filter.paths)
            paths_.push_back(normal_path(path));
    }
    bool wants_path(std::string_view path) const {
        return paths_.empty() || std::ranges::any_of(paths_, [&](const std::string& directory) {
                   return is_below(path, directory);
               });
    }
    bool wants_type(std::string_view context) const {
        return types_.empty() || std::ranges::find(types_, type_of(context)) != types_.end();
    }

  private:
    const std::vector<std::string>& types_;
    std::vector<std::string> paths_;
};

label::Validator validator(const LabelBase& base) {
    return [&base](const std::string& text) { return base.valid(text); };
}

label::Progress progress(progress::Step& step, const Interrupt& interrupt) {
    return [&](std::uint64_t names) {
        step.advance(names, 0, "files");
        interrupt.check();
    };
}

label::Survey survey(const LabelBase& base, bool write, progress::Step& step,
                     const Interrupt& interrupt) {
    // Only the thread that a Step belongs to may use it.
    const auto mine = std::this_thread::get_id();
    const label::Progress advance = [&, mine,
                                     tell = progress(step, interrupt)](std::uint64_t names) {
        if (std::this_thread::get_id() == mine)
            tell(names);
        else
            interrupt.check();
    };
    if (!base.disk())
        return label::verify(base.tree(), base.matcher(), validator(base), advance);
    const unsigned threads = std::max(1U, std::thread::hardware_concurrency());
    return label::survey_disk(*base.disk(), base.matcher(), validator(base), {threads, write},
                              advance);
}

} // namespace

void list_labels(const std::filesystem::path& what, const LabelFilter& filter,
                 const std::function<void(const std::string&, const std::string&)>& visit,
                 const Interrupt& interrupt) {
    const LabelBase base(what);
    const Filter wanted(filter);
    const std::string none;
    label::Surveyor surveyor(base.matcher(), validator(base),
                             [&](std::uint64_t) { interrupt.check(); });
    const auto take = [&](const std::string& path, std::uint32_t type) {
        if (!wanted.wants_path(path))
            return;
        const label::Specification* found = surveyor.ask(path, type);
        const std::string& text = found == nullptr ? none : found->context;
        if (wanted.wants_type(text))
            visit(path, text);
    };
    if (base.disk())
        base.disk()->walk([&](const std::string& path, const tree::Disk::Name& name) {
            take(path, name.mode & S_IFMT);
        });
    else
        base.tree().walk([&](const std::string& path, tree::InodeId id, bool) {
            take(path, tree::type_bits(base.tree().inode(id).type));
        });
    label::refuse_invalid(surveyor.finish().invalid);
}

label::Survey verify_labels(const std::filesystem::path& what, const LabelFilter& filter,
                            progress::Sink& sink, const Interrupt& interrupt) {
    progress::Step step(sink, "label", "opening " + printable(what.string()));
    const LabelBase base(what);
    label::Survey result = survey(base, false, step, interrupt);
    const Filter wanted(filter);
    std::erase_if(result.differences, [&](const label::Difference& difference) {
        return !wanted.wants_path(difference.path) || !wanted.wants_type(difference.should);
    });
    step.finish(human_count(result.names) + " files");
    return result;
}

label::Survey apply_labels(const std::filesystem::path& root, bool dry_run, progress::Sink& sink,
                           const Interrupt& interrupt) {
    if (!std::filesystem::is_directory(root))
        throw Error(ErrorKind::invalid_input,
                    printable(root.string()) + " is no directory: labels are applied to files")
            .hint("an image gets its labels when it is built");
    progress::Step step(sink, "label", "opening " + printable(root.string()));
    const LabelBase base(root);
    label::Survey result = survey(base, !dry_run, step, interrupt);
    step.finish(human_count(result.names) + " files");
    return result;
}

} // namespace selns::pipeline
