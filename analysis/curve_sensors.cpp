#include "analysis/curve_sensors.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "analysis/robust.hpp"
#include "core/run.hpp"

namespace rackproof {
namespace {

using Readings = std::vector<double> Curve::*;

constexpr std::size_t kFewestPeers = 4;

/// One kind of sensor over all devices of a burn-in.
struct Kind {
    const Burnin* burnin = nullptr;
    Readings column = nullptr;
    std::string name;
    const char* unit = "";
};

/// A stretch of equal readings, [begin, end) of the curve's steps.
struct Stretch {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t readings = 0;
};

std::vector<Stretch> stretches(const std::vector<double>& values) {
    std::vector<Stretch> all;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!std::isfinite(values[i])) continue;
        if (!all.empty() && values[all.back().begin] == values[i]) {
            all.back().end = i + 1;
            ++all.back().readings;
        } else {
            all.push_back({i, i + 1, 1});
        }
    }
    return all;
}

constexpr double kFinest_s = 0.01;

/// The time into the soak that the curves of a burn-in cover, and the step of the first one.
struct Covered {
    double from_s = 0;
    double to_s = 0;
    double period_s = kFinest_s;
};

Covered covered_by(const Burnin& burnin) {
    Covered covered;
    for (std::size_t i = 0; i < burnin.devices.size(); ++i) {
        const Curve curve = burnin.curve(i);
        if (i == 0) covered.period_s = period_of(curve).value_or(kFinest_s);
        if (curve.size() == 0) continue;
        covered.from_s = std::min(covered.from_s, curve.time_s.front() - curve.begin_s);
        covered.to_s = std::max(covered.to_s, curve.time_s.back() - curve.begin_s);
    }
    return covered;
}

/// The peers' median against the time into the soak, on even steps, once finish() was called.
class Usual {
  public:
    Usual(const Covered& covered, std::size_t devices) : from_s_{covered.from_s} {
        constexpr std::size_t kFewestSteps = 1000;
        constexpr std::size_t kMostSteps = 20'000;
        constexpr std::size_t kMostValues = 4'000'000;
        const double span_s = covered.to_s - covered.from_s;
        if (!std::isfinite(span_s)) return;
        const auto most =
            static_cast<double>(std::clamp(kMostValues / devices, kFewestSteps, kMostSteps));
        step_s_ = std::max({span_s / most, covered.period_s, kFinest_s});
        at_.resize(static_cast<std::size_t>(span_s / step_s_) + 1);
    }

    void add(const Curve& curve, const std::vector<double>& values) {
        std::size_t next = 0;
        double last = kNoValue;
        double read_s = 0;
        const double holds_s = 5 * period_of(curve).value_or(1) + step_s_;
        for (std::size_t step = 0; step < at_.size(); ++step) {
            const double now_s = time_s(step) + curve.begin_s;
            for (; next < curve.size() && curve.time_s[next] <= now_s; ++next) {
                if (!std::isfinite(values[next])) continue;
                last = values[next];
                read_s = curve.time_s[next];
            }
            if (std::isfinite(last) && now_s - read_s <= holds_s) at_[step].push_back(last);
        }
    }

    void finish() {
        for (std::vector<double>& values : at_) {
            const bool enough = values.size() >= kFewestPeers;
            median_.push_back(enough ? *median(std::move(values)) : kNoValue);
            highest_ = std::fmax(highest_, median_.back());
        }
        at_.clear();
    }

    /// How far it moved between two times into the soak; nullopt where there are too few peers.
    [[nodiscard]] std::optional<double> moved(double from_s, double to_s) const {
        double least = kNoValue;
        double most = kNoValue;
        const double first = std::max(std::ceil((from_s - from_s_) / step_s_), 0.0);
        for (auto i = static_cast<std::size_t>(first); i < median_.size(); ++i) {
            if (time_s(i) > to_s) break;
            least = std::fmin(least, median_[i]);
            most = std::fmax(most, median_[i]);
        }
        return std::isfinite(least) ? std::optional{most - least} : std::nullopt;
    }
    [[nodiscard]] bool has_peers() const { return std::isfinite(highest_); }
    [[nodiscard]] double highest() const { return highest_; }

