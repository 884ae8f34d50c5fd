#include "selns/log/loss.hpp"

#include "selns/log/scan.hpp"

namespace selns::log {

namespace {

std::string_view loss_of_audit(std::string_view text) {
    if (text.starts_with("backlog limit exceeded"))
        return "the kernel's audit backlog limit was exceeded";
    if (text.starts_with("rate limit exceeded"))
        return "the kernel's audit rate limit was exceeded";
    if (text.starts_with("kauditd hold queue overflow"))
        return "the kernel's audit queue overflowed";
    if (text.starts_with("out of memory in audit_"))
        return "the kernel had no memory for audit records";
    if (take(text, "audit_lost=") && !text.empty() && is_digit(text.front()) && text.front() != '0')
        return "the kernel counted lost audit records";
    return {};
}

} // namespace

std::string_view loss_in(std::string_view text) {
    if (!text.starts_with("aud") && !text.starts_with("kauditd") &&
        !text.starts_with("systemd-journald") && !text.starts_with("selns-run: ") &&
        !text.starts_with("sedispatch"))
        return {};
    if (text.starts_with("sedispatch"))
        return contains(text, ": AVC Message ") ? "a denial is told of that is not in this log"
                                                : std::string_view();
    if (text.starts_with("selns-run: "))
        return contains(text, " lost") ? "selns-run lost denials" : std::string_view();
    if (text.starts_with("systemd-journald"))
        return contains(text, ": Missed ") && contains(text, " kernel messages")
                   ? "journald missed kernel messages"
                   : std::string_view();
    if (contains(text, " callbacks suppressed"))
        return "the kernel's rate limit suppressed audit messages";
    if (contains(text, "dropping event") || contains(text, "event lost"))
        return "the audit daemon dropped events";
    return take(text, "audit: ") ? loss_of_audit(text) : std::string_view();
}

} // namespace selns::log
