#include "selns/recipe/read.hpp"

#include "selns/base/text.hpp"
#include "selns/recipe/check.hpp"
#include "selns/recipe/package_names.hpp"
#include "selns/recipe/scalar.hpp"

#include <charconv>
#include <set>

namespace selns::recipe {

namespace {

bool serves_as_hostname(const std::string& name) {
    yaml::Node node;
    node.kind = yaml::Kind::string;
    node.text = name;
    return fits(*std::get<ObjectForm>(recipe_form().rule).find("hostname")->form, node);
}

void read_names(const Value& root, Recipe& recipe) {
    if (const auto name = root.get("name"))
        recipe.name = recipe.hostname = name->text();
    if (const auto hostname = root.get("hostname"))
        recipe.hostname = hostname->text();
    const auto name = root.get("name");
    if (name && !root.has("hostname") && !serves_as_hostname(recipe.name))
        name->report("\"" + recipe.name +
                     "\" cannot serve as the host name, too; add the key "
                     "hostname");
}

std::vector<std::string> read_texts(const std::optional<Value>& list) {
    std::vector<std::string> texts;
    if (list)
        for (const Value& item : list->items())
            texts.push_back(item.text());
    return texts;
}

Release read_release(const Value& value, const Source& source, const Inputs& inputs) {
    Release release;
    release.at = value.at();
    if (const auto name = value.get("release"))
        release.name = name->text();
    if (const auto mirror = value.get("mirror"))
        release.mirror = mirror->text();
    release.components.assign(source.components.begin(), source.components.end());
    if (source.kind == SourceKind::apt && value.has("components"))
        release.components = read_texts(value.get("components"));
    if (const auto key = value.get("key"))
        release.key = inputs.file(*key);
    return release;
}

RootArchive read_archive(const Value& value, const Inputs& inputs) {
    RootArchive archive;
    if (const auto sha256 = value.get("sha256"))
        archive.sha256 = sha256->text();
    const auto file = value.get("file");
    if (!file)
        return archive;
    if (!file->text().starts_with("https://")) {
        archive.file = inputs.file(*file);
        return archive;
    }
    archive.url = file->text();
    archive.file.at = file->at();
    if (!value.has("sha256"))
        file->report("what is downloaded needs a sha256 beside it");
    return archive;
}

OciImage read_oci(const Value& value, const Inputs& inputs) {
    OciImage image;
    if (const auto path = value.get("path"))
        image.path = inputs.file_or_directory(*path);
    if (const auto ref = value.get("ref"))
        image.ref = ref->text();
    if (const auto platform = value.get("platform"))
        image.platform = platform->text();
    return image;
}

RootDirectory read_directory(const Value& value, const Inputs& inputs) {
    RootDirectory root;
    if (const auto path = value.get("path"))
        root.path = inputs.directory(*path);
    return root;
}

From read_from(const Value& value, const Inputs& inputs) {
    From from;
    for (const Source& source : sources()) {
        const auto what = value.get(source.key);
        if (!what)
            continue;
        from.key = source.key;
        switch (source.kind) {
        case SourceKind::apt:
        case SourceKind::dnf:
            from.what = read_release(*what, source, inputs);
            break;
        case SourceKind::archive:
            from.what = read_archive(*what, inputs);
            break;
        case SourceKind::oci:
            from.what = read_oci(*what, inputs);
            break;
        case SourceKind::directory:
            from.what = read_directory(*what, inputs);
            break;
        }
    }
    return from;
}

// apt's have suites and components, dnf's are directories.
void read_suite(const Value& value, const Source& source, Repository& repository) {
    const auto suite = value.get("suite");
    const auto components = value.get("components");
    if (source.kind == SourceKind::dnf) {
        for (const auto& other : {suite, components})
            if (other)
                other->report("a repository of " + std::string(source.words) +
                              " has only uri, the directory with its repodata, and key");
        return;
    }
    if (!value.has("suite"))
        value.report("expected suite, such as bookworm, or ./ for a flat repository");
    repository.components = read_texts(components);
    if (suite) {
        repository.suite = suite->text();
        const bool flat = repository.suite.ends_with('/');
        if (flat && components)
            components->report("a flat repository (its suite ends in /) has no components");
        if (!flat && !value.has("components"))
            value.report("expected components, such as main, for the suite " + repository.suite);
    }
}

Repository read_repository(const Value& value, const Source& source, const Inputs& inputs) {
    Repository repository;
    repository.at = value.at();
    if (const auto uri = value.get("uri"))
        repository.uri = uri->text();
    read_suite(value, source, repository);
    if (const auto key = value.get("key"))
        repository.key = inputs.file(*key);
    return repository;
}

void read_packages(const Value& list, const Inputs& inputs, Recipe& recipe) {
    for (const Value& package : list.items()) {
        if (const std::string problem = package_problem(recipe.from.source(), package.text());
            !problem.empty())
            package.report(problem);
        else if (package.text().starts_with('.') || package.text().starts_with('/'))
            recipe.local_packages.push_back(inputs.file(package));
        else
            recipe.packages.push_back({package.text(), package.at()});
    }
}

RootPassword read_root_password(const Value& value) {
    RootPassword password;
    if (value.get("empty"))
        password.kind = RootPassword::Kind::empty;
    if (const auto hash = value.get("hash")) {
        password.kind = RootPassword::Kind::hash;
        password.hash = hash->text();
    }
    return password;
}

std::uint16_t octal(const std::string& digits) {
    std::uint16_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value, 8);
    return value;
}

File read_file_entry(const Value& value, const Inputs& inputs) {
    File file;
    file.at = value.at();
    if (const auto source = value.get("source"))
        file.source = inputs.file_or_directory(*source);
    if (const auto content = value.get("content"))
        file.content = content->text();
    if (const auto target = value.get("target")) {
        file.target = target->text();
        if (file.content && file.target.ends_with('/'))
            target->report("expected the path of a file, since content makes one; this ends in /");
    }
    if (const auto mode = value.get("mode")) {
        file.mode = octal(mode->text());
        std::error_code ignored;
        if (file.source && std::filesystem::is_directory(file.source->value, ignored))
            mode->report("only a single file takes a mode; the source is a directory");
    }
    return file;
}

Image read_image(const Value& value) {
    Image image;
    image.at = value.at();
    if (!value.is_object()) {
        image.format = &image::format(value.text());
        return image;
    }
    for (const image::Format* format : image::formats())
        if (const auto settings = format->sized ? value.get(format->name) : std::nullopt) {
            image.format = format;
            if (const auto size = settings->get("size"))
                image.size = size->number();
        }
    return image;
}

std::vector<Image> read_images(const Value& list) {
    std::vector<Image> images;
    std::set<const image::Format*> formats;
    for (const Value& item : list.items()) {
        images.push_back(read_image(item));
        if (!formats.insert(images.back().format).second)
            item.report("this format is asked for twice");
    }
    return images;
}

Boot read_boot(const Value& value) {
    Boot boot;
    if (const auto run = value.get("run"))
        for (const Value& item : run->items()) {
            Workload& workload = boot.run.emplace_back();
            workload.at = item.at();
            if (const auto command = item.get("command"))
                workload.command = command->text();
            if (const auto context = item.get("context"))
                workload.context = context->text();
        }
    return boot;
}

Launch read_launch(const Value& value) {
    Launch launch;
    if (const auto mode = value.get("mode"))
        launch.mode = mode->text() == "namespace" ? LaunchMode::namespaced : LaunchMode::vm;
    if (const auto wanted = value.get("selinux_namespace"))
        launch.own_namespace = wanted->text() == "required";
    if (const auto kernel = value.get("kernel"))
        launch.kernel = kernel->text();
    if (const auto vm = value.get("vm")) {
        if (const auto memory = vm->get("memory"))
            launch.memory = memory->number();
        if (const auto cpus = vm->get("cpus"))
            launch.cpus = static_cast<unsigned>(cpus->number());
    }
    return launch;
}

void read_sources(const Value& root, const Inputs& inputs, Recipe& recipe) {
    if (const auto from = root.get("from"))
        recipe.from = read_from(*from, inputs);
    if (const auto repositories = root.get("repositories"))
        for (const Value& repository : repositories->items())
            recipe.repositories.push_back(
                read_repository(repository, recipe.from.source(), inputs));
    if (const auto packages = root.get("packages"))
        read_packages(*packages, inputs, recipe);
}

void read_changes(const Value& root, const Inputs& inputs, Recipe& recipe) {
    if (const auto password = root.get("root_password"))
        recipe.root_password = read_root_password(*password);
    if (const auto files = root.get("files"))
        for (const Value& file : files->items())
            recipe.files.push_back(read_file_entry(file, inputs));
    if (const auto commands = root.get("commands"))
        for (const Value& command : commands->items())
            recipe.commands.push_back({command.text(), command.at()});
    const auto& policies = recipe.from.source().policies;
    recipe.selinux.policy = policies.empty() ? std::string() : std::string(policies.front());
    if (const auto selinux = root.get("selinux"))
        read_selinux(*selinux, inputs, recipe.selinux);
    if (const auto& from = recipe.selinux.policy_from)
        for (const auto& package : from->packages)
            recipe.packages.push_back(package);
}

} // namespace

Recipe read(const Value& root, const Path& file, std::map<std::string, Path> folders) {
    Recipe recipe;
    recipe.file = file;
    const Inputs inputs(file.parent_path(), std::move(folders));
    if (const auto included = root.get("include"))
        for (const Value& item : included->items())
            recipe.included.push_back(inputs.path(item));
    read_names(root, recipe);
    read_sources(root, inputs, recipe);
    read_changes(root, inputs, recipe);
    if (const auto images = root.get("images"))
        recipe.images = read_images(*images);
    else
        for (const image::Format* format : image::formats())
            recipe.images.push_back({format, {}, root.at()});
    if (const auto boot = root.get("boot"))
        recipe.boot = read_boot(*boot);
    if (const auto launch = root.get("launch"))
        recipe.launch = read_launch(*launch);
    return recipe;
}

} // namespace selns::recipe
