#include "analysis/fan_faults.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "analysis/rate_fall.hpp"
#include "analysis/robust.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kFewestAlike = 5;  // fans of one name, to be held against their median
constexpr double kStands_s = 60;
constexpr double kSlow = 0.7;  // of what is usual
constexpr double kVerySlow = 0.5;
constexpr double kFast = 1.4;
constexpr double kSpreads = 4;
constexpr double kCooler = 2;  // K

std::string minutes_text(double time_s) { return fmt::format("{:.1f} min", time_s / 60); }

/// Fans of one name, each held against the others.
class FanJudge {
  public:
    FanJudge(const SensorSeries& sensor, const std::vector<Cooled>& cooled,
             const std::vector<FanReadings>& fans)
        : sensor_{&sensor}, cooled_{&cooled}, fans_{&fans} {
        std::vector<double> logs;
        std::vector<double> temperatures;
        std::vector<std::vector<double>> by_part(kSoakParts);
        for (std::size_t i = 0; i < fans.size(); ++i) {
            const FanReadings& fan = fans[i];
            if (fan.readings > 0) ++read_;
            if (fan.stood_s >= kStands_s) ++standing_;
            if (fan.turned) ++turning_;
            if (fan.speed > 0) logs.push_back(std::log(fan.speed));
            if (std::isfinite(cooled[i].temperature)) temperatures.push_back(cooled[i].temperature);
            for (std::size_t part = 0; part < fan.parts.size(); ++part) {
                if (std::isfinite(fan.parts[part])) by_part[part].push_back(fan.parts[part]);
            }
        }
        if (logs.size() >= kFewestAlike) {
            usual_ = median(logs);
            spread_ = robust_spread(std::move(logs)).value_or(0);
            usual_temperature_ = median(std::move(temperatures));
            for (std::vector<double>& part : by_part) {
                usual_parts_.push_back(median(std::move(part)).value_or(kNoValue));
            }
        }
    }

    [[nodiscard]] std::optional<FanFault> fault(std::size_t index) const {
        const FanReadings& fan = (*fans_)[index];
        FanFault fault{fan.place, Verdict::Watch, sensor_->name, ""};
        if (auto why = not_read(fan, (*cooled_)[index])) {
            fault.what = std::move(*why);
        } else if (stopped(fan)) {
            fault.verdict = Verdict::Fail;
            fault.what = fmt::format("stood still for {} from {} into the soak on{}",
                                     minutes_text(fan.stood_until_s - fan.stood_since_s),
                                     minutes_text(fan.stood_since_s), beside_text());
        } else if (auto fall = slowing(fan, (*cooled_)[index])) {
            fault.what = std::move(*fall);
        } else if (usual_ && fan.speed > 0) {
            const double ratio = std::exp(std::log(fan.speed) - *usual_);
            if (is_far(ratio) && ratio < kSlow && !is_cooler((*cooled_)[index])) {
                fault.verdict = ratio < kVerySlow ? Verdict::Fail : Verdict::Watch;
                fault.what =
                    fmt::format("turns at {} over the soak, {:.0f} % slower than usual{}",
                                speed_text(fan.speed, *sensor_), 100 * (1 - ratio), beside_text());
            } else if (is_far(ratio) && ratio > kFast) {
                fault.what = fmt::format(
                    "turns at {} over the soak, {:.0f} % faster than usual{}: "
                    "what it cools asks for more than its peers do",
                    speed_text(fan.speed, *sensor_), 100 * (ratio - 1), beside_text());
            }
        }
        return fault.what.empty() ? std::nullopt : std::optional{std::move(fault)};
    }

  private:
    [[nodiscard]] std::string beside_text() const {
        return usual_ ? ", where its peers' turn at " + speed_text(std::exp(*usual_), *sensor_)
                      : std::string{};
    }

    [[nodiscard]] std::optional<std::string> not_read(const FanReadings& fan,
                                                      const Cooled& cooled) const {
        constexpr double kSilence_s = 30;
        constexpr double kPeriods = 10;
        if (fan.readings == 0) {
            if (2 * read_ <= fans_->size()) return std::nullopt;
            return "was never read in the soak, though its peers' were";
        }
        const double soak_s = cooled.end_s - cooled.begin_s;
        const double period_s = fan.last_s / static_cast<double>(fan.readings);
        if (soak_s - fan.last_s < std::max(kSilence_s, kPeriods * period_s)) return std::nullopt;
        return fmt::format("was read for the last time {} into a soak of {}",
                           minutes_text(fan.last_s), minutes_text(soak_s));
    }

    /// Where many of a name stand, they are made to; of few, one that goes on and off is, and one
    /// that never turned is not there, unless half of its name and more turn.
    [[nodiscard]] bool stopped(const FanReadings& fan) const {
        if (fan.stood_s < kStands_s) return false;
        if (fans_->size() >= kFewestAlike) return 4 * standing_ <= fans_->size();
        if (!fan.turned) return 2 * turning_ >= fans_->size();
        return fan.stood_until_s >= fan.last_s;
    }

    /// Slower and slower, or from some time on: against its peers at the same time, else by itself.
    [[nodiscard]] std::optional<std::string> slowing(const FanReadings& fan,
                                                     const Cooled& cooled) const {
        std::vector<float> slower;
        for (std::size_t part = 0; part < fan.parts.size(); ++part) {
            const double usual = usual_ ? usual_parts_[part] : 1;
            slower.push_back(static_cast<float>(std::log(usual / fan.parts[part])));
        }
        const std::optional<Change> change = change_within_soak(slower);
        if (!change || change->before - change->now > std::log(kSlow)) return std::nullopt;
        const double since_s = (cooled.end_s - cooled.begin_s) *
                               static_cast<double>(change->begin) / static_cast<double>(kSoakParts);
        return fmt::format("slowed down to {:.0f} % of its speed until then, {} {} into the soak{}",
                           100 * std::exp(change->before - change->now),
                           change->shape == ChangeShape::Step ? "since" : "falling since",
                           minutes_text(since_s), beside_text());
    }

    [[nodiscard]] bool is_far(double ratio) const {
        return std::abs(std::log(ratio)) > kSpreads * spread_;
    }
    /// A controller turns the fans of a cooler node more slowly, and is right.
    [[nodiscard]] bool is_cooler(const Cooled& cooled) const {
        return usual_temperature_ && cooled.temperature < *usual_temperature_ - kCooler;
    }

    const SensorSeries* sensor_;
    const std::vector<Cooled>* cooled_;
    const std::vector<FanReadings>* fans_;
    std::size_t read_ = 0;
    std::size_t standing_ = 0;
    std::size_t turning_ = 0;      ///< at some time
    std::optional<double> usual_;  ///< logarithm
    double spread_ = 0;            ///< of logarithms
    std::optional<double> usual_temperature_;
    std::vector<double> usual_parts_;
};

}  // namespace

std::vector<FanFault> fan_faults(const SensorSeries& sensor, const std::vector<Cooled>& cooled,
                                 const std::vector<FanReadings>& fans) {
    const FanJudge judge{sensor, cooled, fans};
    std::vector<FanFault> faults;
    for (std::size_t i = 0; i < fans.size(); ++i) {
        if (auto fault = judge.fault(i)) faults.push_back(std::move(*fault));
    }
    return faults;
}

}  // namespace rackproof
