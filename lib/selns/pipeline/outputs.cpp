#include "selns/pipeline/outputs.hpp"

#include "selns/base/error.hpp"
#include "selns/base/hash.hpp"
#include "selns/base/interrupt.hpp"
#include "selns/json/json.hpp"
#include "selns/pipeline/manifest.hpp"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <future>

namespace selns::pipeline {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t state_limit = 1U << 20U; // bytes
constexpr const char* manifest_kind = "manifest";
constexpr useconds_t lock_poll = 100'000; // microseconds

Fd lock_directory(const std::filesystem::path& directory, const Interrupt& interrupt,
                  const std::function<void()>& on_wait) {
    Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd)
        throw system_error("cannot open " + directory.string(), errno);
    for (bool waiting = false; ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0; waiting = true) {
        if (!waiting)
            on_wait();
        interrupt.check();
        ::usleep(lock_poll);
    }
    return fd;
}

// What changes when somebody writes to a file, replaces it or copies another over it.
// A kernel's bundle is a directory.
std::string identity_of(const std::filesystem::path& file) {
    struct stat status = {};
    if (::lstat(file.c_str(), &status) != 0 ||
        (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)))
        return {};
    return std::to_string(status.st_ino) + " " + std::to_string(status.st_size) + " " +
           std::to_string(status.st_mtim.tv_sec) + "." + std::to_string(status.st_mtim.tv_nsec) +
           " " + std::to_string(status.st_ctim.tv_sec) + "." +
           std::to_string(status.st_ctim.tv_nsec);
}

// Of all that a state says of its artifacts, so that none can be lost from it.
Fingerprint& add(Fingerprint& sum, const Artifact& artifact, const std::string& identity) {
    return sum.add(artifact.kind)
        .add(artifact.path.string())
        .add(std::to_string(artifact.size))
        .add(identity);
}

// Directly, by a plain name.
bool is_in(const std::filesystem::path& directory, const std::filesystem::path& file) {
    const std::string name = file.filename().string();
    return !name.empty() && name != "." && name != ".." && file == directory / name;
}

// Whether FILE is called as a build calls what it makes beside its MANIFEST: "web.tar",
// "selns@web.service".
bool is_output_of(const std::filesystem::path& manifest, std::string_view file) {
    std::string stem = manifest.filename().string();
    stem.resize(stem.size() - std::min(stem.size(), std::string_view(manifest_suffix).size() - 1));
    return file.starts_with(stem) || file.starts_with("selns@" + stem);
}

} // namespace

Outputs::Outputs(const std::filesystem::path& directory, const Interrupt& interrupt,
                 const std::function<void()>& on_wait) {
    std::error_code failed;
    std::filesystem::create_directories(directory, failed);
    if (failed)
        throw system_error("cannot make the output directory " + directory.string(),
                           failed.value());
    directory_ = std::filesystem::canonical(directory);
    lock_ = lock_directory(directory_, interrupt, on_wait);
    AtomicFile::remove_stale(directory_);
}

Outputs::Pending& Outputs::add(const std::string& kind, const std::string& name) {
    return pending_.emplace_back(kind, directory_ / name);
}

Outputs::Pending& Outputs::add_text(const std::string& kind, const std::string& name,
                                    const std::string& text) {
    Pending& pending = add(kind, name);
    write_all(pending.file.fd(), text);
    pending.size = text.size();
    pending.sha256 = sha256(text);
    return pending;
}

// What the manifest that is there says of its files; of others, so what cannot be read is nothing.
std::vector<Outputs::Made> Outputs::made_before() const {
    std::vector<Made> made;
    for (const Pending& pending : pending_) {
        std::error_code ignored;
        if (pending.kind != manifest_kind ||
            !std::filesystem::is_regular_file(
                std::filesystem::symlink_status(pending.path, ignored)))
            continue;
        try {
            const Manifest manifest = read_manifest(pending.path);
            for (const json::Value& item : manifest.value.at("artifacts").list())
                if (std::string file = item.at("file").text(); is_output_of(pending.path, file))
                    made.push_back({std::move(file), item.at("sha256").text()});
        } catch (const Error&) {
            made.clear();
        }
    }
    return made;
}

