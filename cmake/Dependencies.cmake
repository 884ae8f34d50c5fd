# Debian 12's packages are the baseline; Debian 13's newer ones must do as well.
include(GNUInstallDirs)
find_package(PkgConfig REQUIRED)
pkg_check_modules(libselinux REQUIRED IMPORTED_TARGET libselinux>=3.4)
pkg_check_modules(libsepol REQUIRED IMPORTED_TARGET libsepol>=3.4)
pkg_check_modules(libsemanage REQUIRED IMPORTED_TARGET libsemanage>=3.4)
pkg_check_modules(yaml_cpp REQUIRED IMPORTED_TARGET yaml-cpp>=0.7)
pkg_check_modules(libarchive REQUIRED IMPORTED_TARGET libarchive>=3.6)
pkg_check_modules(ext2fs REQUIRED IMPORTED_TARGET ext2fs>=1.47)
# SHA-256: small, and there already as a part of libarchive, where libcrypto would cost each run
# 3 ms of symbols.
pkg_check_modules(nettle REQUIRED IMPORTED_TARGET nettle>=3.8)
pkg_check_modules(pcre2 REQUIRED IMPORTED_TARGET libpcre2-8>=10.40)
pkg_check_modules(libseccomp REQUIRED IMPORTED_TARGET libseccomp>=2.5)
# What libsemanage compresses modules with.
find_package(BZip2 REQUIRED)
find_package(CLI11 REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(Threads REQUIRED)
find_path(MUSTACHE_INCLUDE_DIR kainjow/mustache.hpp REQUIRED)
# A few of its functions: the shared library would cost each run a third of a millisecond.
find_library(UNISTRING NAMES libunistring.a unistring REQUIRED)
