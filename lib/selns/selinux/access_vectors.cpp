#include "selns/base/error.hpp"
#include "selns/selinux/policydb.hpp"
#include "selns/selinux/sepol.hpp"

#include <atomic>
#include <cstdlib>
#include <stdexcept>

namespace selns::selinux {

namespace {

std::atomic<bool> in_use{false};

sepol_security_id_t sid_of(const std::string& context) {
    sepol_security_id_t sid = 0;
    if (sepol_context_to_sid(context.c_str(), context.size() + 1, &sid) != 0)
        throw Error(ErrorKind::invalid_input, "not a context of this policy: " + context);
    return sid;
}

} // namespace

AccessVectors::AccessVectors(std::string_view image, const std::string& name) {
    if (in_use.exchange(true))
        throw std::logic_error("a second AccessVectors: libsepol has room for one policy");
    const File file(::fmemopen(const_cast<char*>(image.data()), image.size(), "rb"));
    if (!file || sepol_set_policydb_from_file(file.get()) != 0) {
        in_use = false;
        throw Error(ErrorKind::invalid_input,
                    "not a kernel policy that this host's libsepol can read")
            .at({name});
    }
}

AccessVectors::~AccessVectors() {
    in_use = false;
}

std::vector<std::string> AccessVectors::denied(const std::string& scontext,
                                               const std::string& tcontext,
                                               const std::string& tclass,
                                               const std::vector<std::string>& permissions) const {
    sepol_security_class_t class_id = 0;
    if (sepol_string_to_security_class(tclass.c_str(), &class_id) != 0)
        throw Error(ErrorKind::invalid_input, "not a class of this policy: " + tclass);
    const sepol_security_id_t source = sid_of(scontext);
    const sepol_security_id_t target = sid_of(tcontext);
    sepol_av_decision decision = {};
    unsigned int reason = 0;
    if (sepol_compute_av_reason(source, target, class_id, ~sepol_access_vector_t{0}, &decision,
                                &reason) != 0)
        throw Error(ErrorKind::failed,
                    "libsepol could not decide on " + scontext + " " + tcontext + " " + tclass);
    std::vector<std::string> denied;
    for (const std::string& permission : permissions) {
        sepol_access_vector_t bit = 0;
        if (sepol_string_to_av_perm(class_id, permission.c_str(), &bit) != 0)
            throw Error(ErrorKind::invalid_input,
                        "not a permission of class " + tclass + ": " + permission);
        if ((decision.allowed & bit) == 0)
            denied.push_back(permission);
    }
    return denied;
}

} // namespace selns::selinux
