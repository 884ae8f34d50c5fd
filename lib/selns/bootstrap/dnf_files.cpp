#include "selns/bootstrap/dnf_files.hpp"

#include <fmt/format.h>

namespace selns::bootstrap {

std::string dnf_configuration(const DnfRequest& request, const std::filesystem::path& run) {
    return fmt::format("[main]\n"
                       "reposdir={0}/repositories\n"
                       "varsdir={0}/variables\n"
                       "pluginconfpath={0}/plugins\n"
                       "plugins=0\n"
                       "gpgcheck=1\n"
                       "best=1\n"
                       "strict=1\n"
                       "skip_if_unavailable=0\n"
                       "install_weak_deps=0\n"
                       "tsflags=\n"
                       "excludepkgs=\n"
                       "protected_packages=\n"
                       "keepcache=0\n"
                       "history_record=0\n"
                       "retries=3\n"
                       "timeout=20\n"
                       "module_platform_id={1}\n",
                       (run / "dnf").string(), request.release.platform);
}

std::string rpm_macros(const DnfRequest& request) {
    // What scripts get as HOME is the image's: $HOME itself says where these macros are. And what
    // is mounted in the root while they run is left as it is.
    return fmt::format("%_dbpath {}\n"
                       "%_db_backend sqlite\n"
                       "%_keyring rpmdb\n"
                       "%__plugindir /nonexistent\n"
                       "%_netsharedpath /dev:/proc:/sys\n"
                       "%_excludedocs 0\n"
                       "%_install_langs all\n"
                       "%_pkgverify_level digest\n"
                       "%_install_script_path "
                       "%{{lua:posix.setenv(\"HOME\", \"/root\") "
                       "print(\"/sbin:/bin:/usr/sbin:/usr/bin\")}}\n",
                       request.release.database);
}

} // namespace selns::bootstrap
