#include "core/plan.hpp"

#include <cstddef>

namespace rackproof {

std::string_view to_string(Over over) noexcept {
    switch (over) {
        case Over::Node: return "node";
        case Over::Pairs: return "pairs";
        case Over::Group: return "group";
        case Over::Rack: return "rack";
    }
    return "unknown";
}

std::optional<Over> over_from(std::string_view text) noexcept {
    for (const Over over : {Over::Node, Over::Pairs, Over::Group, Over::Rack}) {
        if (to_string(over) == text) return over;
    }
    return std::nullopt;
}

std::string_view to_string(PairLoad load) noexcept {
    return load == PairLoad::None ? "none" : "others";
}

std::optional<PairLoad> pair_load_from(std::string_view text) noexcept {
    for (const PairLoad load : {PairLoad::None, PairLoad::Others}) {
        if (to_string(load) == text) return load;
    }
    return std::nullopt;
}

bool matches(std::string_view pattern, std::string_view name) {
    // Greedy with one way back: on a mismatch the last `*` takes one character more.
    std::size_t p = 0;
    std::size_t n = 0;
    std::size_t star = std::string_view::npos;
    std::size_t star_name = 0;
    while (n < name.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            star_name = n;
        } else if (p < pattern.size() && pattern[p] == name[n]) {
            ++p;
            ++n;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            n = ++star_name;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

}  // namespace rackproof
