#include "selns/verdict/findings.hpp"

#include "selns/verdict/advice.hpp"
#include "selns/verdict/companions.hpp"

#include <algorithm>
#include <deque>
#include <future>
#include <set>
#include <span>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>

namespace selns::verdict {

namespace {

auto key_of(const Finding& finding) {
    return std::tie(finding.verdict, finding.triple, finding.kind, finding.reason, finding.advice,
                    finding.hidden, finding.acceptable);
}

bool before(const Finding& a, const Finding& b) {
    return std::pair(key_of(a), a.commands.has_value()) <
           std::pair(key_of(b), b.commands.has_value());
}

bool earlier(const Location& a, const Location& b) {
    return std::tie(a.file, a.line) < std::tie(b.file, b.line);
}

void add(Finding& finding, Finding&& other) {
    finding.permissions.merge(other.permissions);
    finding.companions.merge(other.companions);
    if (finding.commands)
        finding.commands->merge(*other.commands);
    finding.records += other.records;
    finding.seen.merge(other.seen);
    if (earlier(other.at, finding.at))
        finding.at = other.at;
}

// What goes with the permissions that DENIAL's judgement allows, and would be allowed itself.
Permissions allowed_companions(const log::Denial& denial, const Judgement& judgement,
                               const Policy& policy, const Preferences& preferences,
                               const std::set<std::string>& declared) {
    if (!preferences.complete || judgement.verdict != Verdict::allow)
        return {};
    const Permissions companions = companions_of(denial.tclass, judgement.permissions);
    log::Denial asked;
    static_cast<log::Record&>(asked) = denial;
    asked.permissions.assign(companions.begin(), companions.end());
    Permissions allowed;
    if (!companions.empty())
        for (const Judgement& answer : judge(policy, preferences, declared, asked))
            if (answer.verdict == Verdict::allow)
                allowed.insert(answer.permissions.begin(), answer.permissions.end());
    return allowed;
}

// What a part of the denials comes to.
struct Share {
    std::deque<Finding> findings; // which are large: they stay where they are
    std::map<Verdict, std::uint64_t> records;
};

std::vector<Finding> combined(std::span<Share> shares) {
    // Findings are large: their places are sorted instead.
    std::vector<Finding*> order;
    for (Share& share : shares)
        for (Finding& finding : share.findings)
            order.push_back(&finding);
    std::ranges::stable_sort(order, before,
                             [](const Finding* finding) -> const Finding& { return *finding; });
    std::vector<Finding> result;
    result.reserve(order.size());
    for (Finding* finding : order)
        if (!result.empty() && !before(result.back(), *finding))
            add(result.back(), std::move(*finding));
        else
            result.push_back(std::move(*finding));
    for (Finding& finding : result)
        for (const std::string& seen : finding.permissions)
            finding.companions.erase(seen);
    return result;
}

// What one access is said to be for one reason, it can be for another one, too: it counts once.
void count_unique(Judged& judged) {
    const auto& findings = judged.findings;
    for (auto begin = findings.begin(); begin != findings.end();) {
        const auto end = std::find_if(begin, findings.end(), [&](const Finding& finding) {
            return finding.verdict != begin->verdict || finding.triple != begin->triple;
        });
        std::uint64_t& unique = judged.counts[begin->verdict].unique;
        if (end - begin == 1) {
            unique += begin->permissions.size();
        } else {
            std::set<std::string_view> permissions;
            for (auto at = begin; at != end; ++at)
                permissions.insert(at->permissions.begin(), at->permissions.end());
            unique += permissions.size();
        }
        begin = end;
    }
}

// Each once.
std::vector<Verdict> verdicts_of(const std::vector<Judgement>& judgements) {
    std::vector<Verdict> verdicts;
    for (const Judgement& judgement : judgements)
        if (std::ranges::find(verdicts, judgement.verdict) == verdicts.end())
            verdicts.push_back(judgement.verdict);
    return verdicts;
}

// FINDING, one more of a denial about the same access as the last one; mostly of the same verdict.
void add(Share& share, Finding&& finding, std::size_t first_of_access) {
    std::deque<Finding>& findings = share.findings;
    if (findings.size() > first_of_access && !before(findings.back(), finding) &&
        !before(finding, findings.back()))
        add(findings.back(), std::move(finding));
    else
        findings.push_back(std::move(finding));
}

// DENIALS are about the same access.
void judge_access(std::span<log::Denial> denials, const Policy& policy,
                  const Preferences& preferences, const std::set<std::string>& declared,
                  Share& share) {
    const std::size_t first = share.findings.size();
    const Triple triple = triple_of(denials.front());
    auto judgements = judge_together(policy, preferences, declared, denials);
    for (std::size_t i = 0; i < denials.size(); ++i) {
        log::Denial& denial = denials[i];
        for (const Verdict verdict : verdicts_of(judgements[i]))
            share.records[verdict] += denial.records;
        for (Judgement& judgement : judgements[i]) {
            const bool last = &judgement == &judgements[i].back();
            Permissions companions =
                allowed_companions(denial, judgement, policy, preferences, declared);
            add(share,
                {judgement.verdict,
                 denial.kind,
                 triple,
                 std::move(judgement.permissions),
                 std::move(companions),
                 std::move(judgement.commands),
                 std::move(judgement.reason),
                 std::move(judgement.advice),
                 denial.records,
                 last ? std::move(denial.seen) : denial.seen,
                 last ? std::move(denial.at) : denial.at,
                 judgement.hidden,
                 judgement.acceptable,
                 {},
                 {}},
                first);
        }
    }
}

Share judge_share(std::span<log::Denial> denials, const Policy& policy,
                  const Preferences& preferences, const std::set<std::string>& declared) {
    Share share;
    while (!denials.empty()) {
        const auto next = std::ranges::find_if(denials, [&](const log::Denial& denial) {
            return !same_access(denial, denials.front());
        });
        const auto count = static_cast<std::size_t>(next - denials.begin());
        judge_access(denials.first(count), policy, preferences, declared, share);
        denials = denials.subspan(count);
    }
    return share;
}

} // namespace

// Each denial is judged by itself, so every processor takes its share of them.
Judged judge_all(std::vector<log::Denial>& denials, const Policy& policy,
                 const Preferences& preferences, const std::set<std::string>& declared) {
    for (log::Denial& denial : denials)
        take_as_seen(policy, denial);
    constexpr std::size_t least = 256; // in a share: a thread has its price
    const std::size_t processors = std::max(1U, std::thread::hardware_concurrency());
    const std::size_t size = std::max(least, (denials.size() + processors - 1) / processors);
    std::vector<std::future<Share>> waiting;
    for (std::size_t at = 0; at < denials.size(); at += size) {
        const std::span part(&denials[at], std::min(size, denials.size() - at));
        const auto how = at + size < denials.size() ? std::launch::async : std::launch::deferred;
        waiting.push_back(std::async(
            how, [&, part] { return judge_share(part, policy, preferences, declared); }));
    }
    // The last one is this thread's own; it goes first while the others work.
    if (!waiting.empty())
        waiting.back().wait();
    std::vector<Share> shares;
    shares.reserve(waiting.size()); // or they would be copied
    for (std::future<Share>& each : waiting)
        shares.push_back(each.get());
    Judged judged;
    for (const Share& share : shares)
        for (const auto& [verdict, records] : share.records)
            judged.counts[verdict].records += records;
    judged.findings = combined(shares);
    add_advice(judged.findings, denials, policy);
    count_unique(judged);
    return judged;
}

} // namespace selns::verdict
