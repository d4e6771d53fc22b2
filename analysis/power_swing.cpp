#include "analysis/power_swing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "analysis/power_sources.hpp"
#include "analysis/variant_facts.hpp"

namespace rackproof {
namespace {

using Kept = LimitAnswer::Kept;

/// What one wave says of one limit.
struct OneAnswer {
    std::optional<double> value;
    std::string not_known;  ///< beyond the value; empty if all is known
};

OneAnswer range_answer(const SwungWave& wave) {
    const WavePower& power = wave.power;
    // The third line of a square wave makes its corners.
    constexpr double kLines = 3;
    const double needed_hz = (wave.facts.shape == "square" ? kLines : 1) / wave.facts.period_s;
    if (power.known_to_hz >= needed_hz) return {power.range_w, ""};
    return {power.range_w, fmt::format("{} shows nothing faster than {:.3g} Hz: its range may be "
                                       "larger than it says",
                                       power.from, power.known_to_hz)};
}

OneAnswer ramp_answer(const SwungWave& wave, double window_s) {
    const WavePower& power = wave.power;
    const double finest_s = std::max(*step_of(*power.part), power.averages_s);
    if (window_s < finest_s) {
        return {std::nullopt, fmt::format("{} has a value each {:.3g} s, and the limit is over "
                                          "{:.3g} s",
                                          power.from, finest_s, window_s)};
    }
    const std::optional<double> steepest = steepest_of(*power.part, window_s);
    if (!steepest) return {std::nullopt, fmt::format("it is shorter than {:.3g} s", window_s)};
    return {steepest, ""};
}

OneAnswer band_answer(const SwungWave& wave, const SwingLimit& limit) {
    const WavePower& power = wave.power;
    OneAnswer answer;
    for (const SpectralLine& line : power.lines) {
        if (line.hz < limit.from_hz || line.hz > limit.to_hz) continue;
        answer.value = std::max(answer.value.value_or(0), line.amplitude_w);
    }
    if (power.known_to_hz < limit.to_hz) {
        answer.not_known =
            fmt::format("{} shows nothing faster than {:.3g} Hz", power.from, power.known_to_hz);
    } else if (!answer.value) {
        answer.not_known = "it is too short for a line in the band";
    }
    return answer;
}

OneAnswer answer_of(const SwungWave& wave, const SwingLimit& limit) {
    if (wave.facts.outcome != Outcome::Completed) {
        return {std::nullopt,
                wave.facts.reason.empty() ? "it did not complete" : wave.facts.reason};
    }
    if (!wave.power.part) return {std::nullopt, wave.power.why_not};
    switch (limit.kind) {
        case SwingLimit::Kind::Range: return range_answer(wave);
        case SwingLimit::Kind::Ramp: return ramp_answer(wave, limit.window_s);
        case SwingLimit::Kind::Band: break;
    }
    return band_answer(wave, limit);
}

LimitAnswer answer_of(const std::vector<SwungWave>& waves, const SwingLimit& limit) {
    LimitAnswer answer;
    answer.limit = limit;
    for (const SwungWave& wave : waves) {
        const OneAnswer one = answer_of(wave, limit);
        if (!one.not_known.empty()) {
            answer.not_known.push_back(wave.facts.metric + ": " + one.not_known);
        }
        if (!one.value || (answer.value && *one.value <= *answer.value)) continue;
        answer.value = one.value;
        answer.wave = wave.facts.metric;
    }
    if (answer.value && *answer.value > limit.most) {
        answer.kept = Kept::No;
    } else if (answer.value && answer.not_known.empty()) {
        answer.kept = Kept::Yes;
    }
    return answer;
}

void describe(std::optional<PowerSeries> part, const SwingWaveFacts& facts, WavePower& power) {
    power.known_to_hz = highest_hz(*part);
    power.averages_s = part->averages_s;
    power.range_w = range_of(*part);
    power.lines = spectrum_of(*part, facts.from_s(), facts.length_s(),
                              std::min(kHighest_hz, power.known_to_hz));
    power.part = std::move(part);
}

std::string kind_of(const Run& run, const std::string& metric) {
    const auto found = std::ranges::find(run.metrics, metric, &Metric::name);
    return found == run.metrics.end() ? "cpu" : device_kind_of(*found);
}

WavePower power_in(const Run& run, TelemetryColumns& telemetry, const SwingWaveFacts& facts,
                   const PowerSeries* meter) {
    WavePower power;
    if (facts.loaded.empty()) {
        power.why_not = "the file has no times of its ranks";
        return power;
    }
    const double to_s = facts.from_s() + facts.length_s();
    if (meter != nullptr) {
        std::optional<PowerSeries> part = part_of(*meter, facts.from_s(), to_s);
        if (part) {
            power.from = "the meter";
            describe(std::move(part), facts, power);
        } else {
            power.why_not = "the meter does not cover all of its time";
        }
        return power;
    }
    SensorPower sensors = power_of_sensors(run, telemetry, facts.nodes, kind_of(run, facts.metric),
                                           facts.from_s(), to_s);
    power.why_not = sensors.why_not;
    std::optional<PowerSeries> part = part_of(sensors.series, facts.from_s(), to_s);
    if (!part) {
        if (power.why_not.empty()) power.why_not = "it is too short for its sensors";
        return power;
    }
    power.from = sensors.from;
    describe(std::move(part), facts, power);
    return power;
}

/// The meter on the run's time; nullopt, and why, if that cannot be.
std::optional<PowerSeries> on_run_time(const Run& run, PowerSeries meter,
                                       const std::vector<SwingWaveFacts>& waves,
                                       SwingReport& report) {
    const std::optional<double> zero_s = utc_at_zero(run);
    if (!zero_s) {
        report.meter_problem = "the run file does not say when the run started";
        return std::nullopt;
    }
    for (double& time_s : meter.time_s) time_s -= *zero_s;
    report.meter_clock = clock_of_meter(meter, waves);
    if (!report.meter_clock) {
        report.meter_problem = fmt::format(
            "it does not cover the time of the swing, or does not follow its load within {:g} s "
            "of its own times",
            kMostAhead_s);
        return std::nullopt;
    }
    for (double& time_s : meter.time_s) time_s -= report.meter_clock->ahead_s;
    return meter;
}

}  // namespace

std::optional<double> utc_at_zero(const Run& run) {
    for (const InventoryColumn& column : run.inventory) {
        if (column.key != "swing.utc_at_zero") continue;
        for (const std::string& text : column.values) {
            double value = 0;
            const auto [end, error] =
                std::from_chars(text.data(), text.data() + text.size(), value);
            if (error == std::errc{} && end == text.data() + text.size()) return value;
        }
    }
    return std::nullopt;
}

SwingReport report_swing(const Run& run, TelemetrySource& telemetry,
                         std::optional<PowerSeries> meter, const std::vector<SwingLimit>& limits) {
    SwingReport report;
    const std::vector<SwingWaveFacts> waves = swing_waves(run);
    std::optional<PowerSeries> aligned;
    if (meter) aligned = on_run_time(run, *std::move(meter), waves, report);
    TelemetryColumns columns{telemetry};
    for (const SwingWaveFacts& facts : waves) {
        SwungWave wave{facts, {}};
        if (!report.meter_problem.empty()) {
            wave.power.why_not = "the meter says nothing of it";
        } else if (facts.outcome == Outcome::Completed) {
            wave.power = power_in(run, columns, facts, aligned ? &*aligned : nullptr);
        }
        report.waves.push_back(std::move(wave));
    }
    for (const SwingLimit& limit : limits) {
        report.answers.push_back(answer_of(report.waves, limit));
    }
    return report;
}

}  // namespace rackproof
