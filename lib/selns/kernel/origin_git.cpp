#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/kernel/origin.hpp"
#include "selns/kernel/said.hpp"

#include <algorithm>

namespace selns::kernel {

namespace {

namespace fs = std::filesystem;

constexpr const char* git_kind = "kernel-git";
constexpr std::chrono::seconds ask_limit{30};
constexpr std::chrono::seconds fetch_limit{4 * 3600};

process::Command git(std::vector<std::string> arguments, std::chrono::seconds timeout) {
    process::Command command;
    command.argv = std::move(arguments);
    command.argv.insert(command.argv.begin(), "git");
    // No question to a user who may not be there, no transport that runs a program of its own
    // choice, and an end to a transfer that stands still.
    command.environment = {{"LC_ALL", "C"},
                           {"GIT_TERMINAL_PROMPT", "0"},
                           {"GIT_ALLOW_PROTOCOL", "https:http:git:ssh:file"},
                           {"GIT_SSH_COMMAND", "ssh -oBatchMode=yes -oConnectTimeout=20"},
                           {"GIT_HTTP_LOW_SPEED_LIMIT", "1000"},
                           {"GIT_HTTP_LOW_SPEED_TIME", "60"}};
    command.timeout = timeout;
    command.package = "git";
    return command;
}

Error failure(const std::string& message, const process::Result& result) {
    const std::string words = result.timed_out ? "no answer in time" : said(result.error_tail);
    return Error(ErrorKind::tool_failed, message).hint(words);
}

bool is_commit(std::string_view text) {
    return text.size() == 40 &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// The commit that the branch is at.
std::string ask(const GitSource& source, process::Runner& runner) {
    const std::string reference = "refs/heads/" + source.branch;
    process::Command command =
        git({"ls-remote", "--exit-code", "--", source.url, reference}, ask_limit);
    std::string output;
    command.on_output = [&output](std::string_view data) { output.append(data); };
    const process::Result result = runner.run(command);
    if (result.exit_code == 2 && !result.timed_out)
        throw Error(ErrorKind::tool_failed, source.url + " has no branch " + source.branch);
    const std::string commit = output.substr(0, output.find('\t'));
    if (!result.ok() || !is_commit(commit))
        throw failure("cannot reach " + source.url, result)
            .hint(said(result.error_tail) + "\n--source DIR takes a local tree instead");
    return commit;
}

class GitOrigin final : public Origin {
  public:
    GitOrigin(GitSource source, std::string commit, const Context& context)
        : source_(std::move(source)), commit_(std::move(commit)), context_(context) {}

    std::string identity() const override {
        return source_.url + " " + source_.branch + " " + commit_;
    }
    cache::Inputs inputs() const override {
        return {{"git", source_.url}, {"branch", source_.branch}, {"commit", commit_}};
    }

    void unpack(const fs::path& directory, Part part, progress::Step& step) const override {
        const fs::path repository = fetch(step) / "repository";
        step.detail("unpacking " + commit_);
        // The index is not the repository's, which is in the cache and must stay as it is.
        process::Command checkout =
            git({"--git-dir=" + repository.string(), "--work-tree=" + directory.string(),
                 "checkout", "--force", "--quiet", commit_, "--", "."},
                fetch_limit);
        checkout.environment["GIT_INDEX_FILE"] = directory.string() + ".index";
        checkout.directory = directory;
        const process::Result result = context_.runner.run(checkout);
        if (!result.ok())
            throw failure("cannot unpack commit " + commit_, result);
        if (part == Part::configuration)
            step.detail("a whole tree, since Git has it already");
    }

  private:
    // The directory of the cache entry.
    fs::path fetch(progress::Step& step) const {
        const cache::Inputs inputs = {{"git", source_.url}, {"commit", commit_}};
        return context_.cache
            .make(git_kind, cache::key_of(git_kind, inputs), {source_.url, inputs},
                  [&](const fs::path& staging) { fill(staging / "repository", step); })
            .directory;
    }

    void fill(const fs::path& repository, progress::Step& step) const {
        step.detail("fetching " + commit_ + " from " + source_.url);
        const process::Result made = context_.runner.run(git(
            {"init", "--quiet", "--bare", "--template=", "--", repository.string()}, ask_limit));
        if (!made.ok())
            throw failure("git init failed", made);
        process::Command get = git({"--git-dir=" + repository.string(), "fetch", "--depth=1",
                                    "--no-tags", "--progress", "--", source_.url, commit_},
                                   fetch_limit);
        get.on_error_line = [&](std::string_view line) { step.detail(printable(trim(line))); };
        const process::Result result = context_.runner.run(get);
        if (!result.ok())
            throw failure("cannot fetch commit " + commit_ + " from " + source_.url, result);
    }

    GitSource source_;
    std::string commit_;
    const Context& context_;
};

} // namespace

// A pinned commit is what it is: nobody has to be asked when it is in the cache.
std::unique_ptr<Origin> git_origin(const GitSource& source, progress::Step& step,
                                   const Context& context) {
    if (source.commit) {
        const cache::Inputs inputs = {{"git", source.url}, {"commit", *source.commit}};
        if (context.cache.find(git_kind, cache::key_of(git_kind, inputs)))
            return std::make_unique<GitOrigin>(source, *source.commit, context);
    }
    step.detail("asking " + source.url);
    const std::string tip = ask(source, context.runner);
    return std::make_unique<GitOrigin>(source, source.commit.value_or(tip), context);
}

} // namespace selns::kernel
