#include "support/cil_policy.hpp"

#include <cstdlib>
#include <memory>
#include <stdexcept>

extern "C" {
#include <sepol/cil/cil.h>
#include <sepol/handle.h>
#include <sepol/policydb.h>
}

namespace selns::test {

namespace {

std::string& said() {
    static std::string text;
    return text;
}

void remember(int, const char* message) {
    said() += message;
}

std::string image_of(sepol_policydb_t* policy) {
    sepol_handle_t* handle = sepol_handle_create();
    void* data = nullptr;
    std::size_t size = 0;
    const int status = sepol_policydb_to_image(handle, policy, &data, &size);
    std::string image(static_cast<const char*>(data), status == 0 ? size : 0);
    std::free(data);
    sepol_handle_destroy(handle);
    return image;
}

} // namespace

std::string compile_cil(const std::string& text, bool mls) {
    said().clear();
    cil_set_log_handler(remember);
    cil_db_t* db = nullptr;
    cil_db_init(&db);
    cil_set_mls(db, mls ? 1 : 0);
    cil_set_target_platform(db, SEPOL_TARGET_SELINUX);
    sepol_policydb_t* policy = nullptr;
    std::string image;
    if (cil_add_file(db, "test.cil", text.c_str(), text.size()) == 0 && cil_compile(db) == 0 &&
        cil_build_policydb(db, &policy) == 0)
        image = image_of(policy);
    sepol_policydb_free(policy);
    cil_db_destroy(&db);
    if (image.empty())
        throw std::runtime_error("CIL does not compile: " + said());
    return image;
}

std::string small_cil() {
    return R"(
(handleunknown deny)
(sid kernel) (sidorder (kernel))
(class process (transition dyntransition signal)) (class file (read write ioctl relabelfrom relabelto))
(class dir (create relabelfrom)) (classorder (process file dir))
(sensitivity s0) (sensitivity s1) (sensitivityorder (s0 s1))
(category c0) (category c1) (category c2) (category c3) (categoryorder (c0 c1 c2 c3))
(sensitivitycategory s0 (range c0 c3)) (sensitivitycategory s1 (range c0 c3))
(level low (s0)) (level high (s1 (range c0 c3))) (levelrange all (low high))
(user user_u) (user other_u) (role object_r) (role user_r) (role other_r)
(userrole user_u object_r) (userrole other_u object_r)
(userrole user_u user_r) (userrole user_u other_r) (userrole other_u user_r) (userrole other_u other_r)
(userlevel user_u low) (userlevel other_u low)
(userrange user_u all) (userrange other_u all)
(type base_t) (roletype object_r base_t) (roletype user_r base_t)
(sidcontext kernel (user_u user_r base_t (low low)))
(allow base_t self (file (read)))
)";
}

} // namespace selns::test