  private:
    [[nodiscard]] double time_s(std::size_t step) const {
        return from_s_ + step_s_ * static_cast<double>(step);
    }

    double from_s_;
    double step_s_ = kFinest_s;
    double highest_ = kNoValue;
    std::vector<std::vector<double>> at_;  ///< each step's readings
    std::vector<double> median_;
};

std::string when_text(double into_soak_s) {
    constexpr double kMinute_s = 60;
    return into_soak_s < 0 ? fmt::format("{:.1f} min before the soak", -into_soak_s / kMinute_s)
                           : fmt::format("{:.1f} min into the soak", into_soak_s / kMinute_s);
}

bool was_read(const std::vector<double>& values) {
    return std::ranges::any_of(values, [](double value) { return std::isfinite(value); });
}

/// Of the consecutive readings in the soak, the share that differ.
double changing_share(const Curve& curve, const std::vector<double>& values) {
    double pairs = 0;
    double changes = 0;
    double before = kNoValue;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double time_s = curve.time_s[i];
        if (!std::isfinite(values[i]) || time_s < curve.begin_s) continue;
        if (time_s > curve.end_s) break;
        if (std::isfinite(before)) {
            pairs += 1;
            if (values[i] != before) changes += 1;
        }
        before = values[i];
    }
    return pairs > 0 ? changes / pairs : 0;
}

/// The largest step between two readings of the soak, once the load is even. A step of the power
/// at the same time explains a step of the temperature.
struct Jumps {
    std::size_t back_and_forth = 0;
    std::size_t for_good = 0;
    double largest = 0;
};

class JumpFinder {
  public:
    JumpFinder(const Curve& curve, const std::vector<double>& values) : curve_{&curve} {
        constexpr double kUneven_s = 60;
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (!std::isfinite(values[i]) || curve.time_s[i] < curve.begin_s + kUneven_s) continue;
            if (curve.time_s[i] > curve.end_s) break;
            steps_.push_back(i);
            values_.push_back(values[i]);
        }
    }
    [[nodiscard]] double largest() const {
        double most = 0;
        for (std::size_t i = 1; i < values_.size(); ++i) {
            if (!explained(i)) most = std::max(most, std::abs(values_[i] - values_[i - 1]));
        }
        return most;
    }
    [[nodiscard]] Jumps jumps(double threshold) const {
        Jumps found;
        for (std::size_t i = 1; i < values_.size(); ++i) {
            const double step = values_[i] - values_[i - 1];
            if (std::abs(step) < threshold || explained(i)) continue;
            found.largest = std::max(found.largest, std::abs(step));
            (comes_back(i, threshold) ? found.back_and_forth : found.for_good) += 1;
        }
        return found;
    }

  private:
    [[nodiscard]] bool explained(std::size_t i) const {
        constexpr double kPowerStep = 0.25;
        const double before = curve_->power_w[steps_[i - 1]];
        const double now = curve_->power_w[steps_[i]];
        return std::abs(now - before) > kPowerStep * std::max(std::abs(now), std::abs(before));
    }
    /// Within ten readings on either side it stands where it stood.
    [[nodiscard]] bool comes_back(std::size_t i, double threshold) const {
        constexpr std::size_t kSoon = 10;
        if (i + 1 == values_.size()) return true;  // nobody knows whether it would have stayed
        const std::size_t last = std::min(values_.size(), i + kSoon);
        for (std::size_t j = i + 1; j < last; ++j) {
            if (std::abs(values_[j] - values_[i - 1]) < threshold / 2) return true;
        }
        const std::size_t first = i > kSoon ? i - kSoon : 0;
        for (std::size_t j = first; j + 1 < i; ++j) {
            if (std::abs(values_[j] - values_[i]) < threshold / 2) return true;
        }
        return false;
    }

    const Curve* curve_;
    std::vector<std::size_t> steps_;
    std::vector<double> values_;
};

