#include "selns/selinux/store.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"

#include <sys/stat.h>

#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <new>

extern "C" {
#include <semanage/semanage.h>
#include <sepol/cil/cil.h>
#include <sepol/policydb.h>
}

namespace selns::selinux {

namespace {

// CIL has one log handler for the process and hands it no context.
std::string* cil_log = nullptr;

extern "C" void on_cil_message(int, const char* message) {
    if (cil_log != nullptr && message != nullptr)
        cil_log->append(message);
}

extern "C" __attribute__((format(printf, 3, 4))) void
on_semanage_message(void* log, semanage_handle_t*, const char* format, ...) {
    std::array<char, 2048> line;
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(line.data(), line.size(), format, arguments);
    va_end(arguments);
    static_cast<std::string*>(log)->append(line.data()).append("\n");
}

struct HandleDeleter {
    void operator()(semanage_handle_t* handle) const {
        if (semanage_is_connected(handle) != 0)
            semanage_disconnect(handle);
        semanage_handle_destroy(handle);
    }
};

template <typename T, void (*Free)(T*)>
struct RecordDeleter {
    void operator()(T* record) const { Free(record); }
};
template <typename T, void (*Free)(T*)>
using Record = std::unique_ptr<T, RecordDeleter<T, Free>>;

int file_kind(std::uint32_t type) {
    switch (type) {
    case S_IFREG:
        return SEMANAGE_FCONTEXT_REG;
    case S_IFDIR:
        return SEMANAGE_FCONTEXT_DIR;
    case S_IFLNK:
        return SEMANAGE_FCONTEXT_LINK;
    case S_IFCHR:
        return SEMANAGE_FCONTEXT_CHAR;
    case S_IFBLK:
        return SEMANAGE_FCONTEXT_BLOCK;
    case S_IFIFO:
        return SEMANAGE_FCONTEXT_PIPE;
    case S_IFSOCK:
        return SEMANAGE_FCONTEXT_SOCK;
    default:
        return SEMANAGE_FCONTEXT_ALL;
    }
}

} // namespace

unsigned newest_committed_version() {
    return static_cast<unsigned>(sepol_policy_kern_vers_max());
}

struct Store::Impl {
    std::string log;
    std::unique_ptr<semanage_handle_t, HandleDeleter> handle;

