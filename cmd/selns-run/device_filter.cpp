#include "selns-run/confine.hpp"

#include <linux/bpf.h>

#include <utility>
#include <vector>

namespace selns::run {

namespace {

// The registers: r1 is the question (access and type, major, minor), r0 the answer.
constexpr std::uint8_t answer = 0;
constexpr std::uint8_t question = 1;
constexpr std::uint8_t type = 2;
constexpr std::uint8_t major = 3;
constexpr std::uint8_t minor = 4;

bpf_insn instruction(unsigned code, std::uint8_t to, std::uint8_t from, int jump, int value) {
    bpf_insn result{};
    result.code = static_cast<std::uint8_t>(code);
    result.dst_reg = to & 15U;
    result.src_reg = from & 15U;
    result.off = static_cast<std::int16_t>(jump);
    result.imm = value;
    return result;
}

bpf_insn load(std::uint8_t to, int offset) {
    return instruction(BPF_LDX | BPF_MEM | BPF_W, to, question, offset, 0);
}

bpf_insn skip_unless_equal(std::uint8_t what, int value, int jump) {
    return instruction(BPF_JMP | BPF_JNE | BPF_K, what, 0, jump, value);
}

void return_value(std::vector<bpf_insn>& program, int value) {
    program.push_back(instruction(BPF_ALU64 | BPF_MOV | BPF_K, answer, 0, 0, value));
    program.push_back(instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
}

std::vector<bpf_insn> make_program(bool kernel_log) {
    constexpr int first_terminal = 136; // majors of /dev/pts
    constexpr int last_terminal = 143;
    std::vector<bpf_insn> program = {
        load(type, 0),
        load(major, 4),
        load(minor, 8),
        instruction(BPF_ALU64 | BPF_AND | BPF_K, type, 0, 0, 0xffff),
        skip_unless_equal(type, BPF_DEVCG_DEV_CHAR, 4),
        instruction(BPF_JMP | BPF_JLT | BPF_K, major, 0, 3, first_terminal),
        instruction(BPF_JMP | BPF_JGT | BPF_K, major, 0, 2, last_terminal)};
    return_value(program, 1);
    // null, zero, full, random, urandom, tty, ptmx
    std::vector<std::pair<int, int>> devices = {{1, 3}, {1, 5}, {1, 7}, {1, 8},
                                                {1, 9}, {5, 0}, {5, 2}};
    if (kernel_log)
        devices.emplace_back(1, 11);
    for (const auto& [wanted_major, wanted_minor] : devices) {
        program.push_back(skip_unless_equal(type, BPF_DEVCG_DEV_CHAR, 4));
        program.push_back(skip_unless_equal(major, wanted_major, 3));
        program.push_back(skip_unless_equal(minor, wanted_minor, 2));
        return_value(program, 1);
    }
    return_value(program, 0);
    return program;
}

} // namespace

void restrict_devices(Kernel& kernel, int cgroup, bool kernel_log) {
    const std::string what = "restrict the container's devices";
    const std::string hint = "the kernel needs CONFIG_CGROUP_BPF";
    const std::vector<bpf_insn> program = make_program(kernel_log);
    bpf_attr load{};
    load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    load.insns = reinterpret_cast<std::uintptr_t>(program.data());
    load.insn_cnt = static_cast<std::uint32_t>(program.size());
    load.license = reinterpret_cast<std::uintptr_t>("GPL");
    const Handle filter(kernel, must(kernel.bpf(BPF_PROG_LOAD, &load, sizeof load), what, hint));
    bpf_attr attach{};
    attach.target_fd = static_cast<std::uint32_t>(cgroup);
    attach.attach_bpf_fd = static_cast<std::uint32_t>(filter.get());
    attach.attach_type = BPF_CGROUP_DEVICE;
    attach.attach_flags = BPF_F_ALLOW_MULTI; // as well as those of the cgroups above
    must(kernel.bpf(BPF_PROG_ATTACH, &attach, sizeof attach), what, hint);
}

} // namespace selns::run
