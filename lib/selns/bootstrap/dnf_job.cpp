#include "selns/bootstrap/dnf_job.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/bootstrap/dnf_log.hpp"
#include "selns/bootstrap/dnf_request.hpp"
#include "selns/bootstrap/hooks.hpp"
#include "selns/bootstrap/mmdebstrap.hpp"

#include <utility>

namespace selns::bootstrap {

namespace {

class DnfJob final : public Job {
  public:
    DnfJob(DnfRequest request, const Options& options)
        : request_(std::move(request)), options_(options) {}

    const cache::Inputs& inputs() const override { return request_.inputs; }
    std::vector<Package> build(const Work& work, const std::filesystem::path& tar) const override;
    std::vector<Package> resolve(const Work& work) const override;

  private:
    void prepare(const Work& work) const;

    DnfRequest request_;
    const Options& options_;
};

void DnfJob::prepare(const Work& work) const {
    if (options_.offline)
        throw Error(ErrorKind::failed, "what dnf fetches is not kept, and the root is not in the "
                                       "cache")
            .hint("build it once without --offline");
    for (const std::string& program : {request_.program, std::string("rpm")})
        if (!work.runner.find(program))
            throw Error(ErrorKind::tool_failed, program + " is not installed")
                .at(request_.from)
                .hint("apt-get install " + program);
    for (std::size_t i = 0; i < request_.keys.size(); ++i)
        if (request_.keys[i].empty())
            throw Error(ErrorKind::invalid_input,
                        "the keys of " + request_.release.words + " are not known here")
                .at(request_.from)
                .hint("name them with from." + request_.distribution +
                      ".key, or install the package distribution-gpg-keys, where there is one");
    // dnf takes a blank or a comma for the end of a folder's name.
    if (work.run.path().string().find_first_of(" \t,") != std::string::npos)
        throw Error(ErrorKind::tool_failed,
                    "dnf cannot work in " + printable(work.run.path().string()))
            .hint("TMPDIR names another directory; one without blanks and commas");
    upload(request_.changes, run_files(request_, work.run.path()), options_.overlay, work);
}

std::vector<Package> DnfJob::build(const Work& work, const std::filesystem::path& tar) const {
    prepare(work);
    const Isolation isolation = isolation_of(work.runner);
    DnfLog log(request_, work.run.path(), work.step);
    // The root has its own few mounts, made before anything is in it.
    auto packages = run_mmdebstrap(log, isolation,
                                   keeping_arguments({.mode = isolation.mode,
                                                      .run = work.run.path(),
                                                      .hooks = {"setup"},
                                                      .skipped = "chroot/mount",
                                                      .output = tar}),
                                   options_.epoch, work);
    if (packages.empty())
        throw Error(ErrorKind::tool_failed, "rpm finds no package in the new root");
    return packages;
}

// The newest of everything that the repositories have: versions are all that is asked.
std::vector<Package> DnfJob::resolve(const Work& work) const {
    prepare(work);
    process::Command command;
    command.argv = query_arguments(request_, work.run.path(), work.run.make("root"));
    command.environment = {{"HOME", (work.run.path() / "home").string()}, {"LC_ALL", "C.UTF-8"}};
    command.directory = work.run.path();
    command.package = "dnf";
    std::string text;
    command.on_output = [&text](std::string_view piece) { text += piece; };
    DnfLog log(request_, work.run.path(), work.step);
    command.on_error_line = [&log](std::string_view line) { log.line(line); };
    const process::Result result = work.runner.run(command);
    if (!result.ok())
        throw log.failure(result.exit_code);
    std::vector<Package> packages;
    for (const std::string_view line : split(text, '\n')) {
        const auto words = split_words(line);
        if (words.size() != 3)
            continue;
        packages.push_back({std::string(words[0]), rpm_version(words[1]), std::string(words[2])});
    }
    return packages;
}

} // namespace

std::unique_ptr<Job> make_dnf_job(const recipe::Recipe& recipe, const DnfRelease& release,
                                  const Options& options, process::Runner& runner,
                                  const cache::Store& store) {
    auto request =
        dnf_request(recipe, release, dnf_host(apt::Answers(store, runner), runner, release),
                    read_ingredients(recipe, options), options.epoch);
    return std::make_unique<DnfJob>(std::move(request), options);
}

} // namespace selns::bootstrap
