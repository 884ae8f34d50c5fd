#include "selns/verdict/judgement.hpp"

#include "selns/base/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace selns::verdict {

namespace {

std::string obstacle_words(const std::vector<selinux::Obstacle>& obstacles) {
    std::vector<std::string> texts;
    for (const selinux::Obstacle& obstacle : obstacles)
        texts.push_back(obstacle.text);
    return join(texts, ", ");
}

std::string remedy_words(const std::vector<selinux::Obstacle>& obstacles) {
    std::vector<std::string> remedies;
    for (const selinux::Obstacle& obstacle : obstacles)
        if (!obstacle.remedy.empty() &&
            std::ranges::find(remedies, obstacle.remedy) == remedies.end())
            remedies.push_back(obstacle.remedy);
    return remedies.empty() ? std::string("nothing in a recipe satisfies it")
                            : "it wants " + join(remedies, " and ");
}

} // namespace

Judgement finding(Verdict verdict, std::string reason, std::string advice) {
    return {verdict, {}, {}, std::move(reason), std::move(advice)};
}

bool has_own_label(std::string_view tclass) {
    static constexpr std::array<std::string_view, 7> classes = {
        "file", "dir", "lnk_file", "chr_file", "blk_file", "sock_file", "filesystem"};
    return std::ranges::find(classes, tclass) != classes.end();
}

Judgement obstructed(const std::vector<selinux::Obstacle>& obstacles) {
    return finding(Verdict::constraint, obstacle_words(obstacles), remedy_words(obstacles));
}

} // namespace selns::verdict
