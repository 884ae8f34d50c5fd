#include "selns/bootstrap/kept_packages.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/hash.hpp"
#include "selns/base/text.hpp"
#include "selns/bootstrap/hooks.hpp"
#include "selns/bootstrap/mmdebstrap.hpp"

#include <exception>
#include <filesystem>
#include <utility>

namespace selns::bootstrap {

namespace {

constexpr const char* package_kind = "package";
constexpr const char* package_file = "package.deb";
constexpr const char* lists_kind = "package-lists";
constexpr const char* lists_file = "lists.tar";
constexpr std::size_t most_wanted = 20000;

// As apt names what it fetched: "libc6_2.36-9_amd64.deb", with %3a for the colon of an epoch.
bool is_archive_name(std::string_view name) {
    constexpr std::string_view characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                            "0123456789.+-_~%";
    return name.ends_with(".deb") && !name.starts_with('.') && name.size() < 250 &&
           name.find_first_not_of(characters) == name.npos;
}

cache::Inputs inputs_of(const std::string& sha256) {
    return {{"sha256", sha256}};
}

std::string key_of_package(const std::string& sha256) {
    return cache::key_of(package_kind, inputs_of(sha256));
}

Error not_kept(const std::string& what) {
    return Error(ErrorKind::failed, what).hint("build it once without --offline");
}

} // namespace

KeptPackages::KeptPackages(const cache::Store& store, const cache::RunDirectory& run,
                           cache::Description lists, bool offline)
    : store_(store), run_(run), lists_(std::move(lists)), offline_(offline) {
    if (!offline_) {
        run_.receive(lists_file);
        return;
    }
    const auto kept = store_.find(lists_kind, cache::key_of(lists_kind, lists_.inputs));
    if (!kept)
        throw not_kept("no package lists of " + printable(lists_.owner) + " are in the cache");
    copy_content(kept->directory / lists_file, run_.create(lists_file));
}

bool KeptPackages::take(std::string_view line) {
    if (!line.starts_with(hook_mark))
        return false;
    const auto words = split_words(line.substr(hook_mark.size()));
    if (words.size() == 3 && words[0] == "wanted") {
        if (stage_ == Stage::wanted && is_archive_name(words[1]) && is_sha256(words[2]))
            want(std::string(words[1]), std::string(words[2]));
        return true;
    }
    if (words.size() == 2 && words[0] == "lists") {
        if (stage_ == Stage::wanted && !offline_ && lists_sum_.empty() && is_sha256(words[1]))
            lists_sum_ = std::string(words[1]);
        return true;
    }
    if (words.size() != 2 || words[0] != "packages")
        return false;
    if (words[1] == "wanted" && stage_ == Stage::wanted) {
        if (offline_)
            refuse_missing();
        stage_ = Stage::fetching;
        run_.write("archives/complete", "");
    } else if (words[1] == "fetched" && stage_ == Stage::fetching) {
        stage_ = Stage::fetched;
        keeping_ = std::async(std::launch::async, [this] { return keep_all(); });
    }
    return true;
}

void KeptPackages::want(std::string name, std::string sha256) {
    if (wanted_ == most_wanted)
        return;
    ++wanted_;
    const std::string in_run = "archives/" + name;
    if (const auto kept = store_.find(package_kind, key_of_package(sha256))) {
        copy_content(kept->directory / package_file, run_.create(in_run));
        return;
    }
    missing_.push_back({std::move(name), std::move(sha256),
                        run_.receive(in_run).value_or(std::filesystem::path())});
}

void KeptPackages::refuse_missing() const {
    constexpr std::size_t most_named = 20;
    std::vector<std::string> names;
    for (const Wanted& package : missing_)
        if (names.size() < most_named)
            names.push_back(package.name);
    if (missing_.size() > most_named)
        names.emplace_back("...");
    if (!names.empty())
        throw not_kept("not in the cache: " + printable(join(names, ", ")));
}

void KeptPackages::keep(const Wanted& package) const {
    store_.make(package_kind, key_of_package(package.sha256),
                {package.name, inputs_of(package.sha256)},
                [&](const std::filesystem::path& staging) {
                    keep_received(package.file, staging / package_file, package.sha256);
                });
}

void KeptPackages::keep_lists() const {
    cache::Store::MakeOptions make;
    make.accept = [&](const cache::Entry& entry) {
        const auto file = entry.record.files.find(lists_file);
        return file != entry.record.files.end() && file->second.sha256 == lists_sum_;
    };
    store_.make(
        lists_kind, cache::key_of(lists_kind, lists_.inputs), lists_,
        [&](const std::filesystem::path& staging) {
            keep_received(run_.path() / lists_file, staging / lists_file, lists_sum_);
        },
        make);
}

std::string KeptPackages::keep_all() const {
    try {
        if (!lists_sum_.empty())
            keep_lists();
        for (const Wanted& package : missing_)
            // Nothing is in it when apt fetched something else, or took it from a directory.
            if (!package.file.empty() && std::filesystem::file_size(package.file) > 0)
                keep(package);
    } catch (const std::exception& error) {
        return error.what();
    }
    return {};
}

void KeptPackages::finish(progress::Sink& sink) {
    if (!keeping_.valid())
        return;
    if (const std::string reason = keeping_.get(); !reason.empty())
        sink.note("fetched packages are not kept: " + printable(reason));
}

} // namespace selns::bootstrap
