#pragma once

// libsepol's headers, for the sources of this module only.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string_view>

// conditional.h has a field named bool, which is a keyword here. The standard headers that it
// includes come first, so that only libsepol's own text is changed.
#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wkeyword-macro" // that is the point
#endif
#define bool sepol_bool_field
extern "C" {
#include <sepol/context.h>
#include <sepol/context_record.h>
#include <sepol/debug.h>
#include <sepol/handle.h>
#include <sepol/module.h>
#include <sepol/policydb.h>
#include <sepol/policydb/conditional.h>
#include <sepol/policydb/policydb.h>
#include <sepol/policydb/services.h>
#include <sepol/sepol.h>
}
#undef bool
#ifdef __clang__
#pragma clang diagnostic pop
#endif

namespace selns::selinux {

template <auto Free>
struct Deleter {
    template <typename T>
    void operator()(T* pointer) const {
        Free(pointer);
    }
};

using Handle = std::unique_ptr<sepol_handle_t, Deleter<sepol_handle_destroy>>;
using Policy = std::unique_ptr<sepol_policydb_t, Deleter<sepol_policydb_free>>;
using PolicyFile = std::unique_ptr<sepol_policy_file_t, Deleter<sepol_policy_file_free>>;
using Context = std::unique_ptr<sepol_context_t, Deleter<sepol_context_free>>;
using ModulePackage = std::unique_ptr<sepol_module_package_t, Deleter<sepol_module_package_free>>;

struct FileCloser {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, FileCloser>;

// A handle that prints nothing: libsepol's default writes to standard output.
Handle quiet_handle();
PolicyFile memory_file(std::string_view image, sepol_handle_t* handle);

} // namespace selns::selinux
