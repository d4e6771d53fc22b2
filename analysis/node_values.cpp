#include "analysis/node_values.hpp"

#include "analysis/cells.hpp"
#include "core/index.hpp"

namespace rackproof {

std::vector<NodeValue> values_of_node(const Run& facts, MetricSource& metrics,
                                      const std::string& node) {
    std::vector<NodeValue> values;
    const Survey survey{facts};
    for (std::size_t i = 0; i < metrics.names().size(); ++i) {
        const auto metric = metrics.metric(i);
        const MetricCells cells{survey, *metric, i};
        for (const TargetCell& cell : cells.cells()) {
            const Place& place = cell.place;
            const bool is_its = place.node >= 0 && place.peer_node < 0 && place.group < 0 &&
                                facts.nodes[at(place.node)].name == node;
            if (!is_its || !cell.value) continue;
            NodeValue value{metric->name, metric->unit, std::nullopt, *cell.value};
            if (place.device >= 0) {
                value.device = std::to_string(facts.devices[at(place.device)].index);
            }
            values.push_back(std::move(value));
        }
    }
    return values;
}

}  // namespace rackproof
