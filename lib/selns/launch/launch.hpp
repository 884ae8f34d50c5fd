#pragma once

#include "selns/container/container.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace selns::launch {

// Who gives the kernel the image's policy.
enum class PolicyLoader {
    nobody,
    launcher,              // before it executes the image's init
    image_systemd,         // any systemd that is not in a container
    image_systemd_patched, // one that knows SELinux namespaces
};

// One image file of the build.
struct ImageFile {
    std::string file;   // its name, beside launch.json
    std::string format; // an image::Format's name
    std::uint64_t size = 0;
    std::string sha256;
};

// A command that a boot of the image runs once its default target is reached.
struct Workload {
    std::string command; // for a shell, one line
    std::string context; // empty: what the image's policy gives it
};

// All that the launch files say.
struct Inputs {
    std::string name; // of the recipe; also of the machine
    std::string hostname;
    std::string directory; // absolute: where the images will be when they are launched
    std::vector<ImageFile> images;

    std::string policy_type;                              // SELINUXTYPE
    bool enforcing = false;                               // /etc/selinux/config of the image
    unsigned policy_version = 0;                          // of the image's kernel policy
    PolicyLoader namespace_loader = PolicyLoader::nobody; // in its own namespace
    PolicyLoader vm_loader = PolicyLoader::image_systemd; // as a virtual machine

    container::LabelTable labels = {}; // what a launcher labels

    bool own_namespace = false; // a container needs an SELinux namespace of its own

    std::string kernel;         // the name of a kernel recipe
    std::string bundle = {};    // the directory with that kernel, beside the images; empty: none
    std::string initramfs = {}; // a file beside the images, when that kernel needs one
    std::uint64_t memory = 0;   // bytes
    unsigned cpus = 1;
    std::vector<Workload> workloads = {}; // one after the other

    std::string launcher = "/usr/local/sbin/selns-run"; // where it will be
};

struct RenderedFile {
    // "launch", "nspawn", "service", "run-service", "oci", "host-policy", "qemu", "workload"
    std::string kind;
    std::string name; // beside the images
    std::string content;
};

// launch.json's "schema": raised when a reader of the old form would go wrong.
constexpr int schema_version = 1;

// The launch files, a pure function of INPUTS:
//
//     NAME.launch.json             for programs
//     NAME.nspawn, NAME.service    for a systemd-nspawn that knows SELinux namespaces
//     selns@NAME.service           for selns-run
//     NAME.oci.json                for an OCI runtime, with selns-run as the entry point
//     NAME.host.cil                a policy module for a host that selns-run is started on
//     NAME.qemu.conf               for QEMU; when has_machine()
//
// A value that cannot be written into these files safely (a name that is no machine name, a path
// that is not absolute or has control characters) is an invalid_input Error.
std::vector<RenderedFile> render(const Inputs& inputs);

// The names of those that are always there.
std::vector<std::string> file_names(const std::string& name);

// The image that a kernel boots; null when there is none.
const ImageFile* disk_image(const Inputs& inputs);

// Whether INPUTS have all that a virtual machine needs: such an image and a kernel bundle.
bool has_machine(const Inputs& inputs);

// What the NAME.launch.json called FILE says, TEXT. One that is damaged, or of a newer form, is an
// invalid_input Error.
Inputs parse_launch(std::string_view text, const std::string& file);

// A systemd unit that runs WORKLOAD, the NUMBER-th, after the default target and the workload
// before it. Its command and context must be free of control characters.
RenderedFile workload_unit(const Workload& workload, std::size_t number);

} // namespace selns::launch
