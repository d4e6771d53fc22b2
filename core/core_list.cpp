#include "core/core_list.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

namespace rackproof {
namespace {

struct Range {
    int first = 0;
    int last = 0;
};

std::optional<int> core_number(std::string_view text) {
    int value = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || rest != text.data() + text.size()) return std::nullopt;
    return value;
}

/// Ranges, not cores: a list from a worker may claim any number of them. Ascending and apart.
std::vector<Range> ranges_of(std::string_view list) {
    std::vector<Range> ranges;
    while (!list.empty()) {
        const std::string_view item = list.substr(0, list.find(','));
        list.remove_prefix(std::min(list.size(), item.size() + 1));
        const std::size_t dash = item.find('-');
        const std::optional<int> first = core_number(item.substr(0, dash));
        const std::optional<int> last =
            dash == std::string::npos ? first : core_number(item.substr(dash + 1));
        if (first && last && *first <= *last) ranges.push_back({*first, *last});
    }
    std::ranges::sort(ranges, {}, &Range::first);
    std::vector<Range> apart;
    for (const Range& range : ranges) {
        if (!apart.empty() && range.first <= apart.back().last) {
            apart.back().last = std::max(apart.back().last, range.last);
        } else {
            apart.push_back(range);
        }
    }
    return apart;
}

}  // namespace

std::string shared_cores(std::string_view a, std::string_view b) {
    std::string shared;
    const std::vector<Range> of_a = ranges_of(a);
    const std::vector<Range> of_b = ranges_of(b);
    for (auto one = of_a.begin(), other = of_b.begin(); one != of_a.end() && other != of_b.end();) {
        const int first = std::max(one->first, other->first);
        const int last = std::min(one->last, other->last);
        if (first <= last) {
            if (!shared.empty()) shared += ',';
            shared += std::to_string(first);
            if (last > first) shared += "-" + std::to_string(last);
        }
        ++(one->last < other->last ? one : other);
    }
    return shared;
}

}  // namespace rackproof
