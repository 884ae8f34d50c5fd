#include "selns/base/program.hpp"

#include <sys/stat.h>

namespace selns {

std::string program_identity() {
    struct stat status = {};
    ::stat("/proc/self/exe", &status);
    return std::to_string(status.st_size) + " " + std::to_string(status.st_mtim.tv_sec) + "." +
           std::to_string(status.st_mtim.tv_nsec);
}

} // namespace selns