/// Looks at one kind of sensor, device by device: at all, finish(), then at each again.
class Examiner {
  public:
    Examiner(Kind kind, const Covered& covered)
        : kind_{std::move(kind)}, usual_{covered, kind_.burnin->devices.size()} {}

    void look_at(const Curve& curve) {
        const std::vector<double>& values = curve.*kind_.column;
        usual_.add(curve, values);
        if (!was_read(values)) return;
        ++readers_;
        largest_.push_back(JumpFinder{curve, values}.largest());
        changing_.push_back(changing_share(curve, values));
    }

    void finish() {
        constexpr double kTimesUsual = 3;
        usual_.finish();
        jump_ = std::max(kLeastJump, kTimesUsual * median(std::move(largest_)).value_or(0));
        usually_changing_ = quantile(std::move(changing_), 0.25).value_or(0);
    }

    [[nodiscard]] std::optional<SensorTrouble> trouble(std::size_t index,
                                                       const Curve& curve) const {
        const std::vector<double>& values = curve.*kind_.column;
        if (!was_read(values)) {
            if (2 * readers_ <= kind_.burnin->devices.size()) return std::nullopt;
            return SensorTrouble{index, SensorFault::NeverRead,
                                 kind_.name + " was never read, though its peers' were"};
        }
        if (auto died = died_early(curve, values)) {
            return SensorTrouble{index, SensorFault::Died, std::move(*died)};
        }
        if (auto frozen = frozen_at(curve, values)) {
            return SensorTrouble{index, SensorFault::Frozen, std::move(*frozen)};
        }
        if (auto jumps = jumping(curve, values)) {
            return SensorTrouble{index, SensorFault::Jumps, std::move(*jumps)};
        }
        return std::nullopt;
    }

  private:
    static constexpr double kLeastJump = 8;  // K
    [[nodiscard]] bool is_temperature() const { return kind_.column == &Curve::temperature; }

    [[nodiscard]] std::optional<std::string> died_early(const Curve& curve,
                                                        const std::vector<double>& values) const {
        constexpr double kSilence_s = 30;
        constexpr double kPeriods = 10;
        std::size_t last = values.size() - 1;
        while (!std::isfinite(values[last])) --last;
        const double silence_s = std::max(kSilence_s, kPeriods * period_of(curve).value_or(1));
        if (curve.time_s[last] >= curve.end_s - silence_s) return std::nullopt;
        return fmt::format("{} was read for the last time {}, {:.1f} min before its end: {}",
                           kind_.name, when_text(curve.time_s[last] - curve.begin_s),
                           (curve.end_s - curve.time_s[last]) / 60, "the sensor has died");
    }

    [[nodiscard]] std::optional<std::string> frozen_at(const Curve& curve,
                                                       const std::vector<double>& values) const {
        constexpr double kShortest_s = 30;
        constexpr std::size_t kFewest = 10;
        const double edge_s = std::max(5.0, 3 * period_of(curve).value_or(1));
        for (const Stretch& stretch : stretches(values)) {
            const double from_s = curve.time_s[stretch.begin] - curve.begin_s;
            const double to_s = curve.time_s[stretch.end - 1] - curve.begin_s;
            if (stretch.readings < kFewest || to_s - from_s < kShortest_s) continue;
            const std::string stood = fmt::format(
                "{} has stood at {:.4g} {} for {:.1f} min from {} on", kind_.name,
                values[stretch.begin], kind_.unit, (to_s - from_s) / 60, when_text(from_s));
            const auto moved = usual_.moved(from_s + edge_s, to_s - edge_s);
            if (moved && *moved >= least_move(curve)) {
                return fmt::format("{} while its peers' moved by {:.3g} {}: the sensor is frozen",
                                   stood, *moved, kind_.unit);
            }
            if (!usual_.has_peers() && load_moved(curve, stretch)) {
                return stood + " while the load changed: the sensor is frozen";
            }
            if (never_still(stretch)) {
                return stood + " while its peers' are never still: the sensor is frozen";
            }
        }
        return std::nullopt;
    }

