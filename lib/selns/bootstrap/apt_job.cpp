#include "selns/bootstrap/apt_job.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/hash.hpp"
#include "selns/base/text.hpp"
#include "selns/bootstrap/kept_packages.hpp"
#include "selns/bootstrap/mmdebstrap.hpp"
#include "selns/bootstrap/mmdebstrap_log.hpp"

#include <utility>

namespace selns::bootstrap {

namespace {

// The root in two layers: what all recipes of a release begin with, which is kept by itself, and
// what this one adds. A root is always made so, and never on a base for which the package sources
// offer something else now, so that it does not depend on what is kept.
class AptJob final : public Job {
  public:
    AptJob(AptRequest request, const Options& options, const cache::Store& store)
        : request_(std::move(request)), options_(options), store_(store),
          base_key_(cache::key_of(base_kind, request_.base_inputs)) {}

    const cache::Inputs& inputs() const override { return request_.inputs; }

    std::vector<Package> build(const Work& work, const std::filesystem::path& tar) const override {
        // apt may have them elsewhere; if not, it tells after all lists are fetched.
        if (request_.missing_keyring)
            work.step.sink().warning("the keys of " + request_.distribution +
                                     "'s archives are not on this host: apt-get install " +
                                     *request_.missing_keyring +
                                     ", or name them with key beside release");
        if (options_.offline && !request_.repositories.empty())
            throw Error(ErrorKind::failed, "packages of further repositories are not kept, and "
                                           "the root is not in the cache")
                .at(request_.repository_places.front().second)
                .hint("build it once without --offline");
        const auto base = store_.find(base_kind, base_key_);
        if (!base)
            return from_nothing(work, tar, 0);
        if (const auto packages = on_base(*base, work, tar))
            return *packages;
        work.step.sink().note(
            "the package sources changed what the release begins with: the base is "
            "made again");
        std::filesystem::remove(tar);
        const cache::RunDirectory again(store_.register_directory());
        return from_nothing({work.runner, again, work.step}, tar, base->record.created);
    }

    std::vector<Package> resolve(const Work& work) const override {
        const Isolation isolation = isolation_of(work.runner);
        const std::string options = prepare(work, Beginning::nothing);
        MmdebstrapLog log(request_, work.run.path(), work.step);
        return run_mmdebstrap(
            log, isolation, simulate_arguments(request_, isolation.mode, work.run.path(), options),
            options_.epoch, work);
    }

  private:
    static constexpr const char* base_kind = "base";
    static constexpr const char* base_file = "base.tar";
    static constexpr const char* offered_file = "base.offered"; // see hooks.hpp

    cache::Description sources() const {
        return {request_.distribution + " " + request_.release, request_.source_inputs};
    }

    // Returns apt's options.
    std::string prepare(const Work& work, Beginning beginning) const {
        std::string options = host_apt_options(work.runner);
        auto files = run_files(request_, work.run.path(), options);
        // What mmdebstrap's variant minbase installs.
        std::string base = "?essential\n?priority(required)\n";
        for (const std::string& package : request_.base)
            base += package + "\n";
        // What neither a repository nor a local package may bring.
        if (request_.repositories.empty() && request_.changes.local_packages.empty())
            files["known"] = files["install"];
        files["fetch"] = (beginning == Beginning::nothing ? base : "") + files["known"];
        files["base.packages"] = std::move(base);
        upload(request_.changes, files, options_.overlay, work);
        return options;
    }

    std::vector<Package> run(MmdebstrapLog& log, const Work& work, Beginning beginning,
                             const std::filesystem::path& tar) const {
        const Isolation isolation = isolation_of(work.runner);
        prepare(work, beginning);
        return run_mmdebstrap(
            log, isolation,
            build_arguments(request_, isolation.mode, beginning, work.run.path(), tar),
            options_.epoch, work);
    }

    // Nothing when BASE is old.
    std::optional<std::vector<Package>> on_base(const cache::Entry& base, const Work& work,
                                                const std::filesystem::path& tar) const {
        work.step.detail("unpacking the base");
        for (const char* file : {base_file, offered_file})
            copy_content(base.directory / file, work.run.create(file));
        KeptPackages kept(store_, work.run, sources(), options_.offline);
        MmdebstrapLog log(request_, work.run.path(), work.step, &kept);
        try {
            auto packages = run(log, work, Beginning::base, tar);
            kept.finish(work.step.sink());
            return packages;
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
        KeptPackages kept(store_, work.run, sources(), options_.offline);
        MmdebstrapLog log(request_, work.run.path(), work.step, &kept);
        const auto keep = [&] {
            kept.finish(work.step.sink());
            if (base)
                put_away(*base, log.hooks(), old, work.step.sink());
        };
        std::vector<Package> packages;
        try {
            packages = run(log, work, Beginning::nothing, tar);
        } catch (const Error&) {
            keep();
            throw;
        }
        keep();
        return packages;
    }

    // A base that cannot be put away is no reason to throw a root away.
    void put_away(const std::filesystem::path& base, const HookLog& hooks, std::int64_t old,
                  progress::Sink& sink) const {
        const auto sum = hooks.kept_base();
        if (!sum)
            return;
        try {
            put_into_cache(base, *sum, hooks.offered(), old);
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::interrupted)
                throw;
            sink.note("the base is not kept: " + printable(error.message()));
        }
    }

    void put_into_cache(const std::filesystem::path& base, const std::string& sum,
                        const std::string& offered, std::int64_t old) const {
        cache::Store::MakeOptions make;
        make.accept = [old](const cache::Entry& entry) { return entry.record.created > old; };
        store_.make(
            base_kind, base_key_, {sources().owner, request_.base_inputs},
            [&](const std::filesystem::path& staging) {
                keep_received(base, staging / base_file, sum);
                write_file(staging / offered_file, offered + "\n", 0600);
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
