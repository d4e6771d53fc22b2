#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "analysis/judgement.hpp"

namespace rackproof {

// Parts of the verdict JSON, as docs/file-format.md has them, for all that writes a judgement as
// JSON. Ordered: names stand in the order of that page. A number that is not finite is written as
// null by the library, and a byte that is not UTF-8 is replaced when the text is dumped.
using Json = nlohmann::ordered_json;

template <class Value>
[[nodiscard]] Json or_null(const std::optional<Value>& value) {
    return value ? Json(*value) : Json(nullptr);
}

template <class Items, class ToJson>
[[nodiscard]] Json list(const Items& items, ToJson to_json) {
    Json array = Json::array();
    for (const auto& item : items) array.push_back(to_json(item));
    return array;
}

[[nodiscard]] Json policy_json(const Policy& policy);
[[nodiscard]] Json summary_json(const std::vector<NodeVerdict>& nodes);
[[nodiscard]] Json rack_json(const RackVerdict& rack);
[[nodiscard]] Json finding_json(const Finding& finding);
[[nodiscard]] Json coverage_json(const Coverage& coverage);
[[nodiscard]] Json sensitivity_json(const Sensitivity& sensitivity);
[[nodiscard]] Json pair_fit_json(const PairFit& fit);

}  // namespace rackproof
