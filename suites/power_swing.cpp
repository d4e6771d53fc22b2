// Measures:  how far apart the ranks of a job are when all of them start and stop their load at one
//            time, again and again: step, ramp, square waves of 0.1 to 20 Hz, at rising amplitudes.
//            What the grid sees of it is in the telemetry, and in whatever meter the site has.
// How:       small matrix products on every device between times that all ranks agree on, on clocks
//            compared before and after each wave; four times a second all look together whether to
//            stop: ceiling, throttling.
// Fooled by: more ranks than cores; a device that needs long to take up load; sensors that average
//            (NVML: 1 s) and cannot show what a meter shows.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include "core/error.hpp"
#include "core/number_text.hpp"
#include "suites/sampling.hpp"
#include "suites/suite.hpp"
#include "suites/swing_clock.hpp"
#include "suites/swing_guard.hpp"
#include "suites/swing_load.hpp"
#include "suites/swing_wave.hpp"

namespace rackproof {
namespace {

/// From the agreement on a beginning until it comes.
constexpr double kLead_s = 0.2;

/// When this rank began and ended its load in each period, on rank 0's clock.
struct Edges {
    std::vector<double> on_s;
    std::vector<double> off_s;
    double begin_s = 0;  ///< of the first period, as it was agreed on
};

ParameterSpec watts(std::string_view name, const char* help) {
    constexpr double kMost_w = 1e10;
    return {.name = std::string{name},
            .kind = ParameterSpec::Kind::Number,
            .default_value = 0.0,
            .minimum = 0,
            .maximum = kMost_w,
            .allowed = {},
            .help = help};
}

double all_waves_s(const Parameters& parameters) {
    double sum_s = 0;
    for (const SwingWave& wave : waves_of(parameters)) {
        sum_s += wave.duration_s() + parameters.real("rest_s");
    }
    return sum_s;
}

/// One rank's way through the waves.
class Swing {
  public:
    Swing(const CaseSpec& lead, SuiteContext& context)
        : lead_{&lead},
          context_{&context},
          ranks_{&context.communicator()},
          ceiling_{.all_w = lead.parameters.real("ceiling_w"),
                   .device_w = lead.parameters.real("device_w")},
          load_{context} {
        context.operation("synchronise clocks");
        clock_.emplace(*ranks_, context);
        context.operation("look for sensors of power");
        guard_.emplace(ceiling_, context, *ranks_);
    }

    /// All of them, one after the other; what is not begun any more says why.
    void play(const std::vector<SwingWave>& waves) {
        tell_utc();
        std::vector<double> medians;
        for (std::size_t i = 0; i < waves.size(); ++i) {
            try {
                if (const std::optional<double> median_s = play_if_allowed(waves[i])) {
                    medians.push_back(*median_s);
                }
            } catch (const std::exception& error) {
                for (std::size_t rest = i + 1; rest < waves.size(); ++rest) {
                    context_->skip(case_of(waves[rest]), std::string{"not begun: "} + error.what());
                }
                throw;
            }
        }
        guard_->stop();
        if (medians.empty()) throw Unsupported{"no wave is below the ceiling"};
        context_->record(lead_->name, medians, {}, variant());
    }

  private:
    [[nodiscard]] std::string case_of(const SwingWave& wave) const {
        return lead_->name + "." + name_of(wave);
    }

    std::optional<double> play_if_allowed(const SwingWave& wave) {
        const double expected_w = guard_->expected_w(wave.amplitude);
        if (expected_w > ceiling_.all_w) {
            context_->skip(
                case_of(wave),
                fmt::format("{} devices at {:g} W draw up to {:.0f} W at this amplitude, "
                            "above the ceiling of {:.0f} W",
                            ranks_->size(), ceiling_.device_w, expected_w, ceiling_.all_w));
            return std::nullopt;
        }
        context_->operation(
            fmt::format("{}: {} periods of {:g} s", name_of(wave), wave.periods, wave.period_s));
        clock_->synchronise();
        Edges edges = play_wave(wave);
        clock_->synchronise();
        load_.verify();
        edges.on_s = clock_->corrected(std::move(edges.on_s));
        edges.off_s = clock_->corrected(std::move(edges.off_s));
        const double median_s = record(wave, edges);
        rest();
        return median_s;
    }

    Edges play_wave(const SwingWave& wave) {
        const std::vector<Stretch> work = work_of(wave);
        const std::vector<double> looks = looks_of(wave);
        const double now_s = clock_->now_s();
        const std::int64_t begin_ns = ranks_->from_first(std::llround((now_s + kLead_s) * 1e9));
        Edges edges;
        edges.begin_s = static_cast<double>(begin_ns) * 1e-9;
        for (std::int32_t period = 0; period < wave.periods; ++period) {
            play_period(edges.begin_s + period * wave.period_s, wave.amplitude, work, looks, edges);
        }
        return edges;
    }

    /// The work, with the looks where they are due.
    void play_period(double begin_s, double amplitude, const std::vector<Stretch>& work,
                     const std::vector<double>& looks, Edges& edges) {
        clock_->wait_until(begin_s + work.front().from_s);
        edges.on_s.push_back(clock_->now_s());
        auto look = looks.begin();
        for (const Stretch& stretch : work) {
            clock_->wait_until(begin_s + stretch.from_s);
            for (; look != looks.end() && *look < stretch.to_s; ++look) {
                (void)load_.work_until(begin_s + std::max(*look, stretch.from_s), *clock_);
                guard_->look(amplitude);
            }
            (void)load_.work_until(begin_s + stretch.to_s, *clock_);
        }
        edges.off_s.push_back(clock_->now_s());
        for (; look != looks.end(); ++look) {
            clock_->wait_until(begin_s + *look);
            guard_->look(amplitude);
        }
    }

