#include "selns/bootstrap/bootstrap.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/hash.hpp"
#include "selns/base/text.hpp"
#include "selns/tree/archive.hpp"
#include "selns/tree/index.hpp"

#include <fmt/format.h>

#include <map>
#include <string_view>
#include <system_error>
#include <utility>

namespace selns::bootstrap {

namespace {

constexpr const char* kind = "bootstrap";
constexpr const char* archive_name = "archive.tar";
constexpr const char* packages_name = "packages";

std::string read_listing(const cache::Entry& entry) {
    try {
        return read_file(entry.directory / packages_name);
    } catch (const Error&) {
        return {}; // replaced by another build just now
    }
}

// "NAME OLD -> NEW" for each of the packages PRESENT that NEWEST has in another version. Packages
// that only one of them has do not count: a simulation sees the dependencies of each phase without
// what the phases before it installed, and chooses more than a bootstrap does.
std::vector<std::string> updates(const std::vector<Package>& present,
                                 const std::vector<Package>& newest) {
    std::map<std::pair<std::string_view, std::string_view>, std::string_view> versions;
    for (const Package& package : newest)
        versions.emplace(
            std::pair<std::string_view, std::string_view>(package.name, package.architecture),
            package.version);
    std::vector<std::string> result;
    for (const Package& package : present) {
        const auto found = versions.find({package.name, package.architecture});
        if (found != versions.end() && found->second != package.version)
            result.push_back(
                fmt::format("{} {} -> {}", package.name, package.version, found->second));
    }
    return result;
}

// Makes the entry's files in STAGING.
void produce(const Job& job, const Work& work, const std::filesystem::path& staging) {
    const auto raw = staging / "raw.tar";
    const auto packages = job.build(work, raw);
    work.step.detail("checking the archive");
    tree::normalise(raw, staging / archive_name);
    std::filesystem::remove(raw);
    write_file(staging / packages_name, listing(packages));
}

} // namespace

std::string generation_of(const cache::Entry& entry) {
    Fingerprint generation("generation");
    generation.add(entry.record.key);
    for (const auto& [name, file] : entry.record.files)
        generation.add(name, file.sha256);
    return generation.hex();
}

Archive archive_of(const cache::Entry& entry) {
    return {entry.directory / archive_name,
            entry.record.key,
            generation_of(entry),
            entry.record.owner,
            !entry.made,
            parse_listing(read_listing(entry))};
}

tree::Tree read(const Archive& archive, const cache::Store& store) {
    tree::Tree indexed = tree::read_indexed(
        {"bootstrap " + archive.key, archive.generation, archive.owner}, store,
        [&](sandbox::Transcript& said) { return tree::read_archive(archive.file, {}, &said); });
    // Another build may have put a newer one in its place, which the index is not of.
    const auto entry = store.find(kind, archive.key);
    return entry && generation_of(*entry) == archive.generation ? std::move(indexed)
                                                                : tree::read_archive(archive.file);
}

std::unique_ptr<Job> make_job(const recipe::Recipe& recipe, const Options& options,
                              process::Runner& runner, const cache::Store& store) {
    return distribution_of(recipe.from).make_job(recipe, options, runner, store);
}

Status status(const Job& job, const std::string& name, const cache::Store& store) {
    Status result;
    result.inputs = job.inputs();
    result.key = cache::key_of(kind, result.inputs);
    result.entry = store.find(kind, result.key);
    if (!result.entry)
        result.changes = store.explain(kind, name, result.inputs);
    return result;
}

Archive bootstrap(const Job& job, const std::string& name, bool refresh, process::Runner& runner,
                  const cache::Store& store, progress::Step& step) {
    const std::string key = cache::key_of(kind, job.inputs());
    const auto found = store.find(kind, key);
    if (found && !refresh)
        return archive_of(*found);

    cache::Store::MakeOptions make;
    make.on_wait = [&] { step.detail("waiting for another build of the same archive"); };
    if (found) {
        step.detail("asking the package sources");
        const cache::RunDirectory run(store.register_directory());
        const auto newest = job.resolve({runner, run, step});
        if (const auto newer = updates(parse_listing(read_listing(*found)), newest); !newer.empty())
            step.sink().note("newer packages: " + printable(join(newer, ", ")));
        make.accept = [newest](const cache::Entry& entry) {
            const auto packages = parse_listing(read_listing(entry));
            return !packages.empty() && updates(packages, newest).empty();
        };
    }
    return archive_of(store.make(
        kind, key, {name, job.inputs()},
        [&](const std::filesystem::path& staging) {
            const cache::RunDirectory run(store.register_directory());
            produce(job, {runner, run, step}, staging);
        },
        make));
}

} // namespace selns::bootstrap
