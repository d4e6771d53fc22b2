#include "analysis/simulator/planting.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "analysis/simulator/draws.hpp"
#include "core/error.hpp"

namespace rackproof::simulator {
namespace {

constexpr std::int32_t kNoPlan = -1;

/// The units of this level whose devices all carry just the fault plan `owner`.
std::vector<std::int32_t> candidates(const Layout& layout, FaultLevel level,
                                     const std::vector<std::int32_t>& owners, std::int32_t owner) {
    std::vector<std::int32_t> found;
    for (std::int32_t unit = 0; unit < layout.count(level); ++unit) {
        const Stretch stretch = layout.stretch(level, unit);
        const auto first = owners.begin() + stretch.first_slot;
        const auto last = owners.begin() + stretch.end_slot;
        if (std::all_of(first, last, [owner](std::int32_t other) { return other == owner; })) {
            found.push_back(unit);
        }
    }
    return found;
}

std::size_t wanted(const FaultPlan& plan, std::size_t units) {
    if (plan.count) return static_cast<std::size_t>(*plan.count);
    return static_cast<std::size_t>(std::lround(*plan.fraction * static_cast<double>(units)));
}

std::string told(const Scenario& scenario, std::size_t index) {
    const FaultPlan& plan = scenario.faults[index];
    return "fault " + std::to_string(index + 1) +
           (plan.name.empty() ? std::string{} : " ('" + plan.name + "')");
}

std::int32_t plan_named(const Scenario& scenario, const std::string& name) {
    if (name.empty()) return kNoPlan;
    const auto found = std::ranges::find(scenario.faults, name, &FaultPlan::name);
    return static_cast<std::int32_t>(found - scenario.faults.begin());
}

double drawn_size(const FaultPlan& plan, Draws& draws) {
    const std::optional<Range>& range = plan.size ? plan.size : plan.size_in_spreads;
    return range ? draws.between(range->low, range->high) : 0;
}

}  // namespace

std::vector<Planted> plant(const Scenario& scenario, const Layout& layout, std::uint64_t seed) {
    std::vector<Planted> planted;
    std::vector<std::int32_t> owners(static_cast<std::size_t>(layout.slots()), kNoPlan);
    for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
        const FaultPlan& plan = scenario.faults[i];
        const bool everywhere = plan.level == FaultLevel::Fleet;
        const std::vector<std::int32_t> units =
            everywhere ? std::vector<std::int32_t>{0}
                       : candidates(layout, plan.level, owners, plan_named(scenario, plan.inside));
        const auto in_all =
            plan.inside.empty() ? static_cast<std::size_t>(layout.count(plan.level)) : units.size();
        const std::size_t count = everywhere ? 1 : wanted(plan, in_all);
        if (count > units.size()) {
            throw InputError{told(scenario, i) + " asks for " + std::to_string(count) + " " +
                             std::string{to_string(plan.level)} + "s, and " +
                             std::to_string(units.size()) + " without another fault are left"};
        }
        Draws where{seed, Purpose::Fault, static_cast<std::uint32_t>(i)};
        Draws sizes{seed, Purpose::FaultSize, static_cast<std::uint32_t>(i)};
        for (const std::int32_t unit : chosen(units, count, where)) {
            planted.push_back({i, plan.level, unit, drawn_size(plan, sizes)});
            if (everywhere) continue;
            const Stretch stretch = layout.stretch(plan.level, unit);
            std::fill(owners.begin() + stretch.first_slot, owners.begin() + stretch.end_slot,
                      static_cast<std::int32_t>(i));
        }
    }
    return planted;
}

double size_in(const FaultPlan& plan, const Planted& fault, const MetricModel& metric) {
    return plan.size_in_spreads ? fault.drawn_size * metric.spread : fault.drawn_size;
}

bool shows_in(const FaultPlan& plan, const MetricModel& metric) {
    if (plan.kind == FaultKind::Hardware) return false;
    if (plan.level == FaultLevel::Device && metric.scope != Scope::Device) return false;
    return concerns(plan.metrics, metric.name);
}

}  // namespace rackproof::simulator
