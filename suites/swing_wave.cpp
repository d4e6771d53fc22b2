#include "suites/swing_wave.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/number_text.hpp"

namespace rackproof {
namespace {

constexpr double kChop_s = 0.005;
constexpr double kLookEvery_s = 0.25;
constexpr double kFewestPeriods = 3;

/// The share of the time that a device works around `at_s` of a period.
double level_at(const SwingWave& wave, double at_s) {
    const double half_s = wave.period_s / 2;
    if (wave.shape != SwingShape::Ramp) return at_s < half_s ? wave.amplitude : 0;
    const double rise = at_s < half_s ? at_s / half_s : 2 - at_s / half_s;
    return wave.amplitude * rise;
}

/// 1, 2, 5, 10, ... strictly between the two, and these.
std::vector<double> frequencies(double from_hz, double to_hz) {
    std::vector<double> all{from_hz};
    const double first = std::floor(std::log10(from_hz));
    for (double decade = first; std::pow(10, decade) < to_hz; ++decade) {
        for (const double step : {1.0, 2.0, 5.0}) {
            // 0.2 as people write it, not 2 x 0.1.
            const double hz =
                decade < 0 ? step / std::pow(10, -decade) : step * std::pow(10, decade);
            if (hz > from_hz && hz < to_hz) all.push_back(hz);
        }
    }
    if (to_hz > from_hz) all.push_back(to_hz);
    return all;
}

ParameterSpec number(const char* name, ParameterSpec::Kind kind, double default_value,
                     double minimum, double maximum, const char* help) {
    return {.name = name,
            .kind = kind,
            .default_value = default_value,
            .minimum = minimum,
            .maximum = maximum,
            .allowed = {},
            .help = help};
}

void add_square_waves(const Parameters& parameters, double amplitude,
                      std::vector<SwingWave>& waves) {
    for (const double hz : frequencies(parameters.real("from_hz"), parameters.real("to_hz"))) {
        const double wanted = std::ceil(parameters.real("wave_s") * hz);
        waves.push_back({SwingShape::Square, 1 / hz, amplitude,
                         static_cast<std::int32_t>(std::max(kFewestPeriods, wanted))});
    }
}

}  // namespace

std::string name_of(SwingShape shape) {
    switch (shape) {
        case SwingShape::Step: return "step";
        case SwingShape::Ramp: return "ramp";
        case SwingShape::Square: break;
    }
    return "square";
}

std::string name_of(const SwingWave& wave) {
    const std::string frequency =
        wave.shape == SwingShape::Square ? "_" + number_text(1 / wave.period_s) + "Hz" : "";
    return fmt::format("{}{}.{}pct", name_of(wave.shape), frequency,
                       number_text(std::round(1000 * wave.amplitude) / 10));
}

std::vector<Stretch> work_of(const SwingWave& wave) {
    const double chops = std::max(1.0, std::round(wave.period_s / 2 / kChop_s));
    const double chop_s = wave.period_s / 2 / chops;
    std::vector<Stretch> work;
    for (double chop = 0; chop < 2 * chops; ++chop) {
        const double from_s = chop * chop_s;
        const double level = level_at(wave, from_s + chop_s / 2);
        if (level <= 0) continue;
        const double before_s = work.empty() ? -chop_s : work.back().to_s;
        if (level >= 1 && from_s - before_s < chop_s / 2) {
            work.back().to_s = from_s + chop_s;
        } else {
            work.push_back({from_s, from_s + level * chop_s});
        }
    }
    return work;
}

/// An even number of them, each in the middle of its share of the period.
std::vector<double> looks_of(const SwingWave& wave) {
    constexpr double kOnceInTheQuietHalf = 0.75;
    if (wave.period_s <= 2 * kLookEvery_s) return {kOnceInTheQuietHalf * wave.period_s};
    const double count = 2 * std::ceil(wave.period_s / kLookEvery_s / 2);
    std::vector<double> looks;
    for (double look = 0; look < count; ++look) {
        looks.push_back((look + 0.5) * wave.period_s / count);
    }
    return looks;
}

std::vector<ParameterSpec> wave_parameters() {
    using ParameterKind = ParameterSpec::Kind;
    constexpr double kSlowest_hz = 0.01;
    constexpr double kFastest_hz = 50;
    constexpr double kHour_s = 3600;
    std::vector<ParameterSpec> specs;
    specs.push_back({.name = "shapes",
                     .kind = ParameterKind::Texts,
                     .default_value = std::vector<std::string>{"step", "ramp", "square"},
                     .allowed = {"step", "ramp", "square"},
                     .help = "of the load, in this order, at each amplitude"});
    specs.push_back(number("from_hz", ParameterKind::Number, 0.1, kSlowest_hz, kFastest_hz,
                           "of the slowest square wave"));
    specs.push_back(number("to_hz", ParameterKind::Number, 20, kSlowest_hz, kFastest_hz,
                           "of the fastest; 1, 2, 5, 10, ... between them"));
    specs.push_back(number("wave_s", ParameterKind::Seconds, 20, 0.01, kHour_s,
                           "of each square wave, at least; and three periods"));
    specs.push_back(number("hold_s", ParameterKind::Seconds, 10, 0.01, kHour_s,
                           "of a step's load and its rest, of a ramp's rise and its fall"));
    specs.push_back(number("amplitude", ParameterKind::Number, 1, 0.01, 1,
                           "share of the time that a device works at the most"));
    specs.push_back({.name = "stages",
                     .kind = ParameterKind::Count,
                     .default_value = std::int64_t{4},
                     .minimum = 1,
                     .maximum = 100,
                     .allowed = {},
                     .help = "in which the amplitude rises to that"});
    return specs;
}

std::vector<SwingWave> waves_of(const Parameters& parameters) {
    if (parameters.real("from_hz") > parameters.real("to_hz")) {
        throw InputError{"'from_hz' is larger than 'to_hz'"};
    }
    const std::int64_t stages = parameters.integer("stages");
    const double hold_s = parameters.real("hold_s");
    std::vector<SwingWave> waves;
    for (std::int64_t stage = 1; stage <= stages; ++stage) {
        const double amplitude =
            parameters.real("amplitude") * static_cast<double>(stage) / static_cast<double>(stages);
        for (const std::string& shape : parameters.texts("shapes")) {
            if (shape == "square") {
                add_square_waves(parameters, amplitude, waves);
            } else {
                const SwingShape once = shape == "step" ? SwingShape::Step : SwingShape::Ramp;
                waves.push_back({once, 2 * hold_s, amplitude, 1});
            }
        }
    }
    return waves;
}

}  // namespace rackproof
