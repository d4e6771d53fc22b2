#include "analysis/judgement.hpp"

namespace rackproof {

std::string_view to_string(Level level) noexcept {
    switch (level) {
        case Level::Device: return "device";
        case Level::Node: return "node";
        case Level::Link: return "link";
        case Level::Rack: return "rack";
        case Level::Fleet: return "fleet";
    }
    return "unknown";
}

std::string_view to_string(FindingKind kind) noexcept {
    switch (kind) {
        case FindingKind::Slow: return "slow";
        case FindingKind::Unstable: return "unstable";
        case FindingKind::Drift: return "drift";
        case FindingKind::Limit: return "limit";
        case FindingKind::WrongAnswer: return "wrong_answer";
        case FindingKind::Hardware: return "hardware";
        case FindingKind::Missing: return "missing";
    }
    return "unknown";
}

std::optional<FindingKind> finding_kind_from(std::string_view text) noexcept {
    for (const FindingKind kind :
         {FindingKind::Slow, FindingKind::Unstable, FindingKind::Drift, FindingKind::Limit,
          FindingKind::WrongAnswer, FindingKind::Hardware, FindingKind::Missing}) {
        if (to_string(kind) == text) return kind;
    }
    return std::nullopt;
}

}  // namespace rackproof
