#include "core/outcome.hpp"

#include <algorithm>
#include <iterator>

namespace rackproof {

std::string_view to_string(Outcome outcome) noexcept {
    switch (outcome) {
        case Outcome::Completed: return "completed";
        case Outcome::WrongAnswer: return "wrong_answer";
        case Outcome::Failed: return "failed";
        case Outcome::TimedOut: return "timed_out";
        case Outcome::Lost: return "lost";
        case Outcome::Skipped: return "skipped";
        case Outcome::Excluded: return "excluded";
    }
    return "unknown";
}

std::string_view to_string(Verdict verdict) noexcept {
    switch (verdict) {
        case Verdict::Pass: return "pass";
        case Verdict::Watch: return "watch";
        case Verdict::NoData: return "no_data";
        case Verdict::Fail: return "fail";
    }
    return "unknown";
}

std::optional<Outcome> outcome_from(std::string_view text) noexcept {
    const auto* found = std::ranges::find_if(
        kAllOutcomes, [&](Outcome outcome) { return to_string(outcome) == text; });
    if (found == std::end(kAllOutcomes)) return std::nullopt;
    return *found;
}

std::optional<Verdict> verdict_from(std::string_view text) noexcept {
    for (const Verdict verdict : {Verdict::Pass, Verdict::Watch, Verdict::NoData, Verdict::Fail}) {
        if (to_string(verdict) == text) return verdict;
    }
    return std::nullopt;
}

std::optional<Outcome> outcome_from(std::uint8_t number) noexcept {
    if (number >= std::size(kAllOutcomes)) return std::nullopt;
    return kAllOutcomes[number];
}

}  // namespace rackproof
