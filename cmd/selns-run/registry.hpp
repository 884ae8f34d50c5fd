#pragma once

#include "selns-run/kernel.hpp"

namespace selns::run {

// Running containers are known by /run/selns-run/NAME: `lock`, which the launcher holds and in
// which its PID and the image's path are; `exec`, the socket of `selns-run exec`. The directory is
// also where the container's root is mounted, in its own namespace.
inline const std::string registry = "/run/selns-run";

// This launcher's entry; removed with the object.
class Registration {
  public:
    Registration(Kernel& kernel, const std::string& name, const std::string& image);
    ~Registration();
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

    // SOCKET becomes that of `exec`.
    void listen(int socket);

  private:
    void lock();
    void remove() noexcept;

    Kernel& kernel_;
    std::string name_;
    Handle parent_;
    Handle directory_;
    Handle lock_;
};

struct Running {
    std::string name;
    std::string image;
    pid_t launcher = 0;
};
std::vector<Running> running_containers(Kernel& kernel);
// Throws when there is none of that name.
Running running_container(Kernel& kernel, const std::string& name);

} // namespace selns::run
