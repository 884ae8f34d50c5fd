#include "selns/base/text.hpp"
#include "selns/image/format.hpp"
#include "selns/recipe/context.hpp"
#include "selns/recipe/file_context.hpp"
#include "selns/recipe/forms.hpp"
#include "selns/recipe/package_names.hpp"
#include "selns/recipe/source.hpp"

#include <cctype>

namespace selns::recipe {

using namespace forms;

namespace {

constexpr std::uint64_t mebibyte = 1U << 20U;
constexpr std::uint64_t tebibyte = mebibyte << 20U;
constexpr std::size_t max_path = 1000; // bytes, of a path in a recipe

// One word of an apt sources line: no blanks, no brackets, no '#', no quotes.
FormPtr repository_uri(std::string about) {
    return text("a URI such as http://mirror.example/debian (http, https, or file:///...)",
                std::move(about),
                "^(https?://[A-Za-z0-9][A-Za-z0-9._~:@%-]*(/[A-Za-z0-9._~:@%+,=/-]*)?"
                "|file:///[A-Za-z0-9._~:@%+,=/-]+)$",
                500);
}

FormPtr components() {
    return list("a list of at least one component", "Components of the repository, such as main.",
                text("a component such as main or contrib", "",
                     "^(?!.*\\.\\.)[A-Za-z0-9][A-Za-z0-9._+/-]*$", 100),
                1);
}

FormPtr key_file(std::string about) {
    return text("the path of an OpenPGP key", std::move(about), "", max_path);
}

FormPtr apt_release(const Source& source) {
    const std::string words(source.words);
    const std::string example(source.release);
    return object(
        "a map with release", words + ", made with mmdebstrap.",
        {required("release", text("a release of " + words + " such as " + example,
                                  "The release: a codename or a suite, such as " + example + ".",
                                  std::string(source.releases), 60)),
         optional("mirror", repository_uri(
                                "Where packages come from; by default what this host's apt uses.")),
         optional("components", components()),
         optional("key", key_file("The OpenPGP key that signs its archive, armored or binary; by "
                                  "default the distribution's own."))});
}

FormPtr dnf_release(const Source& source) {
    const std::string words(source.words);
    const std::string example(source.release);
    StringForm rule;
    rule.digits = true;
    return object(
        "a map with release", words + ", made with dnf.",
        {required("release", text("a release of " + words + " such as " + example,
                                  "The release, such as " + example + ".",
                                  std::string(source.releases), 60, rule)),
         optional("mirror",
                  repository_uri("Where packages come from: the directory that has the releases; "
                                 "by default what this host's dnf uses, or the release's own "
                                 "mirrors.")),
         optional("key", key_file("The OpenPGP key that signs its packages, armored or binary; by "
                                  "default the distribution's own."))});
}

FormPtr root_archive() {
    return object("a map with file", "A tar of a root file system, in any compression.",
                  {required("file", text("the path of a tar, or a URL that begins with https://",
                                         "The tar: a path, or an https URL, which needs sha256.",
                                         "^(?!(http|ftp)://)", max_path)),
                   optional("sha256", text("a SHA-256 of 64 hexadecimal digits",
                                           "What the file must be.", "^[0-9a-f]{64}$", 64))});
}

FormPtr oci_image() {
    return object(
        "a map with path",
        "An image in an OCI layout, as skopeo, buildah and "
        "umoci write it, or in an archive of docker save.",
        {required("path", text("the path of an OCI layout",
                               "The layout's directory, or an archive of it.", "", max_path)),
         optional("ref", text("the name of an image in the layout",
                              "The image's name; it may be left out when there is only one.",
                              "^[A-Za-z0-9][A-Za-z0-9._:/@+-]*$", 255)),
         optional("platform",
                  text("a platform such as linux/amd64", "Its platform; by default this machine's.",
                       "^[a-z0-9]+/[a-z0-9_]+(/[a-z0-9_.]+)?$", 60))});
}

FormPtr root_directory() {
    return object(
        "a map with path", "The root of a file system on this machine.",
        {required("path", text("the path of a directory", "The directory.", "", max_path))});
}

FormPtr source_form(const Source& source) {
    switch (source.kind) {
    case SourceKind::apt:
        return apt_release(source);
    case SourceKind::dnf:
        return dnf_release(source);
    case SourceKind::archive:
        return root_archive();
    case SourceKind::oci:
        return oci_image();
    case SourceKind::directory:
        return root_directory();
    }
    return nullptr;
}

FormPtr from() {
    std::vector<Field> fields;
    std::vector<std::string> keys;
    for (const Source& source : sources()) {
        keys.emplace_back(source.key);
        fields.push_back(optional(keys.back(), source_form(source)));
    }
    return object("a map with " + either(keys), "What the image is made from.", fields, keys);
}

FormPtr repositories() {
    return list(
        "a list of repositories", "Package repositories besides the distribution's own.",
        object(
            "a map with uri and key, and for apt suite", "",
            {required("uri", repository_uri("The repository's address.")),
             optional("suite", text("a suite such as bookworm, or ./ for a flat repository",
                                    "apt: the suite; one that ends in / is a flat repository.",
                                    "^(?!.*\\.\\.)(\\.?/|[A-Za-z0-9])[A-Za-z0-9._+~/-]*$", 200)),
             optional("components", components()),
             required("key", key_file("The OpenPGP key that signs it (apt) or its packages (dnf), "
                                      "armored or binary."))}));
}

FormPtr packages() {
    return list("a list of packages",
                "Packages to install; one that starts with ./, ../ or / is a .deb or .rpm file.",
                text("a package such as nginx, or a path such as ./local.deb or ./local.rpm", "",
                     any_package_pattern(), max_path));
}

FormPtr root_password() {
    StringForm secret;
    secret.secret = true;
    return object(
        "a map with hash or empty", "The password of root; without it, root's is locked.",
        {optional("hash", text("a crypt(5) hash such as mkpasswd prints, $6$...",
                               "A crypt(5) hash, such as mkpasswd prints.",
                               "^\\$[a-z0-9-]+\\$[A-Za-z0-9./$=,+_-]+$", 384, secret)),
         optional("empty", form("true", "Let root log in without a password.", BooleanForm{true}))},
        {"hash", "empty"});
}

FormPtr files() {
    StringForm content;
    content.text = Text::any;
    content.min_length = 0;
    StringForm mode;
    mode.digits = true;
    return list(
        "a list of files", "Files put over the image before the commands run.",
        object(
            "a map with target and either source or content", "",
            {optional("source", text("the path of a file or directory",
                                     "A file or directory, relative to the recipe.", "", max_path)),
             optional("content", text("the content of a file", "The file's content itself.", "",
                                      mebibyte, content)),
             required("target",
                      text("an absolute path in the image, without ..",
                           "Where it goes in the image.", "^(?!.*/\\.\\.(/|$))/", max_path)),
             optional("mode",
                      text("an octal mode from 0 to 7777, such as \"0644\"",
                           "Permissions of a single file, in octal.", "^0?[0-7]{1,4}$", 5, mode))},
            {"source", "content"}));
}

FormPtr commands() {
    StringForm lines;
    lines.text = Text::lines;
    return list("a list of commands",
                "Shell commands that run in the image, before policy and labels.",
                text("a shell command", "", "", 100'000, lines));
}

FormPtr label() {
    const auto severity = [](std::string about) {
        return words(std::move(about), {"strict", "warn", "off"});
    };
    return choice(
        "strict, warn or off, or a map by kind of finding", "What findings about labels do.",
        {severity("All kinds: stop the build, warn, or nothing."),
         object("a map by kind of finding", "By kind of finding.",
                {optional("unmatched", severity("A file that no specification labels.")),
                 optional("invalid", severity("A context that the policy does not define.")),
                 optional("hardlink", severity("One inode that two specifications label."))})});
}

FormPtr select() {
    // Relative ones would make a build depend on when it runs.
    const std::string date = "[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.,+Z-]*)?|@[0-9]+";
    const auto moment = [&](const std::string& about) {
        return text("a date such as \"2026-11-01 10:00\" or \"@1700000000\"", about,
                    "^(" + date + ")$", 60);
    };
    const auto types = [](const std::string& about) {
        return list("a list of types", about, text("a type", "", "^[A-Za-z][A-Za-z0-9_.-]*$", 250));
    };
    const auto names = [](const std::string& about) {
        return list("a list of names", about, text("a name", "", "", max_path));
    };
    return object(
        "a map", "Which of the logs' denials count; by default all of them.",
        {optional("since",
                  text("boot, policyload, or a date such as \"2026-11-01 10:00\"",
                       "Denials from this time on, or from the last boot or loading of a policy in "
                       "the logs.",
                       "^(boot|policyload|" + date + ")$", 60)),
         optional("until", moment("Denials before this time.")),
         optional("exclude_source", types("Not those of these source types.")),
         optional("exclude_target", types("Not those of these target types.")),
         optional("exclude_device", names("Not those on these devices (dev=).")),
         optional("exclude_program", names("Not those of these programs (comm=, exe=)."))});
}

// "SOURCE TARGET:CLASS PERMISSION", each a name, several in braces, or a star.
FormPtr accesses(const std::string& about) {
    const std::string names = "([A-Za-z][A-Za-z0-9_.-]*|\\*|\\{[A-Za-z0-9_. -]+\\})";
    return list(
        "a list of accesses", about,
        text("access such as \"init_t self:process execmem\"", "",
             "^(allow +)?" + names + " +" + names + " *: *" + names + " +" + names + " *;?$",
             max_path));
}

FormPtr denials() {
    return object(
        "a map with module and logs", "Denials that go into the local module.",
        {optional("module", text("the path of a .cil or .te file",
                                 "The local module, in CIL or .te; it need not exist yet.",
                                 "\\.(cil|te)$", max_path)),
         optional("select", select()),
         optional("trust",
                  form("true or false", "Whether lines of logs count that nobody vouches for.",
                       BooleanForm{})),
         optional("refuse", accesses("Access that no log opens, besides the guard list.")),
         optional("accept", accesses("Access that logs open though it is guarded, hidden by a "
                                     "dontaudit rule, or a boolean's affair.")),
         optional("tolerate", accesses("Denials that are known, harmless, and not to be allowed.")),
         optional("silence", accesses("The same, that nobody is to be told of: each becomes a "
                                      "dontaudit rule of the local module.")),
         optional("logs", list("a list of paths or patterns",
                               "Logs with denials, plain or compressed; patterns such as "
                               "logs/*.log.",
                               text("a path or pattern such as logs/*.log", "", "", max_path)))});
}

FormPtr policy_from() {
    return object(
        "a map with archive, directory or packages",
        "Where an image that has no policy gets one from.",
        {optional("archive",
                  text("the path of a tar", "A tar of a root file system that has the policy.", "",
                       max_path)),
         optional("directory", text("the path of a directory",
                                    "A root directory that has the policy.", "", max_path)),
         optional("packages", list("a list of packages", "Packages that bring it, for the image.",
                                   text("a package such as selinux-policy-default", "",
                                        "^[a-z0-9][a-z0-9+.-]*[a-z0-9+.]$", max_path),
                                   1))},
        {"archive", "directory", "packages"});
}

FormPtr selinux() {
    StringForm specification;
    specification.text = Text::lines;
    specification.check = file_context_problem;
    const auto boolean_name = text("the name of a boolean", "", "^[A-Za-z_][A-Za-z0-9_.-]*$", 250);
    return object(
        "a map", "The image's policy and labels.",
        {optional("policy", text("a policy name such as default (SELINUXTYPE)",
                                 "SELINUXTYPE; the distribution's own by default.",
                                 "^(?!.*\\.\\.)[A-Za-z0-9][A-Za-z0-9._-]*$", 60)),
         optional("policy_from", policy_from()),
         optional("tools",
                  words("Whose tools change a policy that this host's are too old for. Those of an "
                        "archive, OCI image or directory only run with this word, in a sandbox.",
                        {"host", "image"})),
         optional("mode", words("The mode that the image boots in.", {"permissive", "enforcing"})),
         optional("modules", list("a list of modules", "Policy modules to install.",
                                  text("the path of a .cil, .te or .pp file", "",
                                       "\\.(cil|te|pp)(\\.(bz2|gz|xz|zst))?$", max_path))),
         optional("booleans",
                  form("a map of booleans", "Policy booleans and their values.",
                       MapForm{boolean_name, form("true or false", "", BooleanForm{})})),
         optional("file_contexts",
                  list("a list of file contexts", "Local file context specifications.",
                       text("a file context such as \"/srv/www(/.*)? "
                            "system_u:object_r:httpd_sys_content_t:s0\"",
                            "PATH_REGEX [-d|--|-l|-c|-b|-p|-s] CONTEXT",
                            "^[^ \\t\\n#][^ \\t\\n]*([ \\t]+[^ \\t\\n]+){1,2}$", max_path,
                            specification))),
         optional("denials", denials()), optional("label", label())});
}

FormPtr sized_image(const image::Format& format) {
    const std::string name(format.name);
    std::string about = std::string(format.words) + ".";
    about.front() = static_cast<char>(std::toupper(about.front()));
    const FormPtr bytes = size("Its size; by default what the content needs and a margin.",
                               16 * mebibyte, 16 * tebibyte);
    return object(name + " with its size", "A format with its settings.",
                  {required(name, object("a map with size", about, {optional("size", bytes)}))});
}

FormPtr images() {
    std::vector<std::string> written;
    for (const image::Format* format : image::formats())
        written.emplace_back(format->name);
    std::vector<FormPtr> forms = {words("A format with its defaults.", written)};
    for (const image::Format* format : image::formats())
        if (format->sized) {
            written.push_back(std::string(format->name) + ": { size: 2G }");
            forms.push_back(sized_image(*format));
        }
    return list("a list of image formats", "What to write.", choice(either(written), "", forms), 1);
}

FormPtr boot() {
    StringForm context;
    context.check = process_context_problem;
    return object(
        "a map with run", "What a boot of the image is for.",
        {optional(
            "run",
            list("a list of maps with command",
                 "Commands that the booted image runs, one after the other; their denials count.",
                 object("a map with command, or with command and context", "",
                        {required("command", text("a shell command on one line", "A shell command.",
                                                  "", max_path)),
                         optional("context", text("a context such as "
                                                  "system_u:system_r:unconfined_t:s0",
                                                  "The context that it runs in.",
                                                  "^[A-Za-z0-9_.-]+(:[A-Za-z0-9_.-]+){2}"
                                                  "(:[a-z0-9.,:-]+)?$",
                                                  max_path, context))})))});
}

FormPtr launch() {
    return object(
        "a map", "How the image is launched.",
        {optional("mode", words("As a virtual machine, or as a container in its own SELinux "
                                "namespace, which takes a policy module of its own.",
                                {"vm", "namespace"})),
         optional("selinux_namespace",
                  words("Whether boot and converge need an SELinux namespace of its own for a "
                        "container (mode: namespace), or may use the machine's.",
                        {"required", "auto"})),
         optional("kernel", text("the name of a kernel recipe", "The name of a kernel recipe.",
                                 "^[A-Za-z0-9][A-Za-z0-9._-]*$", 60)),
         optional("vm", object("a map with memory and cpus", "The virtual machine.",
                               {optional("memory", size("Memory of the virtual machine.",
                                                        64 * mebibyte, tebibyte)),
                                optional("cpus",
                                         number("Processors of the virtual machine.", 1, 512))}))});
}

} // namespace

const Form& recipe_form() {
    static const FormPtr recipe = object(
        "a recipe: a map of keys such as name, from and packages",
        "What selns-build makes an image of.",
        {required("name", text("a name of letters, digits, '.', '_' and '-' that starts with a "
                               "letter or digit",
                               "The image's name; outputs are named after it.",
                               "^[A-Za-z0-9][A-Za-z0-9._-]*$", 60)),
         optional("hostname", text("a host name (RFC 1123)", "By default the name.",
                                   "^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
                                   "(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$",
                                   64)),
         optional("include", list("a list of recipes",
                                  "Recipes that this one is put over: maps are merged, "
                                  "lists appended, and later values win. A \"!\" behind "
                                  "a key replaces instead: \"images!\".",
                                  text("the path of a recipe", "", "", max_path))),
         required("from", from()), optional("repositories", repositories()),
         optional("packages", packages()), optional("root_password", root_password()),
         optional("files", files()), optional("commands", commands()),
         optional("selinux", selinux()), optional("images", images()), optional("boot", boot()),
         optional("launch", launch())});
    return *recipe;
}

} // namespace selns::recipe
