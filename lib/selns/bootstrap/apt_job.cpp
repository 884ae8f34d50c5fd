#include "selns/bootstrap/apt_job.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/hash.hpp"
#include "selns/bootstrap/mmdebstrap.hpp"
#include "selns/bootstrap/mmdebstrap_log.hpp"

#include <fcntl.h>

#include <cerrno>
#include <limits>
#include <utility>

namespace selns::bootstrap {

namespace {

// The root in two layers: what all recipes of a release begin with, which is kept by itself, and
// what this one adds. A root is always made so, and never on a base that the package sources have
// newer packages for, so that it does not depend on what is kept.
class AptJob final : public Job {
  public:
    AptJob(AptRequest request, const Options& options, const cache::Store& store)
        : request_(std::move(request)), options_(options), store_(store),
          base_key_(cache::key_of(base_kind, request_.base_inputs)) {}

    const cache::Inputs& inputs() const override { return request_.inputs; }

    std::vector<Package> build(const Work& work, const std::filesystem::path& tar) const override {
        const auto base = store_.find(base_kind, base_key_);
        if (!base)
            return from_nothing(work, tar, 0);
        if (const auto packages = on_base(*base, work, tar))
            return *packages;
        work.step.sink().note("the base is older than the package sources: it is made again");
        std::filesystem::remove(tar);
        const cache::RunDirectory again(store_.register_directory());
        return from_nothing({work.runner, again, work.step}, tar, base->record.created);
    }

    std::vector<Package> resolve(const Work& work) const override {
        const Isolation isolation = isolation_of(work.runner);
        const std::string options = prepare(work);
        MmdebstrapLog log(request_, work.run.path(), work.step);
        return run_mmdebstrap(
            log, isolation, simulate_arguments(request_, isolation.mode, work.run.path(), options),
            options_.epoch, work);
    }

  private:
    static constexpr const char* base_kind = "base";
    static constexpr const char* base_file = "base.tar";

    // Returns apt's options.
    std::string prepare(const Work& work) const {
        std::string options = host_apt_options(work.runner);
        upload(request_.changes, run_files(request_, work.run.path(), options), options_.overlay,
               work);
        return options;
    }

    std::vector<Package> run(MmdebstrapLog& log, const Work& work, Beginning beginning,
                             const std::filesystem::path& tar) const {
        const Isolation isolation = isolation_of(work.runner);
        prepare(work);
        return run_mmdebstrap(
            log, isolation,
            build_arguments(request_, isolation.mode, beginning, work.run.path(), tar),
            options_.epoch, work);
    }

    // Nothing when BASE is old.
    std::optional<std::vector<Package>> on_base(const cache::Entry& base, const Work& work,
                                                const std::filesystem::path& tar) const {
        work.step.detail("unpacking the base");
        copy_content(base.directory / base_file, work.run.create(base_file));
        MmdebstrapLog log(request_, work.run.path(), work.step);
        try {
            return run(log, work, Beginning::base, tar);
        } catch (const Error&) {
            if (log.hooks().base_is_old())
                return std::nullopt;
            throw;
        }
    }

    // The base is kept also when what goes on top of it fails. OLD: when the one was made that is
    // there, if there is one.
    std::vector<Package> from_nothing(const Work& work, const std::filesystem::path& tar,
                                      std::int64_t old) const {
        const auto base = work.run.receive(base_file);
        MmdebstrapLog log(request_, work.run.path(), work.step);
        const auto keep = [&] {
            const auto sum = log.hooks().kept_base();
            if (base && sum)
                put_away(*base, *sum, old);
        };
        try {
            auto packages = run(log, work, Beginning::nothing, tar);
            keep();
            return packages;
        } catch (const Error&) {
            keep();
            throw;
        }
    }

    void put_away(const std::filesystem::path& base, const std::string& sum,
                  std::int64_t old) const {
        cache::Store::MakeOptions make;
        make.accept = [old](const cache::Entry& entry) { return entry.record.created > old; };
        store_.make(
            base_kind, base_key_,
            {request_.distribution + " " + request_.release, request_.base_inputs},
            [&](const std::filesystem::path& staging) {
                const auto file = staging / base_file;
                const Fd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
                if (!fd)
                    throw system_error("cannot write " + file.string(), errno);
                copy_content(base, fd);
                if (sha256_file(file, std::numeric_limits<std::uint64_t>::max()) != sum)
                    throw Error(ErrorKind::failed, "the base was changed while it was kept");
            },
            make);
    }

    AptRequest request_;
    const Options& options_;
    const cache::Store& store_;
    std::string base_key_;
};

} // namespace

std::unique_ptr<Job> make_apt_job(const recipe::Recipe& recipe, const AptArchives& archives,
                                  const Options& options, process::Runner& runner,
                                  const cache::Store& store) {
    auto request = apt_request(recipe, archives, apt_host(apt::Answers(store, runner), archives),
                               read_ingredients(recipe, options), options.epoch);
    return std::make_unique<AptJob>(std::move(request), options, store);
}

} // namespace selns::bootstrap
