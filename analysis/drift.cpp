#include "analysis/drift.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "analysis/cohort.hpp"
#include "analysis/false_discovery.hpp"
#include "analysis/nightly_table.hpp"
#include "analysis/robust.hpp"
#include "analysis/slow.hpp"

namespace rackproof {
namespace {

/// No noise from night to night is believed to be smaller.
constexpr double kLeastNoise = 0.0005;
constexpr double kLeastNoiseKelvin = 0.2;
/// A median of differences is worth so many of the nights (of a MAD against a standard deviation).
constexpr double kEfficiency = 0.37;
/// What the other targets say of one's noise counts as so many degrees of freedom.
constexpr double kPeersCount = 10;
/// A shift of all is seen far better than one of a few, and costs all of them.
constexpr double kShareThatMattersOfAll = 0.5;

/// Racks of fewer targets are not looked at as such.
constexpr std::size_t kFewestTargets = 4;

constexpr const char* kAfterDrift =
    "Retest it alone; if it stays so, find out what was done to it that night (firmware, settings, "
    "repair, coolant) and compare clocks, power and temperature with its earlier runs'.";
constexpr const char* kAfterRackDrift =
    "Check what the rack's nodes share (coolant, power feeds and caps, switch) and what was done "
    "to it that night. Its nodes are not blamed.";
constexpr const char* kAfterShift =
    "Find out what was rolled out to all that night (driver, firmware, library, settings, "
    "coolant): no node is to blame. If it is to stay, begin a new history with it.";

std::string day_of(const std::string& time) {
    constexpr std::size_t kDay = 10;
    return time.substr(0, kDay);
}

/// A row of which something is to be said.
struct Found {
    std::size_t row = 0;
    Change change;
    double chance = 1;
    Verdict verdict = Verdict::Watch;
};

/// Series of one kind, held against their own pasts.
class Changes {
  public:
    Changes(std::vector<std::span<const float>> series, const WorseScale& scale)
        : series_{std::move(series)}, least_{scale.is_kelvin() ? kLeastNoiseKelvin : kLeastNoise} {
        std::vector<double> known;
        for (const auto& each : series_) {
            noises_.push_back(nightly_noise(each));
            if (noises_.back()) known.push_back(*noises_.back());
        }
        usual_ = median(std::move(known)).value_or(0);
        slower_ = wander();
    }

    [[nodiscard]] std::vector<Found> worse_by(double size, const Policy& policy) const {
        std::vector<Found> found;
        std::vector<double> chances;
        for (std::size_t i = 0; i < series_.size(); ++i) {
            if (!noises_[i] || !may_have_changed(series_[i], size)) continue;
            const auto change = worst_change(series_[i], slower_ * noise(i));
            if (!change || change->now - change->before < size) continue;
            found.push_back({i, *change, chance_of(*change, freedom(i)), Verdict::Watch});
            chances.push_back(found.back().chance);
        }
        const double fails = discovery_threshold(chances, series_.size(), policy.fail_q);
        const double watches = discovery_threshold(chances, series_.size(), policy.watch_q);
        std::erase_if(found, [&](const Found& each) { return each.chance > watches; });
        for (Found& each : found) {
            if (each.chance <= fails) each.verdict = Verdict::Fail;
        }
        return found;
    }

  private:
    [[nodiscard]] double own_freedom(std::size_t i) const {
        return kEfficiency * static_cast<double>(nights_with_values(series_[i]) - 1);
    }
    [[nodiscard]] double freedom(std::size_t i) const {
        return own_freedom(i) + (series_.size() > 1 ? kPeersCount : 0);
    }
    /// Its own and its peers', as moderated variances are (Smyth 2004).
    [[nodiscard]] double noise(std::size_t i) const {
        const double own = own_freedom(i) * *noises_[i] * *noises_[i];
        const double all = own + (freedom(i) - own_freedom(i)) * usual_ * usual_;
        return std::max(std::sqrt(all / freedom(i)), least_);
    }
    /// How much farther apart the halves of healthy series are than their noise from one night to
    /// the next says: nights that follow each other may be alike.
    [[nodiscard]] double wander() const {
        constexpr std::size_t kFewest = 8;
        std::vector<double> apart;
        for (std::size_t i = 0; i < series_.size(); ++i) {
            if (!noises_[i]) continue;
            if (const auto halves = halves_apart(series_[i], noise(i))) apart.push_back(*halves);
        }
        if (apart.size() < kFewest) return 1;
        return std::max(robust_spread(std::move(apart)).value_or(1), 1.0);
    }

    std::vector<std::span<const float>> series_;
    std::vector<std::optional<double>> noises_;
    double least_;
    double usual_ = 0;
    double slower_ = 1;
};

/// One sku of one metric.
class SkuDrift {
  public:
    SkuDrift(NightlyTable& table, NightlyTable::Rows rows, const MetricCells& cells,
             const Survey& survey, const std::vector<Night>& nights, const Policy& policy)
        : table_{&table},
          rows_{rows},
          metric_{identity_of(cells.metric())},
          index_{cells.index()},
          scale_{metric_},
          survey_{&survey},
          nights_{&nights},
          policy_{&policy},
          size_{scale_.difference(min_effect_of(cells.metric(), policy))},
          polished_{polish(table, rows, static_cast<std::size_t>(policy.min_cohort))} {}

