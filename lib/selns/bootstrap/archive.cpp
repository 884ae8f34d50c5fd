#include "selns/tree/archive.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/hash.hpp"
#include "selns/base/text.hpp"
#include "selns/bootstrap/source_job.hpp"

#include <utility>

namespace selns::bootstrap {

namespace {

class ArchiveSource final : public RootSource {
  public:
    ArchiveSource(recipe::RootArchive archive, const cache::Store& store, bool offline)
        : archive_(std::move(archive)), store_(store), offline_(offline),
          sha256_(archive_.url ? *archive_.sha256 : sha256_file(archive_.file.value)) {
        if (archive_.sha256 && *archive_.sha256 != sha256_)
            throw Error(ErrorKind::invalid_input,
                        "not the file that sha256 says: it has " + sha256_)
                .at(archive_.file.at);
    }

    cache::Inputs inputs() const override { return {{"source", "archive"}, {"sha256", sha256_}}; }

    tree::Tree read(const Work& work) const override {
        const auto file = archive_.url ? download(work) : archive_.file.value;
        try {
            tree::Tree tree = tree::read_archive(
                file, tree::Limits::from_others(std::filesystem::file_size(file)));
            if (!archive_.url && sha256_file(file) != sha256_)
                throw Error(ErrorKind::failed, "it was changed while it was being read");
            return tree;
        } catch (Error& error) {
            throw error.context(printable(name())).at(archive_.file.at);
        }
    }

  private:
    std::string name() const { return archive_.url.value_or(archive_.file.value.string()); }

    std::filesystem::path download(const Work& work) const {
        const cache::Inputs inputs = {{"sha256", sha256_}};
        const auto entry = store_.make(
            "download", cache::key_of("download", inputs), {*archive_.url, inputs},
            [&](const std::filesystem::path& staging) { fetch(work, staging / "file"); });
        return entry.directory / "file";
    }

    // curl's own file can be named by nobody else, and counts only with the right digest.
    void fetch(const Work& work, const std::filesystem::path& file) const {
        if (offline_)
            throw Error(ErrorKind::failed, printable(*archive_.url) + " is not in the cache")
                .hint("build it once without --offline");
        work.step.detail("fetching " + printable(*archive_.url));
        process::Command command;
        command.argv = {"curl",
                        "--disable",
                        "--fail",
                        "--silent",
                        "--show-error",
                        "--location",
                        "--globoff",
                        "--proto",
                        "=https",
                        "--max-redirs",
                        "10",
                        "--connect-timeout",
                        "20",
                        "--speed-limit",
                        "1000",
                        "--speed-time",
                        "60",
                        "--max-filesize",
                        "68719476736",
                        "--retry",
                        "2",
                        "--output",
                        file.string(),
                        "--",
                        *archive_.url};
        command.package = "curl";
        const process::Result result = work.runner.run(command);
        if (!result.ok())
            throw Error(ErrorKind::tool_failed, "cannot fetch " + printable(*archive_.url))
                .at(archive_.file.at)
                .hint(printable(trim(result.error_tail)));
        if (const std::string got = sha256_file(file); got != sha256_)
            throw Error(ErrorKind::invalid_input,
                        "what was fetched is not what sha256 says: it has " + got)
                .at(archive_.file.at);
    }

    recipe::RootArchive archive_;
    const cache::Store& store_;
    bool offline_;
    std::string sha256_;
};

} // namespace

std::unique_ptr<Job> make_archive_job(const recipe::Recipe& recipe, const Options& options,
                                      process::Runner&, const cache::Store& store) {
    const auto& archive = std::get<recipe::RootArchive>(recipe.from.what);
    return make_source_job(recipe, options,
                           std::make_unique<ArchiveSource>(archive, store, options.offline));
}

} // namespace selns::bootstrap
