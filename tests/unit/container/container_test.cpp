#include "selns/container/container.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <string>
#include <string_view>

using namespace selns;

namespace {

constexpr const char* contexts = R"(/dev(/.*)? system_u:object_r:device_t:s0
/dev/null -c system_u:object_r:null_device_t:s0
/dev/pts -d system_u:object_r:devpts_t:s0
/dev/pts(/.*)? <<none>>
/run -d system_u:object_r:var_run_t:s0
/run/.* <<none>>
/run/systemd(/.*)? system_u:object_r:init_runtime_t:s0
/run/systemd/journal(/.*)? system_u:object_r:syslogd_runtime_t:s0
/run/systemd/journal/socket -s system_u:object_r:devlog_t:s0
/run/web(/.*)? system_u:object_r:httpd_runtime_t:s0
/run/web/[^/]*/x -s system_u:object_r:x_t:s0
/run/one/x -s system_u:object_r:one_t:s0
/run/one -d system_u:object_r:dir_t:s0
/run/two/x -s system_u:object_r:two_t:s0
/run/two -d system_u:object_r:dir_t:s0
)";

label::Matcher matcher(const std::string& text = contexts) {
    label::Specifications specifications;
    specifications.files.push_back({"fc", text});
    return label::Matcher(specifications);
}

tree::Tree units(const std::string& text) {
    tree::Tree tree;
    tree::Inode inode;
    inode.content = tree::Content::bytes(text);
    tree.put("/usr/lib/systemd/system/a.socket", std::move(inode));
    return tree;
}

std::vector<std::string> transitions(const container::PolicyModule& module) {
    std::vector<std::string> found;
    std::ranges::copy_if(module.statements, std::back_inserter(found), [](const auto& statement) {
        return statement.starts_with("(typetransition") &&
               statement.find("\"container\"") == std::string::npos;
    });
    return found;
}

bool all_valid(const std::string&) {
    return true;
}

} // namespace

TEST_CASE("What is there before PID 1 gets the context of its path and kind") {
    const auto table = container::label_table(matcher(), all_valid);
    const auto context = [&](std::string_view path) {
        const auto found = std::ranges::find(table.labels, path, &container::LabelledPath::path);
        return found == table.labels.end() ? "" : found->context;
    };
    CHECK(context("/dev") == "system_u:object_r:device_t:s0");
    CHECK(context("/dev/null") == "system_u:object_r:null_device_t:s0");
    CHECK(context("/dev/pts") == "system_u:object_r:devpts_t:s0");
    CHECK(context("/dev/pts/ptmx").empty()); // <<none>>
    CHECK(context("/tmp").empty());          // nothing says
}

TEST_CASE("Terminals have the contexts that the policy knows") {
    const auto terminals = [](const label::Validator& valid) {
        return container::label_table(matcher(), valid).terminals;
    };
    CHECK(terminals(all_valid) == std::vector<std::string>{"system_u:object_r:user_devpts_t:s0",
                                                           "system_u:object_r:initrc_devpts_t:s0"});
    CHECK(terminals([](const std::string& context) {
              return context.find("initrc") != std::string::npos;
          }) == std::vector<std::string>{"system_u:object_r:initrc_devpts_t:s0"});
}

TEST_CASE("Directories below /run that have a context are made, parents first") {
    const auto table = container::label_table(matcher(), all_valid);
    std::vector<std::string> paths;
    for (const auto& directory : table.directories)
        paths.push_back(directory.path);
    CHECK(std::ranges::is_sorted(paths));
    CHECK(std::ranges::count(paths, "/run/systemd/journal") == 1);
    CHECK(std::ranges::count(paths, "/run/lock") == 0); // <<none>>
    CHECK(table.directories.front().context == "system_u:object_r:init_runtime_t:s0");
}

TEST_CASE("What PID 1 makes gets its type by its name where the directory's is another one") {
    const auto module = container::policy_module(
        matcher(), units("ListenDatagram=/run/systemd/journal/socket\n"
                         "ListenStream=/run/systemd/journal/other\nListenStream=/run/web/s\n"));
    CHECK(transitions(module) ==
          std::vector<std::string>{
              "(typetransition init_t init_runtime_t dir \"journal\" syslogd_runtime_t)",
              "(typetransition init_t syslogd_runtime_t sock_file \"socket\" devlog_t)",
              "(typetransition init_t var_run_t dir \"systemd\" init_runtime_t)",
              "(typetransition init_t var_run_t dir \"web\" httpd_runtime_t)"});
    CHECK_THAT(module.text, ContainsSubstring("\n(optional selns_container_transition_1\n"
                                              "    (typetransition init_t "));
}

TEST_CASE("A name that leads to two types leads to none") {
    const auto only = container::policy_module(matcher(), units("ListenStream=/run/one/x\n"));
    CHECK(std::ranges::count(transitions(only),
                             "(typetransition init_t dir_t sock_file \"x\" one_t)") == 1);
    const auto both = container::policy_module(
        matcher(), units("ListenStream=/run/one/x\nListenStream=/run/two/x\n"));
    for (const std::string& statement : transitions(both))
        CHECK(statement.find("\"x\"") == std::string::npos);
}

TEST_CASE("Names that would break CIL are left out") {
    const auto module = container::policy_module(
        matcher("/run -d system_u:object_r:var_run_t:s0\n/run/.* system_u:object_r:a_t:s0\n"),
        units("ListenStream=/run/x\"y\nListenStream=/run/a)b\nListenStream=/run/ok\n"));
    for (const std::string& statement : transitions(module))
        CHECK(std::ranges::count(statement, '"') == 2);
    CHECK(std::ranges::count(transitions(module),
                             "(typetransition init_t var_run_t sock_file \"ok\" a_t)") == 1);
    CHECK(module.text.find("a)b") == std::string::npos);
}

TEST_CASE("The file that tells of the container has a type of its own") {
    const auto module = container::policy_module(matcher(), tree::Tree());
    CHECK(std::ranges::count(module.statements,
                             "(typetransition init_t init_runtime_t file \"container\" "
                             "selns_container_runtime_t)") == 1);
    CHECK(std::ranges::count(
              module.statements,
              "(allow domain selns_container_runtime_t (file (getattr ioctl open read)))") == 1);
    CHECK(container::policy_module(matcher("/etc system_u:object_r:etc_t:s0\n"), tree::Tree())
              .text.find("selns_container_runtime_t") == std::string::npos);
}

TEST_CASE("The console may be a terminal") {
    const auto module =
        container::policy_module(matcher("/dev/pts -d system_u:object_r:devpts_t:s0\n"
                                         "/dev/console -c system_u:object_r:console_device_t:s0\n"),
                                 tree::Tree());
    CHECK(std::ranges::count(module.statements,
                             "(allow console_device_t devpts_t (filesystem (associate)))") == 1);
}

TEST_CASE("The launcher's last word by a socket from before is no denial") {
    const auto module = container::policy_module(matcher(), tree::Tree());
    CHECK_THAT(module.text,
               ContainsSubstring("(dontaudit kernel_t unlabeled_t (unix_stream_socket (write)))"));
}
