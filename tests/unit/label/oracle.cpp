#include "unit/label/oracle.hpp"

#include <selinux/label.h>
#include <selinux/selinux.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

// libselinux 3.4 does not free the words of a line that it refuses.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
    return "leak:libselinux";
}

namespace selns::label::test {

namespace {
int be_silent(int /*type*/, const char* /*format*/, ...) {
    return 0;
}
} // namespace

Oracle::Oracle(const Specifications& specifications) {
    constexpr const char* suffixes[] = {"", ".homedirs", ".local"};
    for (std::size_t i = 0; i < specifications.files.size() && i < std::size(suffixes); ++i)
        directory_.write(std::string("contexts") + suffixes[i], specifications.files[i].text);
    if (specifications.subs)
        directory_.write("contexts.subs", specifications.subs->text);
    if (specifications.subs_dist)
        directory_.write("contexts.subs_dist", specifications.subs_dist->text);

    selinux_callback silent{};
    silent.func_log = be_silent;
    selinux_set_callback(SELINUX_CB_LOG, silent);
    const std::string path = directory_.path() / "contexts";
    selinux_opt option{SELABEL_OPT_PATH, path.c_str()};
    handle_ = selabel_open(SELABEL_CTX_FILE, &option, 1);
}

Oracle::~Oracle() {
    if (handle_ != nullptr)
        selabel_close(handle_);
}

std::optional<std::string> Oracle::find(const std::string& path, std::uint32_t type) const {
    char* context = nullptr;
    if (selabel_lookup_raw(handle_, &context, path.c_str(), static_cast<int>(type)) != 0)
        return std::nullopt;
    std::string result = context;
    freecon(context);
    return result;
}

std::optional<std::string> context_of(const Matcher& matcher, const std::string& path,
                                      std::uint32_t type) {
    const auto* found = matcher.find(path, type);
    if (found == nullptr || found->context.empty())
        return std::nullopt;
    return found->context;
}

std::optional<Specifications> installed(const std::string& files_directory) {
    namespace fs = std::filesystem;
    const std::string main = files_directory + "/file_contexts";
    const auto read = [](const std::string& file) -> std::optional<SpecificationFile> {
        if (!fs::exists(file))
            return std::nullopt;
        return SpecificationFile{file, selns::test::read_text(file)};
    };
    Specifications specifications;
    for (const char* suffix : {"", ".homedirs", ".local"})
        if (auto file = read(main + suffix))
            specifications.files.push_back(std::move(*file));
        else if (*suffix == '\0')
            return std::nullopt;
    specifications.subs = read(main + ".subs");
    specifications.subs_dist = read(main + ".subs_dist");
    return specifications;
}

} // namespace selns::label::test
