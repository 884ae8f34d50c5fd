#include "recipe/support.hpp"

#include <filesystem>
#include <fstream>

namespace selns::test {

namespace fs = std::filesystem;

const char* const least = "name: web\nfrom: { debian: { release: bookworm } }\n";

const std::vector<std::string> sources = {
    "{ debian: { release: sid, mirror: http://a.example, components: [main], key: motd } }",
    "{ ubuntu: { release: noble, mirror: http://a.example, components: [main], key: motd } }",
    "{ fedora: { release: 43, mirror: http://a.example, key: motd } }",
    "{ rocky: { release: \"9.4\", mirror: http://a.example, key: motd } }",
    "{ archive: { file: motd, sha256: " + std::string(64, 'a') + " } }",
    "{ directory: { path: overlay } }",
    "{ oci: { path: overlay, ref: latest, platform: linux/arm64 } }",
};

namespace {

const char* const full = R"(# Every key that a recipe can have.
name: web
hostname: web.example
from:
  debian:
    release: bookworm
    mirror: http://mirror.example/debian
    components: [main, contrib]
repositories:
  - uri: https://packages.example/debian
    suite: bookworm
    components: [main]
    key: keys/packages.asc
  - { uri: "file:///srv/flat", suite: ./, key: keys/packages.asc }
packages: [systemd-sysv, "nginx=1.22*", curl/bookworm, "libc6:amd64", ./local.deb]
root_password: { hash: $6$salt$hash }
files:
  - { source: overlay/, target: / }
  - { source: motd, target: /etc/motd, mode: 0600 }
  - { target: /etc/issue, content: "hello\n", mode: "0644" }
commands:
  - systemctl enable nginx
  - |
    useradd a
    useradd b
selinux:
  policy: default
  policy_from: { archive: motd }
  mode: enforcing
  modules: [policy/app.cil, policy/other.pp]
  booleans: { httpd_can_network_connect: true, ssh_sysadm_login: false }
  file_contexts:
    - "/srv/www(/.*)?  system_u:object_r:httpd_sys_content_t:s0"
    - "/srv/run -d <<none>>"
  denials:
    module: policy/local.cil
    logs: [logs/*.log, /var/log/audit.log]
    select:
      since: "2026-11-01"
      until: "@1800000000"
      exclude_source: [unconfined_t]
      exclude_target: [tmp_t, user_tmp_t]
      exclude_device: [sda1]
      exclude_program: [cron, '(spawn)']
    refuse: ["* etc_t:file { write append }"]
    accept: ["app_t self:capability sys_ptrace"]
    tolerate: ["{ a_t b_t } c_t:dir *"]
    silence: ["a_t c_t:dir read"]
  label: { unmatched: warn, invalid: strict, hardlink: off }
images: [tar, ext4: { size: 2G }]
boot:
  run:
    - { command: "true", context: "system_u:system_r:unconfined_t:s0" }
launch:
  kernel: selinuxns
  vm: { memory: 512M, cpus: 4 }
)";

void write(const fs::path& file, const std::string& content) {
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << content;
}

} // namespace

recipe::Recipe parse(const std::string& text, const std::vector<recipe::Override>& overrides) {
    return recipe::parse(text, "/nonexistent/web.yaml", overrides);
}

std::string problems_of(const std::string& text, const std::vector<recipe::Override>& overrides) {
    std::string what;
    try {
        parse(text, overrides);
    } catch (const Error& error) {
        what = error.what();
    }
    const std::string folder = "/nonexistent/";
    for (auto at = what.find(folder); at != std::string::npos; at = what.find(folder, at))
        what.erase(at, folder.size());
    return what;
}

fs::path write_full_recipe(const fs::path& folder) {
    for (const char* name : {"keys/packages.asc", "local.deb", "overlay/etc/hosts", "motd",
                             "policy/app.cil", "policy/other.pp"})
        write(folder / name, "x");
    write(folder / "full.yaml", full);
    return folder / "full.yaml";
}

} // namespace selns::test
