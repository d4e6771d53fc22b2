#include "app/scenario_tables.hpp"

#include <cmath>
#include <limits>
#include <span>
#include <utility>

#include "core/unit_text.hpp"
#include "core/utf8.hpp"

namespace rackproof::scenario_tables {
namespace {

using simulator::FaultKind;
using simulator::FaultLevel;
using simulator::Growth;
using simulator::Missing;
using simulator::Piece;
using simulator::Tail;

constexpr std::int64_t kMostCount = std::numeric_limits<std::int32_t>::max();

template <class Value>
struct Word {
    std::string_view text;
    Value value;
};

constexpr Word<Tail> kTails[] = {
    {"normal", Tail::Normal}, {"skewed", Tail::Skewed}, {"t3", Tail::StudentT3}};
constexpr Word<Piece> kPieces[] = {
    {"device", Piece::Device}, {"node", Piece::Node}, {"rack", Piece::Rack}};
constexpr Word<Direction> kDirections[] = {{"higher", Direction::HigherIsBetter},
                                           {"lower", Direction::LowerIsBetter},
                                           {"none", Direction::None}};
constexpr Word<Scope> kScopes[] = {{"device", Scope::Device}, {"node", Scope::Node}};
constexpr Word<FaultKind> kKinds[] = {{"slow", FaultKind::Slow},
                                      {"unstable", FaultKind::Unstable},
                                      {"wrong_answer", FaultKind::WrongAnswer},
                                      {"missing", FaultKind::Missing},
                                      {"hardware", FaultKind::Hardware}};
constexpr Word<FaultLevel> kLevels[] = {{"device", FaultLevel::Device},
                                        {"node", FaultLevel::Node},
                                        {"rack", FaultLevel::Rack},
                                        {"fleet", FaultLevel::Fleet}};
constexpr Word<Growth> kGrowths[] = {{"step", Growth::Step}, {"linear", Growth::Linear}};
constexpr Word<Missing> kMissing[] = {
    {"absent", Missing::Absent},    {"no_number", Missing::NoNumber},
    {"failed", Missing::Failed},    {"timed_out", Missing::TimedOut},
    {"lost", Missing::Lost},        {"skipped", Missing::Skipped},
    {"excluded", Missing::Excluded}};

/// The value that a key names by one of a few words.
template <class Value, std::size_t Count>
void take_word(TomlTable& table, std::string_view key, const Word<Value> (&words)[Count],
               Value& value) {
    const std::optional<std::string> text = table.text(key);
    if (!text) return;
    std::string expected;
    for (const Word<Value>& word : words) {
        if (word.text == *text) {
            value = word.value;
            return;
        }
        expected += (expected.empty() ? "" : ", ") + std::string{word.text};
    }
    throw InputError{table.place_of(key), "'" + std::string{key} + "' is '" + printable(*text) +
                                              "'; expected one of: " + expected};
}

void take(TomlTable& table, std::string_view key, double& value) {
    value = table.number(key).value_or(value);
}

void take(TomlTable& table, std::string_view key, std::string& value) {
    if (auto text = table.text(key)) value = std::move(*text);
}

void take(TomlTable& table, std::string_view key, std::optional<std::string>& value) {
    if (auto text = table.text(key)) value = std::move(text);
}

void take(TomlTable& table, std::string_view key, std::int32_t& value) {
    value = static_cast<std::int32_t>(table.integer(key, 0, kMostCount).value_or(value));
}

void take(TomlTable& table, std::string_view key, std::optional<std::int32_t>& value) {
    if (const auto count = table.integer(key, 0, kMostCount)) {
        value = static_cast<std::int32_t>(*count);
    }
}

double needed(TomlTable& table, std::string_view key, std::string_view expected) {
    const std::optional<double> value = table.number(key);
    if (!value) table.refuse_missing(key, expected);
    return *value;
}

/// A number, or a list of the two between which it is drawn.
std::optional<simulator::Range> range(TomlTable& table, std::string_view key) {
    const toml::node* node = table.raw(key);
    if (node == nullptr) return std::nullopt;
    if (const auto single = node->value<double>(); single && std::isfinite(*single)) {
        return simulator::Range{*single, *single};
    }
    const toml::array* list = node->as_array();
    if (list != nullptr && list->size() == 2) {
        const auto low = list->get(0)->value<double>();
        const auto high = list->get(1)->value<double>();
        if (low && high && std::isfinite(*low) && std::isfinite(*high)) {
            return simulator::Range{*low, *high};
        }
    }
    throw InputError{table.place_of(key), "'" + std::string{key} +
                                              "' is no size; expected a number, or a list of the "
                                              "two between which it is drawn"};
}

void take(TomlTable& table, simulator::Nights& nights) {
    const auto night = [&](std::string_view key, std::int32_t usual) {
        return static_cast<std::int32_t>(table.integer(key, 1, kMostCount).value_or(usual));
    };
    nights.first = night("first_night", nights.first);
    nights.last = night("last_night", nights.last);
}

/// The texts of a table of facts, such as [fleet.inventory].
void take_facts(TomlTable& table, std::string_view key, std::map<std::string, std::string>& facts) {
    std::optional<TomlTable> found = table.table(key);
    if (!found) return;
    for (const std::string& name : found->keys()) facts[name] = found->text(name).value_or("");
}

void take_unit(TomlTable& table, simulator::MetricModel& metric) {
    const std::string text = table.text("unit").value_or("1");
    const std::optional<ScaledUnit> unit = scaled_unit(text);
    if (!unit) {
        throw InputError{table.place_of("unit"), "unit '" + printable(text) +
                                                     "' is not known; expected one such as "
                                                     "\"GB/s\", \"TFLOP/s\", \"us\", \"degC\""};
    }
    metric.unit = unit->base;
    metric.centre *= unit->factor;
}

}  // namespace

void read_fleet(TomlTable& table, simulator::Scenario& scenario) {
    take(table, "nodes", scenario.nodes);
    take(table, "devices_per_node", scenario.devices_per_node);
    take(table, "nodes_per_rack", scenario.nodes_per_rack);
    take(table, "racks_per_row", scenario.racks_per_row);
    take_word(table, "skus_by", kPieces, scenario.skus_by);
    take(table, "device_kind", scenario.device_kind);
    take(table, "driver", scenario.driver);
    take(table, "vbios", scenario.vbios);
    take_facts(table, "inventory", scenario.inventory);
    take(table, "algorithm", scenario.algorithm);
    take(table, "library", scenario.library);
    take(table, "transport", scenario.transport);
    take(table, "node_spread", scenario.node_spread);
    table.refuse_unknown_keys();
}

simulator::SkuModel read_sku(TomlTable& table) {
    simulator::SkuModel sku;
    const std::optional<std::string> name = table.text("name");
    if (!name) table.refuse_missing("name", "the sku's name");
    sku.name = *name;
    take(table, "vendor", sku.vendor);
    take(table, "model", sku.model);
    take(table, "fraction", sku.fraction);
    take(table, "scale", sku.scale);
    take(table, "devices_per_node", sku.devices_per_node);
    if (auto centres = table.table("centre")) {
        for (const std::string& metric : centres->keys()) {
            sku.centre[metric] = needed(*centres, metric, "a number in the base unit");
        }
    }
    table.refuse_unknown_keys();
    return sku;
}

std::vector<simulator::MetricModel> read_metric(TomlTable& table) {
    constexpr std::int64_t kMostCopies = 1000;
    simulator::MetricModel metric;
    const std::optional<std::string> name = table.text("name");
    if (!name) table.refuse_missing("name", "the metric's name, such as \"gemm.bf16\"");
    metric.name = *name;
    take(table, "suite", metric.suite);
    metric.centre = needed(table, "centre", "what a healthy target reaches, in 'unit'");
    take_unit(table, metric);
    take_word(table, "better", kDirections, metric.better);
    take_word(table, "scope", kScopes, metric.scope);
    take(table, "spread", metric.spread);
    take_word(table, "tail", kTails, metric.tail);
    take(table, "skew", metric.skew);
    take(table, "correlation", metric.correlation);
    take(table, "noise", metric.noise);
    take(table, "night_noise", metric.night_noise);
    take(table, "repetitions", metric.repetitions);
    take(table, "outlier_rate", metric.outlier_rate);
    take(table, "outlier_size", metric.outlier_size);
    const auto copies = table.integer("copies", 1, kMostCopies);
    table.refuse_unknown_keys();
    if (!copies) return {metric};
    std::vector<simulator::MetricModel> metrics;
    for (std::int64_t i = 1; i <= *copies; ++i) {
        metrics.push_back(metric);
        metrics.back().name += "." + std::to_string(i);
    }
    return metrics;
}

simulator::Population read_population(TomlTable& table) {
    simulator::Population part;
    take(table, "name", part.name);
    part.fraction = needed(table, "fraction", "a share of the fleet, from 0 to 1");
    take_word(table, "by", kPieces, part.by);
    take(table, "effect", part.effect);
    part.metrics = table.texts("metrics");
    take(table, "driver", part.driver);
    take(table, "vbios", part.vbios);
    take_facts(table, "inventory", part.inventory);
    take(table, "algorithm", part.algorithm);
    take(table, "library", part.library);
    take(table, "transport", part.transport);
    take(table, part.nights);
    table.refuse_unknown_keys();
    return part;
}

simulator::Gradient read_gradient(TomlTable& table) {
    simulator::Gradient gradient;
    gradient.effect = needed(table, "effect", "the change from the first slot to the last");
    gradient.metrics = table.texts("metrics");
    table.refuse_unknown_keys();
    return gradient;
}

simulator::RackEffect read_rack_effect(TomlTable& table) {
    simulator::RackEffect effect;
    effect.spread = needed(table, "spread", "by how much racks differ");
    effect.metrics = table.texts("metrics");
    table.refuse_unknown_keys();
    return effect;
}

simulator::FaultPlan read_fault(TomlTable& table) {
    simulator::FaultPlan fault;
    if (table.raw("kind") == nullptr) {
        table.refuse_missing("kind", "one of: slow, unstable, wrong_answer, missing, hardware");
    }
    take(table, "name", fault.name);
    take_word(table, "kind", kKinds, fault.kind);
    take_word(table, "level", kLevels, fault.level);
    take(table, "count", fault.count);
    if (table.raw("fraction") != nullptr) fault.fraction = table.number("fraction");
    fault.size = range(table, "size");
    fault.size_in_spreads = range(table, "size_in_spreads");
    fault.metrics = table.texts("metrics");
    take_word(table, "missing", kMissing, fault.missing);
    take(table, "attempts", fault.attempts);
    take(table, "inside", fault.inside);
    take(table, fault.nights);
    take_word(table, "growth", kGrowths, fault.growth);
    take(table, "code", fault.code);
    take(table, "text", fault.text);
    table.refuse_unknown_keys();
    return fault;
}

}  // namespace rackproof::scenario_tables