    /// So much of the peers' moving is not overlooked by a healthy sensor.
    [[nodiscard]] double least_move(const Curve& curve) const {
        constexpr double kLeast = 3;
        constexpr double kSteps = 4;
        constexpr double kShareOfPower = 0.2;
        if (is_temperature()) return std::max(kLeast, kSteps * curve.resolution);
        return kShareOfPower * usual_.highest();
    }

    /// Without peers: the device's own power was high for a while and low for a while.
    [[nodiscard]] bool load_moved(const Curve& curve, const Stretch& stretch) const {
        constexpr double kShare = 0.4;
        constexpr double kWhile = 0.1;
        if (!is_temperature()) return false;
        std::vector<double> powers;
        for (std::size_t i = stretch.begin; i < stretch.end; ++i) {
            if (std::isfinite(curve.power_w[i])) powers.push_back(curve.power_w[i]);
        }
        const auto low = quantile(powers, kWhile);
        const auto high = quantile(powers, 1 - kWhile);
        return low && high && *high - *low >= kShare * *high;
    }

    /// A fine sensor shows each reading anew: so many equal ones in a row are no chance.
    [[nodiscard]] bool never_still(const Stretch& stretch) const {
        constexpr double kChance = 1e-9;
        constexpr double kUsually = 0.5;
        if (is_temperature() || usually_changing_ < kUsually || readers_ < kFewestPeers) {
            return false;
        }
        const double still = std::max(1 - usually_changing_, 0.25);
        return static_cast<double>(stretch.readings - 1) * std::log(still) < std::log(kChance);
    }

    [[nodiscard]] std::optional<std::string> jumping(const Curve& curve,
                                                     const std::vector<double>& values) const {
        constexpr std::size_t kMostSpikes = 4;  // each is a step there and one back
        if (!is_temperature()) return std::nullopt;
        const Jumps jumps = JumpFinder{curve, values}.jumps(jump_);
        if (jumps.back_and_forth <= kMostSpikes && jumps.for_good == 0) return std::nullopt;
        return fmt::format(
            "{} jumped {} times by up to {:.3g} K from one reading to the next under an even load: "
            "the sensor is not to be believed",
            kind_.name, jumps.back_and_forth + jumps.for_good, jumps.largest);
    }

    Kind kind_;
    Usual usual_;
    std::size_t readers_ = 0;
    std::vector<double> largest_;   ///< jump of each reader
    std::vector<double> changing_;  ///< share of each reader
    double jump_ = 0;
    double usually_changing_ = 0;
};

}  // namespace

std::vector<SensorTrouble> sensor_troubles(const Burnin& burnin) {
    const Covered covered = covered_by(burnin);
    std::vector<Examiner> examiners;
    if (!burnin.temperature_sensor.empty()) {
        examiners.emplace_back(
            Kind{&burnin, &Curve::temperature, burnin.temperature_sensor, "degC"}, covered);
    }
    if (!burnin.power_sensor.empty()) {
        examiners.emplace_back(Kind{&burnin, &Curve::power_w, burnin.power_sensor, "W"}, covered);
    }
    for (std::size_t i = 0; i < burnin.devices.size(); ++i) {
        const Curve curve = burnin.curve(i);
        for (Examiner& examiner : examiners) examiner.look_at(curve);
    }
    for (Examiner& examiner : examiners) examiner.finish();
    std::vector<SensorTrouble> troubles;
    for (std::size_t i = 0; i < burnin.devices.size(); ++i) {
        const Curve curve = burnin.curve(i);
        for (const Examiner& examiner : examiners) {
            auto trouble = examiner.trouble(i, curve);
            if (!trouble) continue;
            troubles.push_back(std::move(*trouble));
            break;
        }
    }
    return troubles;
}

}  // namespace rackproof