    void judge(DriftReport& report) {
        judge_all(report);
        judge_racks(report);
        std::vector<std::span<const float>> series;
        for (std::size_t row = rows_.begin; row < rows_.end; ++row) {
            series.push_back(std::as_const(*table_).row(row));
        }
        for (const Found& found : Changes{std::move(series), scale_}.worse_by(size_, *policy_)) {
            Draft draft = draft_of(found, polished_.own[found.row], "its own past");
            draft.place = table_->cell(rows_.begin + found.row).place;
            draft.finding.action = kAfterDrift;
            report.drafts.push_back(std::move(draft));
        }
    }

  private:
    [[nodiscard]] std::size_t count() const { return rows_.end - rows_.begin; }

    [[nodiscard]] double usual() const { return median(polished_.own).value_or(0); }

    void judge_all(DriftReport& report) const {
        const std::span<const float> nightly{polished_.nightly};
        const double noise = std::max(nightly_noise(nightly).value_or(0),
                                      scale_.is_kelvin() ? kLeastNoiseKelvin : kLeastNoise);
        const auto change = worst_change(nightly, noise);
        if (!change) return;
        const double lost = change->now - change->before;
        if (lost < kShareThatMattersOfAll * size_) return;
        const double freedom = kEfficiency * static_cast<double>(nights_with_values(nightly) - 1);
        report.shifts.push_back(
            {index_, count(), *change, scale_.size(lost), chance_of(*change, freedom),
             scale_.value(usual() + change->before), scale_.value(usual() + change->now)});
    }

    /// Where most targets of a rack got worse together, the rack did; it is taken off them.
    void judge_racks(DriftReport& report) {
        constexpr std::size_t kFewestRacks = 3;
        std::map<std::int32_t, std::vector<std::size_t>> racks;
        for (std::size_t row = rows_.begin; row < rows_.end; ++row) {
            const Place& place = table_->cell(row).place;
            if (place.node < 0 || place.peer_node >= 0) continue;
            const std::int32_t rack = survey_->fleet.rack(place.node);
            if (rack >= 0) racks[rack].push_back(row);
        }
        std::erase_if(racks, [](const auto& rack) { return rack.second.size() < kFewestTargets; });
        if (racks.size() < kFewestRacks) return;
        std::vector<std::vector<float>> series;
        std::vector<std::pair<std::int32_t, std::vector<std::size_t>>> members;
        for (auto& [rack, rows] : racks) {
            series.push_back(median_series(rows));
            members.emplace_back(rack, std::move(rows));
        }
        const Changes changes{{series.begin(), series.end()}, scale_};
        for (const Found& found : changes.worse_by(size_, *policy_)) {
            const auto& [rack, rows] = members[found.row];
            Draft draft = draft_of(found, usual(), "the rack's own past");
            draft.place.rack = rack;
            draft.finding.action = kAfterRackDrift;
            for (const std::size_t row : rows) {
                const std::int32_t node = table_->cell(row).place.node;
                if (draft.watched.empty() || draft.watched.back() != node) {
                    draft.watched.push_back(node);
                }
                take_off(series[found.row], row);
            }
            report.drafts.push_back(std::move(draft));
        }
    }

    [[nodiscard]] std::vector<float> median_series(const std::vector<std::size_t>& rows) const {
        std::vector<float> series;
        for (std::size_t night = 0; night < table_->nights(); ++night) {
            std::vector<double> values;
            for (const std::size_t row : rows) {
                const float value = std::as_const(*table_).row(row)[night];
                if (std::isfinite(value)) values.push_back(value);
            }
            series.push_back(static_cast<float>(median(std::move(values)).value_or(kNoValue)));
        }
        return series;
    }

    void take_off(const std::vector<float>& series, std::size_t row) {
        const auto values = table_->row(row);
        for (std::size_t night = 0; night < values.size(); ++night) {
            if (std::isfinite(series[night])) values[night] -= series[night];
        }
    }

    [[nodiscard]] Draft draft_of(const Found& found, double own, const char* against) const {
        const Change& change = found.change;
        const double tonight = polished_.nightly.back();
        Draft draft;
        draft.metric = index_;
        Finding& finding = draft.finding;
        finding.verdict = found.verdict;
        finding.kind = FindingKind::Drift;
        finding.rule = kHistoryRule;
        finding.expected = scale_.value(own + tonight + change.before);
        finding.observed = scale_.value(own + tonight + change.now);
        const double size = scale_.size(change.now - change.before);
        if (!scale_.is_kelvin()) finding.deviation = -size;
        finding.p_value = found.chance;
        finding.cohort = static_cast<std::int64_t>(count());
        finding.since = change.begin < nights_->size() ? (*nights_)[change.begin].started
                                                       : survey_->run->started;
        draft.what = fmt::format("{} is {} {}, {}", metric_.name, worse_text(metric_, size),
                                 against, since_text(change));
        if (count() >= static_cast<std::size_t>(policy_->min_cohort)) {
            draft.what += "; what all lost together is not counted";
        }
        return draft;
    }

