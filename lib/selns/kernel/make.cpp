#include "selns/kernel/make.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"

#include <fcntl.h>

#include <cerrno>
#include <cstdlib>

namespace selns::kernel {

namespace {

constexpr std::size_t tail_lines = 20;
constexpr std::size_t error_lines = 10;
constexpr std::size_t line_limit = 1U << 16U;

// "  CC      fs/ext4/super.o"
bool is_step(std::string_view line) {
    return line.size() > 4 && line.starts_with("  ") && line[2] >= 'A' && line[2] <= 'Z';
}

// What the compiler and make say when something is wrong.
bool is_error(std::string_view line) {
    return line.find("rror: ") != std::string_view::npos ||
           line.find(": *** ") != std::string_view::npos ||
           line.find("undefined reference") != std::string_view::npos;
}

} // namespace

BuildLog::BuildLog(std::filesystem::path file, std::uint64_t total, progress::Step& step)
    : file_(std::move(file)), total_(total), step_(step) {
    if (file_.empty())
        return;
    fd_ = Fd(::open(file_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!fd_)
        throw system_error("cannot write " + file_.string(), errno);
}

void BuildLog::text(std::string_view data) {
    if (fd_)
        write_all(fd_.get(), data);
    for (const char c : data) {
        if (c != '\n' && partial_.size() < line_limit) {
            partial_ += c;
            continue;
        }
        line(partial_);
        partial_.clear();
    }
}

void BuildLog::line(std::string_view line) {
    if (is_step(line)) {
        ++steps_;
        step_.advance(total_ > 0 ? std::min(steps_, total_) : steps_, total_, "steps");
        step_.detail(printable(trim(line)));
    }
    if (is_error(line) && errors_.size() < error_lines)
        errors_.push_back(printable(line));
    tail_.push_back(printable(line));
    if (tail_.size() > tail_lines)
        tail_.pop_front();
}

Error BuildLog::failure(const std::string& what) const {
    const std::vector<std::string> tail(tail_.begin(), tail_.end());
    std::string hint = join(errors_.empty() ? tail : errors_, "\n");
    if (fd_)
        hint += "\nall of it is in " + printable(file_.string());
    return Error(ErrorKind::tool_failed, what).hint(hint);
}

Make::Make(std::filesystem::path source, std::string stamp, process::Runner& runner, BuildLog& log)
    : source_(std::move(source)), stamp_(std::move(stamp)), runner_(runner), log_(log) {}

process::Command Make::command(const std::vector<std::string>& arguments,
                               const std::string& variable) const {
    const char* path = std::getenv("PATH");
    process::Command command;
    command.argv = {"env", "-i", std::string("PATH=") + (path != nullptr ? path : "/usr/bin:/bin"),
                    // For what compilers and their wrappers leave: it goes with the source.
                    "HOME=" + source_.string(), "LC_ALL=C", "KBUILD_BUILD_TIMESTAMP=" + stamp_,
                    "KBUILD_BUILD_USER=selns-build", "KBUILD_BUILD_HOST=selns-build",
                    "KBUILD_BUILD_VERSION=1"};
    if (!variable.empty())
        command.argv.push_back(variable);
    // An empty LOCALVERSION: no "+" for a tree that Git thinks is changed.
    command.argv.insert(command.argv.end(), {"make", "LOCALVERSION=", "-C", source_.string()});
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    command.package = "make";
    return command;
}

void Make::run(const std::vector<std::string>& arguments, const std::string& what) {
    run_with({}, arguments, what);
}

void Make::run_with(const std::string& variable, const std::vector<std::string>& arguments,
                    const std::string& what) {
    process::Command make = command(arguments, variable);
    make.on_output = [this](std::string_view data) { log_.text(data); };
    make.on_error_line = [this](std::string_view line) { log_.text(std::string(line) + "\n"); };
    if (!runner_.run(make).ok())
        throw log_.failure(what);
}

std::string Make::ask(const std::string& target) {
    const std::string answer =
        process::output_of(runner_, command({"--silent", "--no-print-directory", target}, {}));
    return std::string(trim(answer));
}

} // namespace selns::kernel
