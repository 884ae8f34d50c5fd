#include "selns/kernel/build.hpp"

#include "selns/base/error.hpp"
#include "selns/base/hash.hpp"
#include "selns/cache/remove.hpp"
#include "selns/kernel/compile.hpp"
#include "selns/kernel/fragments.hpp"
#include "selns/kernel/package.hpp"
#include "selns/kernel/place.hpp"
#include "selns/kernel/tools.hpp"

#include <sys/utsname.h>

#include <thread>

namespace selns::kernel {

namespace {

namespace fs = std::filesystem;

constexpr const char* kind = "kernel";
// Raised when the same inputs make another bundle than they did.
constexpr const char* generation = "1";

std::string machine() {
    struct utsname name = {};
    return ::uname(&name) == 0 ? name.machine : "unknown";
}

cache::Inputs inputs_of(const Recipe& recipe, const Config& wanted, const Manifest& manifest,
                        const Context& context) {
    cache::Inputs inputs = {
        {"kernel", recipe.name}, {"generation", generation}, {"machine", machine()}};
    const auto add = [&inputs](const cache::Inputs& more) {
        inputs.insert(inputs.end(), more.begin(), more.end());
    };
    add(manifest.source);
    add(manifest.toolchain);
    for (const std::string& ability : recipe.provides)
        inputs.emplace_back("provides", ability);
    if (!is_compiled(recipe))
        return inputs;
    inputs.emplace_back("base", recipe.base_file ? sha256(recipe.base_file->text) : recipe.base);
    for (const TextFile& patch : recipe.patches)
        inputs.emplace_back("patch", sha256(patch.text));
    inputs.emplace_back("fragments", sha256(merged_text({}, wanted)));
    inputs.emplace_back("stamp", build_stamp(context.epoch));
    return inputs;
}

// The recipe with --source in the place of its own.
Recipe with_source(Recipe recipe, const std::optional<fs::path>& source) {
    if (!source)
        return recipe;
    if (!is_compiled(recipe))
        throw Error(ErrorKind::usage, "the kernel " + recipe.name +
                                          " is a package, which is not compiled: --source does "
                                          "not go with it");
    recipe.source = DirectorySource{fs::absolute(*source).lexically_normal()};
    recipe.source_at = {};
    return recipe;
}

// A file named as the output directory, which may be given with a slash at its end.
fs::path beside(const fs::path& output, const char* suffix) {
    const fs::path path = fs::absolute(output).lexically_normal();
    const fs::path named = path.has_filename() ? path : path.parent_path();
    fs::create_directories(named.parent_path());
    return named.string() + suffix;
}

// A build in progress: the bundle is made in the cache's staging directory.
class Build {
  public:
    Build(const Recipe& recipe, const BuildOptions& options, const Context& context)
        : recipe_(recipe), options_(options), context_(context),
          wanted_(merge_fragments(recipe.fragments)) {
        require_tools(recipe, Purpose::build, context.runner);
        progress::Step step(context.sink, "kernel", recipe.name);
        if (const auto* package = std::get_if<PackageSource>(&recipe.source))
            find_package(*package, step);
        else
            origin_ = find_origin(recipe, options.refresh, step, context);
        manifest_.identity = origin_ ? origin_->identity() : package_->file().identity();
        manifest_.source = origin_ ? origin_->inputs() : package_inputs();
        manifest_.toolchain = toolchain(recipe, context.runner);
        step.finish(manifest_.identity);
    }

    cache::Entry make() {
        const cache::Inputs inputs = inputs_of(recipe_, wanted_, manifest_, context_);
        const auto on_wait = [this] {
            context_.sink.note("waiting for another build of this kernel");
        };
        return context_.cache.make(kind, cache::key_of(kind, inputs), {recipe_.name, inputs},
                                   [this](const fs::path& staging) { fill(staging); },
                                   {{}, on_wait});
    }

