#include "selns/query/labels.hpp"

#include "selns/base/text.hpp"
#include "selns/label/surveyor.hpp"
#include "selns/query/label_base.hpp"
#include "selns/query/label_filter.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <thread>

namespace selns::query {

namespace {

label::Validator validator(const LabelBase& base) {
    return [&base](const std::string& text) { return base.valid(text); };
}

// Nothing to ask when everything is wanted.
label::Wanted asked(const WantedLabels& wanted) {
    if (wanted.everything())
        return {};
    return [&wanted](const std::string& path, const std::string& context) {
        return wanted.wants(path, context);
    };
}

label::Progress progress(progress::Step& step, const Interrupt& interrupt) {
    return [&](std::uint64_t names) {
        step.advance(names, 0, "files");
        interrupt.check();
    };
}

label::Survey survey(const LabelBase& base, bool write, progress::Step& step,
                     const Interrupt& interrupt, const label::Wanted& wanted = {}) {
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
        return label::verify(base.tree(), base.matcher(), validator(base), advance, wanted);
    const unsigned threads = std::max(1U, std::thread::hardware_concurrency());
    return label::survey_disk(*base.disk(), base.matcher(), validator(base), {threads, write},
                              advance, wanted);
}

} // namespace

void list_labels(const std::filesystem::path& what, const LabelFilter& filter,
                 const std::function<bool(const std::string&, const std::string&)>& visit,
                 const cache::Store* store, const Interrupt& interrupt) {
    const LabelBase base(what, store);
    const WantedLabels wanted(filter, base.policy());
    const std::string none;
    label::Surveyor surveyor(
        base.matcher(), validator(base), [&](std::uint64_t) { interrupt.check(); }, asked(wanted));
    const auto enter = [&](const std::string& path) { return wanted.leads_to_wanted(path); };
    bool more = true;
    const auto take = [&](const std::string& path, std::uint32_t type) {
        const label::Specification* found = surveyor.ask(path, type);
        const std::string& text = found == nullptr ? none : found->context;
        if (wanted.wants(path, text))
            more = visit(path, text);
        return more;
    };
    if (base.disk())
        base.disk()->walk(enter, take);
    else
        base.tree().walk([&](const std::string& path, tree::InodeId id, bool) {
            if (more && enter(path))
                take(path, type_bits(base.tree().inode(id).type));
        });
    if (!more)
        return;
    wanted.refuse_unmet();
    label::refuse_invalid(surveyor.finish().invalid);
}

label::Survey verify_labels(const std::filesystem::path& what, const LabelFilter& filter,
                            progress::Sink& sink, const cache::Store* store,
                            const Interrupt& interrupt) {
    progress::Step step(sink, "label", "opening " + printable(what.string()));
    const LabelBase base(what, store);
    const WantedLabels wanted(filter, base.policy());
    label::Survey result = survey(base, false, step, interrupt, asked(wanted));
    wanted.refuse_unmet();
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
    const LabelBase base(root, nullptr);
    label::Survey result = survey(base, !dry_run, step, interrupt);
    step.finish(human_count(result.names) + " files");
    return result;
}

} // namespace selns::query