    semanage_handle_t* get() const { return handle.get(); }
    // The C API reports with negative values. Its sandbox holds nothing but the store and the
    // changes, so that the fault is theirs, limits included.
    void check(int status, const std::string& what) const {
        if (status < 0)
            throw Error(ErrorKind::invalid_input, "cannot " + what).hint(printable_log());
    }
    std::string printable_log() const {
        std::string text;
        for (const std::string_view line : split(trim(log), '\n'))
            text += (text.empty() ? "" : "\n") + printable(trim(line));
        return text;
    }
};

Store::Store(const std::string& type) : impl_(std::make_unique<Impl>()) {
    impl_->handle.reset(semanage_handle_create());
    if (!impl_->handle)
        throw Error(ErrorKind::failed, "libsemanage could not read its configuration");
    semanage_handle_t* handle = impl_->get();
    semanage_msg_set_callback(handle, on_semanage_message, &impl_->log);
    cil_log = &impl_->log;
    cil_set_log_handler(on_cil_message);

    std::string store = type;
    semanage_select_store(handle, store.data(), SEMANAGE_CON_DIRECT);
    semanage_set_reload(handle, 0);
    semanage_set_create_store(handle, 0);
    // Would run setfiles; contexts are checked against the policy when files are labelled.
    semanage_set_check_contexts(handle, 0);
    semanage_set_default_priority(handle, local_priority);
    impl_->check(semanage_connect(handle), "open the policy store of \"" + type + "\"");
    impl_->check(semanage_begin_transaction(handle), "begin a policy transaction");
}

Store::~Store() {
    cil_log = nullptr;
}

std::vector<ModuleInfo> Store::modules() const {
    semanage_module_info_t* list = nullptr;
    int count = 0;
    impl_->check(semanage_module_list_all(impl_->get(), &list, &count), "list the policy modules");
    std::vector<ModuleInfo> result;
    for (int i = 0; i < count; ++i) {
        semanage_module_info_t* item = semanage_module_list_nth(list, i);
        ModuleInfo info;
        const char* text = nullptr;
        int enabled = 1;
        if (semanage_module_info_get_name(impl_->get(), item, &text) == 0 && text != nullptr)
            info.name = text;
        text = nullptr;
        if (semanage_module_info_get_lang_ext(impl_->get(), item, &text) == 0 && text != nullptr)
            info.language = text;
        semanage_module_info_get_priority(impl_->get(), item, &info.priority);
        semanage_module_info_get_enabled(impl_->get(), item, &enabled);
        info.enabled = enabled != 0;
        result.push_back(std::move(info));
        semanage_module_info_datum_destroy(item);
    }
    std::free(list);
    return result;
}

std::string Store::module_cil(const ModuleInfo& module) const {
    semanage_module_key_t* key = nullptr;
    impl_->check(semanage_module_key_create(impl_->get(), &key), "name a module");
    const auto destroy = [this](semanage_module_key_t* k) {
        semanage_module_key_destroy(impl_->get(), k);
        std::free(k);
    };
    const std::unique_ptr<semanage_module_key_t, decltype(destroy)> owned(key, destroy);
    impl_->check(semanage_module_key_set_name(impl_->get(), key, module.name.c_str()),
                 "name a module");
    impl_->check(semanage_module_key_set_priority(impl_->get(), key, module.priority),
                 "name a module");
    void* data = nullptr;
    std::size_t size = 0;
    semanage_module_info_t* info = nullptr;
    impl_->check(semanage_module_extract(impl_->get(), key, 1, &data, &size, &info),
                 "read policy module " + module.name);
    std::string text(static_cast<const char*>(data), size);
    // Mapped memory that libsemanage never gives a size to unmap with; a page-sized leak in a
    // short-lived child.
    semanage_module_info_destroy(impl_->get(), info);
    std::free(info);
    return text;
}

void Store::install_cil(const std::string& name, std::string_view cil) {
    std::string text(cil);
    impl_->check(
        semanage_module_install(impl_->get(), text.data(), text.size(), name.c_str(), "cil"),
        "install policy module " + name);
}

void Store::remove(const std::string& name) {
    for (const ModuleInfo& module : modules())
        if (module.name == name && module.priority == local_priority)
            impl_->check(semanage_module_remove(impl_->get(), std::string(name).data()),
                         "remove policy module " + name);
}

void Store::add_file_context(const std::string& regex, std::uint32_t file_type,
                             const std::string& context) {
    semanage_handle_t* handle = impl_->get();
    const std::string what = "add the file context of " + regex;
    semanage_fcontext_key_t* raw_key = nullptr;
    impl_->check(
        semanage_fcontext_key_create(handle, regex.c_str(), file_kind(file_type), &raw_key), what);
    const Record<semanage_fcontext_key_t, semanage_fcontext_key_free> key(raw_key);
    semanage_fcontext_t* raw = nullptr;
    impl_->check(semanage_fcontext_create(handle, &raw), what);
    const Record<semanage_fcontext_t, semanage_fcontext_free> record(raw);
    impl_->check(semanage_fcontext_set_expr(handle, raw, regex.c_str()), what);
    semanage_fcontext_set_type(raw, file_kind(file_type));
    if (!context.empty()) {
        semanage_context_t* raw_context = nullptr;
        impl_->check(semanage_context_from_string(handle, context.c_str(), &raw_context), what);
        const Record<semanage_context_t, semanage_context_free> parsed(raw_context);
        impl_->check(semanage_fcontext_set_con(handle, raw, raw_context), what);
    }
    impl_->check(semanage_fcontext_modify_local(handle, raw_key, raw), what);
}

void Store::set_boolean(const std::string& name, bool value) {
    semanage_handle_t* handle = impl_->get();
    const std::string what = "set boolean " + name;
    semanage_bool_key_t* raw_key = nullptr;
    impl_->check(semanage_bool_key_create(handle, name.c_str(), &raw_key), what);
    const Record<semanage_bool_key_t, semanage_bool_key_free> key(raw_key);
    semanage_bool_t* raw = nullptr;
    impl_->check(semanage_bool_create(handle, &raw), what);
    const Record<semanage_bool_t, semanage_bool_free> record(raw);
    impl_->check(semanage_bool_set_name(handle, raw, name.c_str()), what);
    semanage_bool_set_value(raw, value ? 1 : 0);
    impl_->check(semanage_bool_modify_local(handle, raw_key, raw), what);
}

void Store::disable_dontaudit() {
    semanage_set_disable_dontaudit(impl_->get(), 1);
}

void Store::commit(bool rebuild) {
    semanage_set_rebuild(impl_->get(), rebuild ? 1 : 0);
    impl_->check(semanage_commit(impl_->get()), "commit the policy");
}

} // namespace selns::selinux
