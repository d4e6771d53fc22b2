#include "reports/html_history.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/nightly_table.hpp"
#include "analysis/robust.hpp"
#include "core/index.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kMostNumbers = 500'000;  ///< of all lines together: 2.7 MB of page

/// What the table has of a night, in the metric's unit.
float value_of(const WorseScale& scale, float worse) {
    return std::isfinite(worse) ? static_cast<float>(scale.value(static_cast<double>(worse)))
                                : static_cast<float>(kNoValue);
}

Json usual_json(const NightlyTable& table, NightlyTable::Rows rows, const WorseScale& scale) {
    std::vector<float> usual;
    for (std::size_t night = 0; night < table.nights(); ++night) {
        std::vector<double> values;
        for (std::size_t row = rows.begin; row < rows.end; ++row) {
            const float worse = table.row(row)[night];
            if (std::isfinite(worse)) values.push_back(static_cast<double>(worse));
        }
        const std::optional<double> middle = median_in_place(values);
        usual.push_back(middle ? static_cast<float>(scale.value(*middle))
                               : static_cast<float>(kNoValue));
    }
    return packed(usual);
}

}  // namespace

HtmlHistory history_of(const Run& facts, const HtmlDetail& detail, std::size_t metrics,
                       const Past* past) {
    HtmlHistory history;
    if (past == nullptr || past->nights().empty()) return history;
    std::vector<std::size_t> devices(facts.nodes.size(), 0);
    for (const Device& device : facts.devices) ++devices[at(device.node)];
    std::size_t numbers = 0;
    for (const std::int32_t node : detail.worst) {
        const std::size_t lines = std::max<std::size_t>(devices[at(node)], 1) * metrics;
        numbers += lines * (past->nights().size() + 1);
        if (numbers > kMostNumbers) break;
        history.nodes.push_back(node);
    }
    history.left_out = detail.worst.size() - history.nodes.size();
    return history;
}

Json html_history(const Run& facts, const HtmlHistory& history, const Past* past) {
    Json nights = Json::array();
    if (past != nullptr && !past->nights().empty()) {
        for (const Night& night : past->nights()) nights.push_back(night.started);
        nights.push_back(facts.started);
    }
    return {{"nights", cleaned(std::move(nights))},
            {"nodes", packed(history.nodes)},
            {"left_out", history.left_out}};
}

Json html_past_metric(const Survey& survey, const Metric& metric, std::size_t index,
                      const HtmlHistory& history, Past& past) {
    const bool is_of_one_node = metric.scope == Scope::Device || metric.scope == Scope::Node;
    if (!is_of_one_node || history.nodes.empty()) return nullptr;
    std::vector<bool> is_drawn(survey.run->nodes.size(), false);
    for (const std::int32_t node : history.nodes) is_drawn[at(node)] = true;
    const MetricCells cells{survey, metric, index};
    const WorseScale scale{identity_of(metric)};
    const NightlyTable table{cells, scale, past};
    Json usual = Json::array();
    Json lines = Json::array();
    for (const NightlyTable::Rows& rows : table.skus()) {
        const std::size_t before = lines.size();
        for (std::size_t row = rows.begin; row < rows.end; ++row) {
            const Place& place = table.cell(row).place;
            if (!is_drawn[at(place.node)]) continue;
            std::vector<float> values;
            for (const float worse : table.row(row)) values.push_back(value_of(scale, worse));
            const std::int32_t device =
                place.device < 0 ? -1 : survey.run->devices[at(place.device)].index;
            lines.push_back({{"node", place.node},
                             {"device", device},
                             {"usual", usual.size()},
                             {"values", packed(values)}});
        }
        if (lines.size() > before) usual.push_back(usual_json(table, rows, scale));
    }
    if (lines.empty()) return nullptr;
    return {{"usual", std::move(usual)}, {"lines", std::move(lines)}};
}

}  // namespace rackproof