    void rest() {
        const double until_s = clock_->now_s() + lead_->parameters.real("rest_s");
        constexpr double kLookEvery_s = 0.25;
        const auto looks =
            static_cast<std::int64_t>(lead_->parameters.real("rest_s") / kLookEvery_s);
        for (std::int64_t look = looks; look >= 0; --look) {
            clock_->wait_until(until_s - static_cast<double>(look) * kLookEvery_s);
            guard_->look(0);
        }
    }

    /// The largest distance of two ranks in this time; of one rank alone, from when it was due.
    [[nodiscard]] double apart_s(double time_s, double due_s) const {
        if (ranks_->size() < 2) return std::abs(time_s - due_s);
        return ranks_->max(time_s) + ranks_->max(-time_s);
    }

    double record(const SwingWave& wave, const Edges& edges) {
        const std::vector<Stretch> work = work_of(wave);
        std::vector<double> errors_s;
        for (std::size_t i = 0; i < edges.on_s.size(); ++i) {
            const double begin_s = edges.begin_s + static_cast<double>(i) * wave.period_s;
            const double on_s = apart_s(edges.on_s[i], begin_s + work.front().from_s);
            const double off_s = apart_s(edges.off_s[i], begin_s + work.back().to_s);
            errors_s.push_back(std::max(on_s, off_s));
        }
        const std::string name = case_of(wave);
        context_->record_rank_times(name, edges.on_s, edges.off_s, clock_->error_s());
        context_->record(name, errors_s, edges.off_s, variant());
        std::ranges::sort(errors_s);
        return errors_s[errors_s.size() / 2];
    }

    /// Not the product's own: its size is this rank's choice, and so is what comes out of it.
    [[nodiscard]] Variant variant() const {
        Variant how;
        how.algorithm = "matrix products of chosen size";
        how.library = load_.variant().library;
        how = with_parameter(how, "ranks", ranks_->size());
        return with_parameter(how, "chosen", load_.size());
    }

    /// Of rank 0's clock of the run; for whoever has a meter's times.
    void tell_utc() {
        if (ranks_->rank() != 0) return;
        const std::chrono::duration<double> utc =
            std::chrono::system_clock::now().time_since_epoch();
        context_->node_fact("swing.utc_at_zero", "system clock",
                            fmt::format("{:.6f}", utc.count() - context_->now_s()));
    }

    const CaseSpec* lead_;
    SuiteContext* context_;
    Communicator* ranks_;
    SwingCeiling ceiling_;
    SwingLoad load_;
    std::optional<SwingClock> clock_;
    std::optional<SwingGuard> guard_;
};

class PowerSwing : public Suite {
  public:
    [[nodiscard]] std::string_view name() const override { return "power_swing"; }
    [[nodiscard]] std::string_view summary() const override {
        return "a load that swings on all ranks at once; needs consent";
    }
    [[nodiscard]] Scope scope() const override { return Scope::Node; }
    [[nodiscard]] bool communicates() const override { return true; }
    [[nodiscard]] bool needs_site_consent() const override { return true; }

    [[nodiscard]] std::vector<ParameterSpec> parameters() const override {
        constexpr double kHour_s = 3600;
        std::vector<ParameterSpec> specs = wave_parameters();
        specs.push_back(device_parameter("cpu"));
        specs.push_back({.name = "rest_s",
                         .kind = ParameterSpec::Kind::Seconds,
                         .default_value = 2.0,
                         .minimum = 0,
                         .maximum = kHour_s,
                         .allowed = {},
                         .help = "without load, after each wave"});
        specs.push_back(watts(kCeilingParameter,
                              "power of all devices together at which all stop; has to be given"));
        specs.push_back(watts("device_w",
                              "of one device at full load, where no sensor reads it; waves that "
                              "would come above the ceiling by it are left out"));
        return specs;
    }

    [[nodiscard]] std::vector<CaseSpec> cases(const Parameters& parameters) const override {
        CaseSpec lead;
        lead.name = name_on_device(parameters, "power_swing.phase");
        lead.scope = Scope::Node;
        lead.unit = symbol(Unit::Second);
        lead.better = Direction::LowerIsBetter;
        lead.definition = "median phase error of each wave, in their order";
        lead.parameters = parameters;
        const std::vector<SwingWave> waves = waves_of(parameters);
        lead.repetitions = static_cast<std::int32_t>(waves.size());
        constexpr double kSetUp_s = 5;
        constexpr double kAWave_s = 1;
        lead.expected_s =
            kSetUp_s + all_waves_s(parameters) + kAWave_s * static_cast<double>(waves.size());
        lead.deadline_s = 2 * lead.expected_s + 30;
        std::vector<CaseSpec> specs{lead};
        for (const SwingWave& wave : waves) {
            CaseSpec spec = lead;
            spec.name += "." + name_of(wave);
            spec.definition =
                "phase error of each period: the largest distance between two ranks in beginning "
                "or ending their load, on synchronised clocks; of one rank alone, between when it "
                "did and when it was to";
            spec.repetitions = wave.periods;
            spec.parameters.set("shape", name_of(wave.shape));
            spec.parameters.set("period_s", wave.period_s);
            spec.parameters.set("level", wave.amplitude);
            specs.push_back(std::move(spec));
        }
        return specs;
    }

    void run(const CaseSpec& lead, SuiteContext& context) const override {
        Swing swing{lead, context};
        swing.play(waves_of(lead.parameters));
    }
};

}  // namespace

const Suite& power_swing_suite() {
    static const PowerSwing kSuite;
    return kSuite;
}

}  // namespace rackproof
