#include "selns/verdict/judgement.hpp"

#include "selns/base/text.hpp"

#include <algorithm>
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

Judgement obstructed(const std::vector<selinux::Obstacle>& obstacles) {
    return finding(Verdict::constraint, obstacle_words(obstacles), remedy_words(obstacles));
}

} // namespace selns::verdict
