#include "selns/bootstrap/apt_job.hpp"

#include "selns/bootstrap/mmdebstrap.hpp"
#include "selns/bootstrap/mmdebstrap_log.hpp"

#include <utility>

namespace selns::bootstrap {

namespace {

class AptJob final : public Job {
  public:
    AptJob(AptRequest request, const Options& options)
        : request_(std::move(request)), options_(options) {}

    const cache::Inputs& inputs() const override { return request_.inputs; }

    std::vector<Package> build(const Work& work, const std::filesystem::path& tar) const override {
        const Isolation isolation = isolation_of(work.runner);
        return run(work, isolation, host_apt_options(work.runner),
                   build_arguments(request_, isolation.mode, work.run.path(), tar));
    }

    std::vector<Package> resolve(const Work& work) const override {
        const Isolation isolation = isolation_of(work.runner);
        const std::string options = host_apt_options(work.runner);
        return run(work, isolation, options,
                   simulate_arguments(request_, isolation.mode, work.run.path(), options));
    }

  private:
    std::vector<Package> run(const Work& work, const Isolation& isolation,
                             const std::string& options,
                             const std::vector<std::string>& arguments) const {
        upload(request_.changes, run_files(request_, options), options_.overlay, work);
        MmdebstrapLog log(request_, work.run.path(), work.step);
        return run_mmdebstrap(log, isolation, arguments, options_.epoch, work);
    }

    AptRequest request_;
    const Options& options_;
};

} // namespace

std::unique_ptr<Job> make_apt_job(const recipe::Recipe& recipe, const AptArchives& archives,
                                  const Options& options, process::Runner& runner,
                                  const cache::Store& store) {
    auto request = apt_request(recipe, archives, apt_host(apt::Answers(store, runner), archives),
                               read_ingredients(recipe, options), options.epoch);
    return std::make_unique<AptJob>(std::move(request), options);
}

} // namespace selns::bootstrap