// A file that an earlier build made, as it made it, and this one does not: beside the new ones it
// would pass for one of them.
void Outputs::remove_stale(const std::vector<Made>& before) const {
    for (const Made& made : before) {
        const std::filesystem::path file = directory_ / made.name;
        std::error_code ignored;
        const bool still = std::ranges::any_of(
            pending_, [&](const Pending& pending) { return pending.path == file; });
        if (still || !is_in(directory_, file) ||
            !std::filesystem::is_regular_file(std::filesystem::symlink_status(file, ignored)))
            continue;
        if (sha256_file(file, std::numeric_limits<std::uint64_t>::max()) == made.sha256)
            std::filesystem::remove(file, ignored);
    }
}

std::vector<Artifact> Outputs::publish() {
    interruption_point(); // from here on, all of them appear
    const auto is_manifest = [](const Pending& one) { return one.kind == manifest_kind; };
    const auto before = made_before();
    for (const Pending& pending : pending_)
        if (is_manifest(pending))
            ::unlink(pending.path.c_str());
    // All at the same time: the kernel takes a while to free a large file that is replaced.
    std::vector<std::future<void>> commits;
    for (Pending& pending : pending_)
        if (!is_manifest(pending))
            commits.push_back(
                std::async(std::launch::async, [&pending] { pending.file.commit(); }));
    for (auto& commit : commits)
        commit.get();
    remove_stale(before);
    std::vector<Artifact> artifacts;
    for (Pending& pending : pending_) {
        if (is_manifest(pending))
            pending.file.commit();
        artifacts.push_back({pending.kind, pending.path, pending.size});
    }
    pending_.clear();
    return artifacts;
}

OutputState::OutputState(const std::filesystem::path& cache_root,
                         const std::filesystem::path& directory, const std::string& name)
    : directory_(directory),
      file_(cache_root / "outputs" /
            (Fingerprint("output").add(directory.string()).add(name).hex() + ".json")) {}

std::optional<OutputState::Made> OutputState::unchanged(const std::string& fingerprint) const {
    try {
        return unchanged(fingerprint, read_file(file_, state_limit), directory_);
    } catch (const Error&) {
        return std::nullopt;
    }
}

// A damaged state is none. So is one without a manifest, which every build makes, or with nothing
// else.
std::optional<OutputState::Made> OutputState::unchanged(const std::string& fingerprint,
                                                        const std::string& text,
                                                        const std::filesystem::path& directory) {
    try {
        const json::Value state = json::parse(text, "");
        if (state.at("fingerprint").text() != fingerprint)
            return std::nullopt;
        Made made;
        made.module_changed = state.at("module_changed").boolean();
        bool complete = false;
        made.facts = state.at("facts").text();
        Fingerprint sum("artifacts");
        sum.add(made.facts);
        for (const json::Value& item : state.at("artifacts").list()) {
            Artifact artifact{item.at("kind").text(), item.at("path").text(),
                              item.at("size").number()};
            const std::string identity = identity_of(artifact.path);
            if (!is_in(directory, artifact.path) || identity.empty() ||
                identity != item.at("identity").text())
                return std::nullopt;
            complete = complete || artifact.kind == manifest_kind;
            add(sum, artifact, identity);
            made.artifacts.push_back(std::move(artifact));
        }
        complete = complete && made.artifacts.size() > 1 && state.at("sum").text() == sum.hex();
        return complete ? std::optional(std::move(made)) : std::nullopt;
    } catch (const Error&) {
        return std::nullopt;
    }
}

void OutputState::remember(const std::string& fingerprint, const Made& made) const {
    Json state{{"fingerprint", fingerprint},
               {"module_changed", made.module_changed},
               {"facts", made.facts},
               {"artifacts", Json::array()}};
    Fingerprint sum("artifacts");
    sum.add(made.facts);
    for (const Artifact& artifact : made.artifacts) {
        const std::string identity = identity_of(artifact.path);
        state["artifacts"].push_back({{"kind", artifact.kind},
                                      {"path", artifact.path.string()},
                                      {"size", artifact.size},
                                      {"identity", identity}});
        add(sum, artifact, identity);
    }
    state["sum"] = sum.hex();
    std::filesystem::create_directories(file_.parent_path());
    write_file(file_, state.dump(1) + "\n", 0600);
}

void OutputState::forget() const {
    std::error_code ignored;
    std::filesystem::remove(file_, ignored);
}

} // namespace selns::pipeline
