#pragma once

#include <cstdint>
#include <vector>

#include "analysis/judgement.hpp"
#include "core/run.hpp"

namespace rackproof {

/// Of which nodes the report holds every value, attempt and fact: all of a small fleet, else those
/// that did not pass, the worst first as far as there is room.
struct HtmlDetail {
    bool is_all = false;
    std::vector<std::int32_t> nodes;      ///< ascending
    std::vector<std::int32_t> worst;      ///< those that did not pass, worst first
    std::vector<std::int32_t> of_node;    ///< by node: place in `nodes`, -1 = none
    std::vector<std::int32_t> devices;    ///< of those nodes, ascending
    std::vector<std::int32_t> of_device;  ///< by device: place in `devices`, -1 = none
    std::size_t left_out = 0;             ///< did not pass, and there was no room
};

[[nodiscard]] HtmlDetail detail_of(const Run& facts, const Judgement& judgement,
                                   std::size_t metrics);

}  // namespace rackproof