    [[nodiscard]] std::string since_text(const Change& change) const {
        const std::size_t all = nights_->size() + 1;
        const std::string& started = change.begin < nights_->size()
                                         ? (*nights_)[change.begin].started
                                         : survey_->run->started;
        const std::string night =
            fmt::format("{} (night {} of {})", day_of(started), change.begin + 1, all);
        if (change.shape == ChangeShape::Step) return "since " + night;
        const double each = scale_.size(change.per_night);
        return scale_.is_kelvin()
                   ? fmt::format("by {:.2f} K a night from {} on", each, night)
                   : fmt::format("by {:.2f} % a night from {} on", 100 * each, night);
    }

    NightlyTable* table_;
    NightlyTable::Rows rows_;
    MetricIdentity metric_;
    std::size_t index_;
    WorseScale scale_;
    const Survey* survey_;
    const std::vector<Night>* nights_;
    const Policy* policy_;
    double size_;
    Polished polished_;
};

/// "; that night the driver of most devices became '580' (it was '570')".
std::string changed_facts(const std::vector<Night>& nights, const Survey& survey,
                          std::size_t begin) {
    if (begin == 0) return "";
    const auto facts = begin < nights.size() ? nights[begin].facts : usual_facts(*survey.run);
    std::string text;
    for (const auto& [key, value] : facts) {
        const std::string& before = nights[begin - 1].facts.at(key);
        if (before == value) continue;
        text += fmt::format("; that night the {} of most devices became '{}' (it was '{}')", key,
                            value, before);
    }
    return text;
}

/// Those of one night, the worst first.
Draft fleet_draft(const std::vector<Shift>& alike, const std::vector<MetricIdentity>& metrics,
                  const Survey& survey, const std::vector<Night>& nights) {
    const Shift& worst = alike.front();
    const MetricIdentity& metric = metrics[worst.metric];
    const std::size_t begin = worst.change.begin;
    Draft draft;
    draft.metric = worst.metric;
    Finding& finding = draft.finding;
    finding.verdict = Verdict::Watch;
    finding.kind = FindingKind::Drift;
    finding.rule = kHistoryRule;
    finding.expected = worst.expected;
    finding.observed = worst.observed;
    if (!is_temperature(metric.unit)) finding.deviation = -worst.size;
    finding.p_value = worst.chance;
    finding.cohort = static_cast<std::int64_t>(worst.targets);
    finding.since = begin < nights.size() ? nights[begin].started : survey.run->started;
    finding.action = kAfterShift;
    const std::string others =
        alike.size() == 1
            ? ""
            : fmt::format(", and {} more of the metrics and skus with it", alike.size() - 1);
    draft.what = fmt::format(
        "{} is {} its own past on all of its {} targets together since {} (night {} of "
        "{}){}{}",
        metric.name, worse_text(metric, worst.size), worst.targets, day_of(finding.since),
        begin + 1, nights.size() + 1, others, changed_facts(nights, survey, begin));
    return draft;
}

}  // namespace

DriftReport judge_drift(const MetricCells& cells, const Survey& survey, Past& past,
                        const Policy& policy) {
    DriftReport report;
    if (cells.metric().better == Direction::None) return report;
    NightlyTable table{cells, WorseScale{identity_of(cells.metric())}, past};
    for (const NightlyTable::Rows& rows : table.skus()) {
        SkuDrift{table, rows, cells, survey, past.nights(), policy}.judge(report);
    }
    if (table.unlike_nights() > 0) {
        report.note = fmt::format(
            "{}: {} earlier runs left out, whose unit, direction, scope or parameters are others",
            cells.metric().name, table.unlike_nights());
    }
    return report;
}

void tell_of_shifts(const std::vector<Shift>& shifts, const std::vector<MetricIdentity>& metrics,
                    const Survey& survey, const std::vector<Night>& nights, const Policy& policy,
                    std::vector<Draft>& drafts) {
    constexpr std::size_t kSameNight = 2;
    std::vector<double> chances;
    chances.reserve(shifts.size());
    for (const Shift& shift : shifts) chances.push_back(shift.chance);
    const std::size_t compared = std::max(metrics.size(), shifts.size());
    const double watches = discovery_threshold(chances, compared, policy.watch_q);
    std::vector<Shift> left;
    for (const Shift& shift : shifts) {
        if (shift.chance <= watches) left.push_back(shift);
    }
    std::ranges::stable_sort(left, [](const Shift& a, const Shift& b) { return a.size > b.size; });
    while (!left.empty()) {
        const std::size_t begin = left.front().change.begin;
        const auto others = std::stable_partition(left.begin(), left.end(), [=](const Shift& each) {
            const std::size_t at = each.change.begin;
            return std::max(at, begin) - std::min(at, begin) <= kSameNight;
        });
        drafts.push_back(fleet_draft({left.begin(), others}, metrics, survey, nights));
        left.erase(left.begin(), others);
    }
}

}  // namespace rackproof
