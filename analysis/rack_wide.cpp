#include "analysis/rack_wide.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <utility>

namespace rackproof {

bool is_rack_wide(std::size_t nodes, std::size_t affected, std::size_t all) {
    constexpr std::size_t kOneIn = 8;
    return nodes >= 2 && affected <= all && kOneIn * (all - affected) <= all;
}

Draft on_rack(const Survey& survey, std::int32_t rack, const std::vector<Draft>& drafts,
              std::string_view of_what, std::string action) {
    Draft draft = *std::ranges::max_element(drafts, {}, [](const Draft& each) {
        return std::pair{each.finding.verdict, -each.finding.deviation.value_or(0.0)};
    });
    std::set<std::int32_t> nodes;
    for (const Draft& each : drafts) nodes.insert(each.place.node);
    draft.of = fmt::format("rack {}: {} of its {} (worst: {})", survey.fleet.rack_name(rack),
                           drafts.size(), of_what, subject(*survey.run, draft.place));
    draft.place = {};
    draft.place.rack = rack;
    draft.watched.assign(nodes.begin(), nodes.end());
    draft.finding.action = std::move(action);
    return draft;
}

}  // namespace rackproof
