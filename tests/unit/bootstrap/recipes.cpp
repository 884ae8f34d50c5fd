#include "recipes.hpp"

namespace selns::test {

recipe::Recipe full_recipe() {
    recipe::Recipe recipe;
    recipe.file = "/recipes/web.yaml";
    recipe.name = "web";
    recipe.from.release().name = "bookworm";
    recipe.from.release().components = {"main"};
    recipe.packages = {{"udev", {"web.yaml", 4, 12}},
                       {"systemd-sysv", {"web.yaml", 4, 18}},
                       {"udev", {"web.yaml", 4, 30}}};
    recipe.local_packages = {{"/recipes/first one.deb", {"web.yaml", 4, 40}},
                             {"/recipes/second.deb", {"web.yaml", 4, 60}}};
    recipe.commands = {{"systemctl enable it", {"web.yaml", 9, 5}},
                       {"echo 'a\nb' > /etc/it", {"web.yaml", 10, 5}}};
    recipe::Repository repository;
    repository.uri = "file:///srv/repository";
    repository.suite = "stable";
    repository.components = {"main"};
    repository.at = {"web.yaml", 6, 5};
    recipe.repositories = {repository};
    return recipe;
}

const bootstrap::AptArchives& debian_archives() {
    static const bootstrap::AptArchives archives = {"Debian",
                                                    "/usr/share/keyrings/keyring.gpg",
                                                    "debian-archive-keyring",
                                                    {"/debian", "/debian-security"},
                                                    {"sid", "unstable"}};
    return archives;
}

bootstrap::AptHost bookworm_host() {
    return {"amd64",
            "mmdebstrap 1.3.5-7 apt 2.6.1",
            {{"http://mirror.example/debian", "bookworm", {"main"}, "", "Debian", {}},
             {"http://mirror.example/debian", "bookworm-updates", {"main"}, "", "Debian", {}}},
            "/usr/share/keyrings/debian-archive-keyring.gpg"};
}

bootstrap::Ingredients full_ingredients() {
    return {
        {}, {"-----BEGIN KEY-----\n\nAAAA\n-----END KEY-----\n"}, {"hash1", "hash2"}, "tree", true};
}

} // namespace selns::test
