#include "selns-build/commands/commands.hpp"
#include "selns-build/declaration.hpp"
#include "selns-build/progress/sinks.hpp"
#include "selns-build/render/labels.hpp"
#include "selns-build/session.hpp"
#include "selns/pipeline/labels.hpp"

namespace selns::cmd {

namespace {

void declare_what(Declaration& declaration, std::filesystem::path& what) {
    declaration.path(what, "WHAT", "a root directory, an archive or an image");
}

void declare_filter(Declaration& declaration, std::vector<std::filesystem::path>& paths,
                    std::vector<std::string>& types) {
    declaration.paths(paths, "PATH");
    declaration.options(types, "--type", "TYPE", "only files that should have this type");
}

pipeline::LabelFilter filter_of(const std::vector<std::filesystem::path>& paths,
                                const std::vector<std::string>& types) {
    pipeline::LabelFilter filter{types, {}};
    for (const auto& path : paths)
        filter.paths.push_back(path.string());
    return filter;
}

// Collects lines, since a file system has many.
class Lines {
  public:
    explicit Lines(Output& out) : out_(out) {}
    ~Lines() { out_.write(text_); }
    Lines(const Lines&) = delete;
    Lines& operator=(const Lines&) = delete;

    // False when nobody reads them any more.
    bool add(const std::string& path, const std::string& context, bool json) {
        constexpr std::size_t enough = 1U << 16U;
        append_label(text_, path, context, json);
        if (text_.size() < enough)
            return true;
        out_.write(text_);
        text_.clear();
        return !out_.ended();
    }

  private:
    Output& out_;
    std::string text_;
};

} // namespace

void declare(Declaration& declaration, LabelListOptions& options) {
    declare_what(declaration, options.what);
    declare_filter(declaration, options.paths, options.types);
    declaration.flag(options.json, "--json", "one JSON object a line");
}

int run(const LabelListOptions& options, Session& session) {
    Lines lines(session.out);
    pipeline::list_labels(
        options.what, filter_of(options.paths, options.types),
        [&](const std::string& path, const std::string& context) {
            return lines.add(path, context, options.json);
        },
        session.interrupt);
    return 0;
}

void declare(Declaration& declaration, LabelVerifyOptions& options) {
    declare_what(declaration, options.what);
    declare_filter(declaration, options.paths, options.types);
    declaration.flag(options.json, "--json", "everything, as JSON");
    declaration.progress(options.progress);
}

int run(const LabelVerifyOptions& options, Session& session) {
    const auto sink = make_sink(options.progress, session);
    const auto survey = pipeline::verify_labels(
        options.what, filter_of(options.paths, options.types), *sink, session.interrupt);
    session.out.write(options.json ? survey_json(survey) : verified_text(survey, session.out_look));
    label::refuse_invalid(survey.invalid);
    return survey.differences.empty() ? 0 : 1;
}

void declare(Declaration& declaration, LabelApplyOptions& options) {
    declaration.path(options.root, "ROOT", "a root directory");
    declaration.flag(options.dry_run, "--dry-run", "write nothing; status 1 when labels differ");
    declaration.flag(options.json, "--json", "everything, as JSON");
    declaration.progress(options.progress);
}

int run(const LabelApplyOptions& options, Session& session) {
    const auto sink = make_sink(options.progress, session);
    const auto survey =
        pipeline::apply_labels(options.root, options.dry_run, *sink, session.interrupt);
    session.out.write(options.json ? survey_json(survey)
                                   : applied_text(survey, options.dry_run, session.out_look));
    label::refuse_invalid(survey.invalid);
    return options.dry_run && !survey.differences.empty() ? 1 : 0;
}

void declare(Declaration& declaration, LabelExplainOptions& options) {
    declare_what(declaration, options.what);
    declaration.paths(options.paths, "PATH");
    declaration.flag(options.json, "--json", "everything, as JSON");
    declaration.check([&] {
        if (options.paths.empty())
            throw declaration.usage("expected PATH, a file of the image");
    });
}

int run(const LabelExplainOptions& options, Session& session) {
    const auto explained = pipeline::explain_labels(
        options.what, filter_of(options.paths, {}).paths, session.interrupt);
    session.out.write(options.json ? explanations_json(explained)
                                   : explanations_text(explained, session.out_look));
    return 0;
}

} // namespace selns::cmd
