#include "analysis/simulator/pair_maker.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/simulator/draws.hpp"
#include "analysis/simulator/healthy.hpp"
#include "core/index.hpp"

namespace rackproof::simulator {
namespace {

bool holds(const Stretch& nodes, std::int32_t node) {
    return node >= nodes.first_node && node < nodes.end_node;
}

}  // namespace

PairMaker::PairMaker(const FleetSimulator& fleet, std::size_t index)
    : fleet_{fleet},
      model_{fleet.scenario().metrics[index]},
      index_{static_cast<std::uint32_t>(index)},
      direction_{model_.better == Direction::LowerIsBetter ? -1.0 : 1.0},
      slower_(fleet.pairs().size(), 0.0),
      is_cut_(fleet.pairs().size(), false) {
    for (const Planted& fault : fleet.planted()) {
        const FaultPlan& plan = fleet.scenario().faults[fault.plan];
        if (!plan.nights.contains(fleet.night())) continue;
        if (shows_in(plan, model_)) add_fault(plan, fault);
    }
}

bool PairMaker::is_on(const Planted& fault, const FaultPlan& plan, std::size_t pair) const {
    if (fault.level == FaultLevel::Link) return at(fault.unit) == pair;
    const Stretch nodes = fleet_.layout().stretch(fault.level, fault.unit);
    const MetPair& ends = fleet_.pairs()[pair];
    const bool first = holds(nodes, ends.first);
    const bool second = holds(nodes, ends.second);
    if (fault.level != FaultLevel::Uplink) return first || second;
    Draws way{fleet_.seed(), Purpose::PairUplink, static_cast<std::uint32_t>(fault.unit),
              static_cast<std::uint32_t>(pair)};
    return first != second && way.uniform() < plan.share;
}

void PairMaker::add_fault(const FaultPlan& plan, const Planted& fault) {
    const double grown = plan.growth == Growth::Linear ? fleet_.night() - plan.nights.first + 1 : 1;
    const double size = grown * size_in(plan, fault, model_);
    for (std::size_t pair = 0; pair < slower_.size(); ++pair) {
        if (!is_on(fault, plan, pair)) continue;
        if (plan.kind == FaultKind::Slow) slower_[pair] = std::max(slower_[pair], size);
        if (plan.kind == FaultKind::Missing) is_cut_[pair] = true;
    }
}

double PairMaker::healthy_level(std::size_t pair) const {
    const Scenario& scenario = fleet_.scenario();
    const Layout& layout = fleet_.layout();
    const auto [first, second] = fleet_.pairs()[pair];
    double level = model_.centre;
    for (const std::int32_t node : {first, second}) {
        level *= std::sqrt(fleet_.sku_of(node).scale);
        level *= positive(1 + direction_ * fleet_.node_effect(node));
    }
    if (layout.leaf_of(first) != layout.leaf_of(second)) {
        level *= 1 + direction_ * scenario.pairs.far_effect;
    }
    Draws way{fleet_.night_seed(), Purpose::PairWay, index_, static_cast<std::uint32_t>(pair)};
    if (way.uniform() < scenario.pairs.mode_fraction) {
        level *= 1 + direction_ * scenario.pairs.mode_effect;
    }
    Draws draws{fleet_.seed(), Purpose::MetricGoodness, index_, static_cast<std::uint32_t>(pair)};
    return level * positive(1 + direction_ * model_.spread * goodness(model_, 0, draws));
}

void PairMaker::add_broken_row(std::size_t pair, Outcome outcome, const char* why) {
    const auto [first, second] = fleet_.pairs()[pair];
    const std::size_t row = made_.metric.add_row({first, second}, 0, outcome);
    made_.reasons.push_back({model_.name, static_cast<std::int32_t>(row), why});
}

void PairMaker::add_row(std::size_t pair) {
    Draws fate{fleet_.night_seed(), Purpose::PairFate, index_, static_cast<std::uint32_t>(pair)};
    if (is_cut_[pair]) {
        add_broken_row(pair, Outcome::TimedOut, "no answer from the other node");
        return;
    }
    if (fate.uniform() < fleet_.scenario().pairs.failing) {
        add_broken_row(pair, Outcome::Failed, "the library answered with an error");
        return;
    }
    Metric& metric = made_.metric;
    const auto [first, second] = fleet_.pairs()[pair];
    metric.add_row({first, second}, 0, Outcome::Completed);
    metric.variant.back() = 0;
    Draws draws{fleet_.night_seed(), Purpose::Repetitions, index_,
                static_cast<std::uint32_t>(pair)};
    Draws of_night{fleet_.night_seed(), Purpose::NightNoise, index_,
                   static_cast<std::uint32_t>(pair)};
    const double level = healthy_level(pair) * positive(1 - direction_ * slower_[pair]) *
                         positive(1 + model_.night_noise * of_night.normal());
    for (std::size_t i = metric.values.size() - metric.repetitions; i < metric.values.size(); ++i) {
        metric.values[i] = level * positive(1 + model_.noise * draws.normal());
    }
}

SimulatedMetric PairMaker::make() {
    Metric& metric = made_.metric;
    metric.name = model_.name;
    metric.suite = suite_of(model_);
    metric.scope = model_.scope;
    metric.unit = model_.unit;
    metric.better = model_.better;
    metric.definition = "simulated";
    metric.repetitions = at(model_.repetitions);
    for (std::size_t pair = 0; pair < slower_.size(); ++pair) add_row(pair);
    return std::move(made_);
}

}  // namespace rackproof::simulator