  private:
    void find_package(const PackageSource& source, progress::Step& step) {
        try {
            package_.emplace(source.package, source.release, "linux-image-", options_.refresh, step,
                             context_);
        } catch (Error& error) {
            throw error.at(recipe_.source_at);
        }
    }

    cache::Inputs package_inputs() const {
        return {{"package", package_->file().name},
                {"version", package_->file().version},
                {"sha256", package_->file().sha256}};
    }

    void fill(const fs::path& staging) {
        // On the cache's file system: a source tree may be too large for temporary directories.
        const fs::path work = staging / "work";
        fs::create_directory(work);
        if (origin_)
            compile(recipe_, wanted_, *origin_, staging, work, compile_options(), manifest_,
                    context_);
        else
            fill_packaged(staging, work);
        cache::remove_plain(work);
        write_manifest(staging, recipe_, manifest_);
        open_bundle(staging);
    }

    void fill_packaged(const fs::path& staging, const fs::path& work) {
        progress::Step step(context_.sink, "package", manifest_.identity);
        const fs::path deb = package_->fetch(step);
        step.detail("unpacking " + manifest_.identity);
        unpack_packaged(deb, staging, work, manifest_, context_);
        check_provides(recipe_, config_in(staging));
        step.finish(manifest_.version);
    }

    static Config config_in(const fs::path& directory) {
        constexpr std::uint64_t limit = 16U << 20U;
        Diagnostics ignored;
        return parse_config(read_file(directory / bundle_files::config, limit), "", ignored);
    }

    CompileOptions compile_options() const {
        CompileOptions options;
        options.log = beside(options_.output, ".log");
        if (const auto last = find_bundle(context_.cache, recipe_.name))
            options.steps = steps_in(last->directory);
        options.jobs =
            options_.jobs > 0 ? options_.jobs : std::max(1U, std::thread::hardware_concurrency());
        return options;
    }

    const Recipe& recipe_;
    const BuildOptions& options_;
    const Context& context_;
    Config wanted_;
    std::optional<Package> package_;
    std::unique_ptr<Origin> origin_;
    Manifest manifest_;
};

} // namespace

Built build(const Recipe& given, const BuildOptions& options, const Context& context) {
    const Recipe recipe = with_source(given, options.source);
    require_place(options.output);
    Build build(recipe, options, context);
    const cache::Entry entry = build.make();
    return {place_bundle(open_bundle(entry.directory), options.output), !entry.made};
}

fs::path build_config(const Recipe& given, const BuildOptions& options, const Context& context) {
    const Recipe recipe = with_source(given, options.source);
    if (!is_compiled(recipe))
        throw Error(ErrorKind::usage, "the kernel " + recipe.name +
                                          " is a package, which has its configuration already");
    const Config wanted = merge_fragments(recipe.fragments);
    require_tools(recipe, Purpose::configure, context.runner);
    progress::Step step(context.sink, "configure", recipe.name);
    const auto origin = find_origin(recipe, options.refresh, step, context);
    const cache::RunDirectory run(context.cache.register_directory(), cache::remove_plain);
    const fs::path source = run.path() / "source";
    prepare_source(recipe, *origin, source, Part::configuration, step, context);
    step.detail("configuring");
    BuildLog log({}, 0, step);
    Make make(source, build_stamp(context.epoch), context.runner, log);
    configure(recipe, wanted, make);
    const fs::path file = beside(options.output, ".config");
    constexpr std::uint64_t limit = 16U << 20U;
    write_file(file, read_file(source / ".config", limit));
    step.finish(origin->identity());
    return file;
}

std::optional<Bundle> find_bundle(const cache::Store& cache, const std::string& name) {
    for (const cache::Entry& entry : cache.entries(kind)) {
        if (entry.record.owner != name)
            continue;
        try {
            if (const auto whole = cache.find(kind, entry.record.key))
                return open_bundle(whole->directory);
        } catch (const Error&) {
            continue; // damaged; an older one may do
        }
    }
    return std::nullopt;
}

} // namespace selns::kernel
