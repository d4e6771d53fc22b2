#include "analysis/simulator/metric_maker.hpp"

#include <algorithm>

#include "analysis/simulator/draws.hpp"
#include "analysis/simulator/healthy.hpp"
#include "core/index.hpp"

namespace rackproof::simulator {
namespace {

constexpr std::int32_t kNoFate = -1;

Outcome outcome_of(Missing missing) {
    switch (missing) {
        case Missing::Failed: return Outcome::Failed;
        case Missing::TimedOut: return Outcome::TimedOut;
        case Missing::Skipped: return Outcome::Skipped;
        case Missing::Excluded: return Outcome::Excluded;
        case Missing::Lost:
        case Missing::Absent:
        case Missing::NoNumber: return Outcome::Lost;
    }
    return Outcome::Lost;
}

const char* reason_of(Outcome outcome) {
    switch (outcome) {
        case Outcome::Completed: return "";
        case Outcome::WrongAnswer: return "the result differs from the reference";
        case Outcome::Failed: return "the library answered with an error";
        case Outcome::TimedOut: return "not done by the deadline";
        case Outcome::Lost: return "the process died";
        case Outcome::Skipped: return "not possible here";
        case Outcome::Excluded: return "an earlier gate took the node out";
    }
    return "";
}

bool repeats(Outcome outcome) {
    return outcome == Outcome::Failed || outcome == Outcome::TimedOut || outcome == Outcome::Lost;
}

std::string suite_of(const MetricModel& model) {
    return model.suite.empty() ? model.name.substr(0, model.name.find('.')) : model.suite;
}

}  // namespace

MetricMaker::MetricMaker(const FleetSimulator& fleet, std::size_t index)
    : fleet_{fleet},
      model_{fleet.scenario_.metrics[index]},
      index_{static_cast<std::uint32_t>(index)},
      direction_{model_.better == Direction::LowerIsBetter ? -1.0 : 1.0} {
    const Span all = targets(fleet.layout_.stretch(FaultLevel::Fleet, 0));
    level_.resize(at(all.end));
    noise_.assign(at(all.end), model_.noise);
    fate_.assign(at(all.end), kNoFate);
    set_centres();
    add_populations();
    add_places();
    add_faults();
}

MetricMaker::Span MetricMaker::targets(const Stretch& stretch) const {
    if (model_.scope == Scope::Node) return {stretch.first_node, stretch.end_node};
    return {stretch.first_slot, stretch.end_slot};
}

std::int32_t MetricMaker::node_of(std::int32_t target) const {
    return model_.scope == Scope::Node ? target : fleet_.layout_.node_of_slot[at(target)];
}

std::int32_t MetricMaker::slot_of(std::int32_t target) const {
    return model_.scope == Scope::Node ? fleet_.layout_.first_slot[at(target)] : target;
}

void MetricMaker::move(std::int32_t target, double effect) {
    if (in_kelvin(model_)) {
        level_[at(target)] += direction_ * effect;
    } else {
        level_[at(target)] *= 1 + direction_ * effect;
    }
}

void MetricMaker::set_centres() {
    std::vector<double> centre_of_sku;
    for (const SkuModel& sku : fleet_.skus_) {
        const auto own = sku.centre.find(model_.name);
        const double scale = in_kelvin(model_) ? 1 : sku.scale;
        centre_of_sku.push_back(own == sku.centre.end() ? model_.centre * scale : own->second);
    }
    for (std::size_t i = 0; i < level_.size(); ++i) {
        const std::int32_t node = node_of(static_cast<std::int32_t>(i));
        level_[i] = centre_of_sku[at(fleet_.layout_.sku[at(node)])];
    }
}

void MetricMaker::add_populations() {
    for (std::size_t i = 0; i < fleet_.members_.size(); ++i) {
        const Population& part = fleet_.scenario_.populations[i];
        const bool of_devices = part.by == Piece::Device;
        if (!concerns(part.metrics, model_.name)) continue;
        if (of_devices && model_.scope == Scope::Node) continue;
        for (std::size_t target = 0; target < level_.size(); ++target) {
            const auto number = static_cast<std::int32_t>(target);
            if (fleet_.has_effect(i, slot_of(number))) move(number, part.effect);
        }
    }
}

void MetricMaker::add_places() {
    const Layout& layout = fleet_.layout_;
    std::vector<double> of_rack(at(layout.racks()), 0.0);
    const auto& effects = fleet_.scenario_.rack_effects;
    for (std::size_t i = 0; i < effects.size(); ++i) {
        if (!concerns(effects[i].metrics, model_.name)) continue;
        for (std::size_t rack = 0; rack < of_rack.size(); ++rack) {
            Draws draws{fleet_.seed_, Purpose::RackEffect, static_cast<std::uint32_t>(i),
                        static_cast<std::uint32_t>(rack)};
            of_rack[rack] += effects[i].spread * draws.normal();
        }
    }
    double top = 0;
    for (const Gradient& gradient : fleet_.scenario_.gradients) {
        if (concerns(gradient.metrics, model_.name)) top += gradient.effect;
    }
    for (std::size_t i = 0; i < level_.size(); ++i) {
        const auto target = static_cast<std::int32_t>(i);
        const std::int32_t node = node_of(target);
        double effect = of_rack[at(layout.rack_of(node))] + top * layout.height_of(node);
        if (!in_kelvin(model_)) effect += fleet_.node_effect_[at(node)];
        move(target, effect);
    }
}

void MetricMaker::add_faults() {
    for (const Planted& fault : fleet_.planted_) {
        const FaultPlan& plan = fleet_.scenario_.faults[fault.plan];
        if (!plan.nights.contains(fleet_.night_)) continue;
        if (shows_in(plan, model_)) add_fault(plan, fault);
    }
}

void MetricMaker::add_fault(const FaultPlan& plan, const Planted& fault) {
    const Span hit = targets(fleet_.layout_.stretch(fault.level, fault.unit));
    const double grown = plan.growth == Growth::Linear ? fleet_.night_ - plan.nights.first + 1 : 1;
    const double size = grown * size_in(plan, fault, model_);
    for (std::int32_t target = hit.first; target < hit.end; ++target) {
        switch (plan.kind) {
            case FaultKind::Slow: move(target, -size); break;
            case FaultKind::Unstable: noise_[at(target)] = size; break;
            case FaultKind::WrongAnswer:
            case FaultKind::Missing:
                fate_[at(target)] = static_cast<std::int32_t>(fault.plan);
                break;
            case FaultKind::Hardware: break;
        }
    }
}

double MetricMaker::healthy_level(std::int32_t target) const {
    Draws draws{fleet_.seed_, Purpose::MetricGoodness, index_, static_cast<std::uint32_t>(target)};
    const double common = model_.scope == Scope::Device ? fleet_.device_goodness_[at(target)] : 0.0;
    const double better = model_.spread * goodness(model_, common, draws);
    Draws of_night{fleet_.night_seed_, Purpose::NightNoise, index_,
                   static_cast<std::uint32_t>(target)};
    const double tonight = model_.night_noise * of_night.normal();
    return varied(varied(level_[at(target)], direction_ * better), tonight);
}

double MetricMaker::varied(double level, double effect) const {
    return in_kelvin(model_) ? level + effect : level * positive(1 + effect);
}

void MetricMaker::explain(const std::string& text) {
    made_.reasons.push_back(
        {model_.name, static_cast<std::int32_t>(made_.metric.rows()) - 1, text});
}

void MetricMaker::add_empty_row(std::int32_t target, Outcome outcome, std::int32_t attempt) {
    const std::int32_t index =
        model_.scope == Scope::Node ? target : fleet_.device_of_slot_[at(target)];
    made_.metric.add_row({index, -1}, attempt, outcome);
    if (outcome != Outcome::Completed) explain(reason_of(outcome));
}

void MetricMaker::add_samples(std::int32_t target) {
    Metric& metric = made_.metric;
    Draws draws{fleet_.night_seed_, Purpose::Repetitions, index_,
                static_cast<std::uint32_t>(target)};
    const double level = healthy_level(target);
    const std::size_t first = metric.values.size() - metric.repetitions;
    for (std::size_t i = first; i < metric.values.size(); ++i) {
        metric.values[i] = varied(level, noise_[at(target)] * draws.normal());
    }
    metric.variant.back() = fleet_.variant_of_slot_[at(slot_of(target))];
    if (model_.outlier_rate == 0.0 || draws.uniform() >= model_.outlier_rate) return;
    double& outlier = metric.values[first + draws.below(metric.repetitions)];
    outlier = varied(outlier, -direction_ * model_.outlier_size);
}

void MetricMaker::add_rows(std::int32_t target) {
    if (model_.scope == Scope::Device && fleet_.device_of_slot_[at(target)] < 0) return;
    const std::int32_t fate = fate_[at(target)];
    if (fate == kNoFate) {
        add_empty_row(target, Outcome::Completed, 0);
        add_samples(target);
        return;
    }
    const FaultPlan& plan = fleet_.scenario_.faults[at(fate)];
    if (plan.kind == FaultKind::WrongAnswer) {
        add_empty_row(target, Outcome::WrongAnswer, 0);
        add_samples(target);
    } else if (plan.missing == Missing::NoNumber) {
        add_empty_row(target, Outcome::Completed, 0);
    } else if (plan.missing != Missing::Absent) {
        const Outcome outcome = outcome_of(plan.missing);
        const std::int32_t attempts = repeats(outcome) ? plan.attempts : 1;
        for (std::int32_t i = 0; i < attempts; ++i) add_empty_row(target, outcome, i);
    }
}

SimulatedMetric MetricMaker::make() {
    Metric& metric = made_.metric;
    metric.name = model_.name;
    metric.suite = suite_of(model_);
    metric.scope = model_.scope;
    metric.unit = model_.unit;
    metric.better = model_.better;
    metric.definition = "simulated";
    metric.repetitions = at(model_.repetitions);
    metric.values.reserve(level_.size() * metric.repetitions);
    for (std::size_t i = 0; i < level_.size(); ++i) add_rows(static_cast<std::int32_t>(i));
    return std::move(made_);
}

SimulatedMetric FleetSimulator::metric(std::size_t index) const {
    return MetricMaker{*this, index}.make();
}

}  // namespace rackproof::simulator
