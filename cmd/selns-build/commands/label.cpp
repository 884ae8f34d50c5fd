#include "selns-build/arguments.hpp"
#include "selns-build/commands/list.hpp"
#include "selns-build/commands/setting.hpp"
#include "selns-build/progress/sinks.hpp"
#include "selns-build/render/labels.hpp"
#include "selns-build/session.hpp"
#include "selns/query/labels.hpp"

namespace selns::cmd {

namespace {

struct LabelListOptions {
    std::filesystem::path what;
    std::vector<std::filesystem::path> paths;
    std::vector<std::string> types;
    bool json = false;
};

struct LabelVerifyOptions {
    std::filesystem::path what;
    std::vector<std::filesystem::path> paths;
    std::vector<std::string> types;
    bool json = false;
    ProgressMode progress = ProgressMode::automatic;
};

struct LabelApplyOptions {
    std::filesystem::path root;
    bool dry_run = false;
    bool json = false;
    ProgressMode progress = ProgressMode::automatic;
};

struct LabelExplainOptions {
    std::filesystem::path what;
    std::vector<std::filesystem::path> paths;
    bool json = false;
};

void declare_what(CLI::App& app, std::filesystem::path& what) {
    add_required_path(app, "WHAT", what, "a root directory, an archive or an image");
}

void declare_filter(CLI::App& app, std::vector<std::filesystem::path>& paths,
                    std::vector<std::string>& types) {
    add_paths(app, "PATH", paths);
    app.add_option("--type", types, "only files that should have this type")
        ->type_name("TYPE")
        ->allow_extra_args(false)
        ->check(filled("TYPE"));
}

query::LabelFilter filter_of(const std::vector<std::filesystem::path>& paths,
                             const std::vector<std::string>& types) {
    query::LabelFilter filter{types, {}};
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

void declare(CLI::App& app, LabelListOptions& options) {
    declare_what(app, options.what);
    declare_filter(app, options.paths, options.types);
    app.add_flag("--json", options.json, "one JSON object a line");
}

int run(const LabelListOptions& options, Session& session) {
    Lines lines(session.out);
    query::list_labels(
        options.what, filter_of(options.paths, options.types),
        [&](const std::string& path, const std::string& context) {
            return lines.add(path, context, options.json);
        },
        cache_if_any(session), session.interrupt);
    return 0;
}

void declare(CLI::App& app, LabelVerifyOptions& options) {
    declare_what(app, options.what);
    declare_filter(app, options.paths, options.types);
    app.add_flag("--json", options.json, "everything, as JSON");
    add_progress(app, options.progress);
}

int run(const LabelVerifyOptions& options, Session& session) {
    const auto sink = make_sink(options.progress, session);
    const auto survey = query::verify_labels(options.what, filter_of(options.paths, options.types),
                                             *sink, cache_if_any(session), session.interrupt);
    session.out.write(options.json ? survey_json(survey) : verified_text(survey, session.out_look));
    label::refuse_invalid(survey.invalid);
    return survey.differences.empty() ? 0 : 1;
}

void declare(CLI::App& app, LabelApplyOptions& options) {
    add_required_path(app, "ROOT", options.root, "a root directory");
    app.add_flag("--dry-run", options.dry_run, "write nothing; status 1 when labels differ");
    app.add_flag("--json", options.json, "everything, as JSON");
    add_progress(app, options.progress);
}

int run(const LabelApplyOptions& options, Session& session) {
    const auto sink = make_sink(options.progress, session);
    const auto survey =
        query::apply_labels(options.root, options.dry_run, *sink, session.interrupt);
    session.out.write(options.json ? survey_json(survey)
                                   : applied_text(survey, options.dry_run, session.out_look));
    label::refuse_invalid(survey.invalid);
    return options.dry_run && !survey.differences.empty() ? 1 : 0;
}

void declare(CLI::App& app, LabelExplainOptions& options) {
    declare_what(app, options.what);
    add_paths(app, "PATH", options.paths, "PATH, a file of the image")->required();
    app.add_flag("--json", options.json, "everything, as JSON");
}

int run(const LabelExplainOptions& options, Session& session) {
    const auto explained = query::explain_labels(options.what, filter_of(options.paths, {}).paths,
                                                 cache_if_any(session), session.interrupt);
    session.out.write(options.json ? explanations_json(explained)
                                   : explanations_text(explained, session.out_look));
    return 0;
}

const Subcommand label_list_command = {
    "label list", " ROOT|ARCHIVE|IMAGE [PATH...] [OPTION]...",
    "the label that each file should have",
    "Prints each file and the context that the image's own file contexts give it, with\n"
    "a tab between: those at or below PATHs, or all. <<none>> stands for no label; a\n"
    "byte of a name that is no text is written as \\x0a, a backslash twice.\n"
    "\n"
    "Example:\n"
    "  selns-build label list build/web/web.tar /etc --type shadow_t\n",
    declared<LabelListOptions, declare, run>};

const Subcommand label_verify_command = {
    "label verify", " ROOT|ARCHIVE|IMAGE [PATH...] [OPTION]...",
    "stored labels against those that should be",
    "Compares the label that each file has with the one that it should have. Status 1\n"
    "when one differs.\n"
    "\n"
    "Example:\n"
    "  selns-build label verify build/web/web.ext4\n",
    declared<LabelVerifyOptions, declare, run>};

const Subcommand label_apply_command = {
    "label apply", " ROOT [OPTION]...", "label the files of a directory",
    "Gives each file below the directory ROOT the label that ROOT's own file contexts\n"
    "say, where it has another one. No symlink is followed. Interrupted, it can be run\n"
    "again.\n"
    "\n"
    "Example:\n"
    "  selns-build label apply --dry-run /srv/containers/web\n",
    declared<LabelApplyOptions, declare, run>};

const Subcommand label_explain_command = {
    "label explain", " ROOT|ARCHIVE|IMAGE PATH... [OPTION]...", "why a file gets its label",
    "Shows for each PATH the context that it should have, the specification that gives\n"
    "it, those that it beat and why, and the stored label when that differs.\n"
    "\n"
    "Example:\n"
    "  selns-build label explain build/web/web.tar /usr/sbin/nginx\n",
    declared<LabelExplainOptions, declare, run>};

} // namespace selns::cmd
