// Measures:  the rate of matrix products against time under hours of load, and beside it the
//            host's temperature, power and throttle events: idle, a ramp, the soak, a cool-down.
// How:       products in slices of even length, each checked; every sensor of the host read at
//            1 Hz by a thread of its own. A wrong product is replayed at once, hot, and again after
//            the cool-down.
// Fooled by: a short burn-in (heat soaks for many minutes), sensors of other parts of the board,
//            other load on the host; averaged power hides swings faster than the sensor.
#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "core/error.hpp"
#include "suites/blas_kernels.hpp"
#include "suites/burnin_bandwidth.hpp"
#include "suites/burnin_phases.hpp"
#include "suites/burnin_record.hpp"
#include "suites/gemm_shape.hpp"
#include "suites/sampling.hpp"
#include "suites/sensor_watch.hpp"
#include "suites/suite.hpp"

namespace rackproof {
namespace {

constexpr const char* kTemperature = ".temperature";
constexpr const char* kPower = ".power";
constexpr const char* kThrottle = ".throttle";
constexpr const char* kBandwidth = ".bandwidth";

struct Bounds {
    double least_s = 0.01;
    double most_s = 0;
};

ParameterSpec seconds_parameter(const char* name, double default_s, Bounds bounds,
                                const char* help) {
    return {.name = name,
            .kind = ParameterSpec::Kind::Seconds,
            .default_value = default_s,
            .minimum = bounds.least_s,
            .maximum = bounds.most_s,
            .allowed = {},
            .help = help};
}

CaseSpec case_of(const std::string& name, Unit unit, Direction better, std::string definition,
                 const CaseSpec& lead) {
    CaseSpec spec = lead;
    spec.name = name;
    spec.unit = symbol(unit);
    spec.better = better;
    spec.definition = std::move(definition);
    return spec;
}

std::int32_t steps(double duration_s, double step_s) {
    return static_cast<std::int32_t>(std::ceil(duration_s / step_s));
}

/// The lead of one precision, and its companions behind it.
std::vector<CaseSpec> cases_of(const Parameters& own, std::int32_t lead_index) {
    const double duration_s = own.real("duration_s");
    CaseSpec lead;
    lead.name = gemm_case_name("burnin", own);
    lead.lead = lead_index;
    lead.scope = Scope::Device;
    lead.unit = symbol(Unit::FlopsPerSecond);
    lead.better = Direction::HigherIsBetter;
    lead.definition = "2 m n k floating-point operations of one product / its time, by slices";
    lead.parameters = own;
    lead.repetitions = steps(duration_s, own.real("slice_s"));
    const double around_s = phases_of(own).around_s();
    lead.expected_s = duration_s + around_s + 2 + 2 * expected_product_s(own);
    constexpr double kOverrun = 1.5;
    lead.deadline_s =
        (duration_s + around_s) * kOverrun + deadline_for(2 * expected_product_s(own));

    CaseSpec temperature = case_of(
        lead.name + kTemperature, Unit::DegreeCelsius, Direction::LowerIsBetter,
        "highest processor temperature of the host at a sampling step (of all its sensors, where "
        "none is known to be the processor's); of a GPU its own temperature",
        lead);
    CaseSpec power = case_of(
        lead.name + kPower, Unit::Watt, Direction::None,
        "mean power of the host's processor packages and their DRAM between two sampling steps "
        "(RAPL); without RAPL the highest reading of a power sensor; of a GPU its own power",
        lead);
    // Readings also fall before the first slice and after the last.
    constexpr std::int32_t kAround = 10;
    temperature.repetitions = power.repetitions =
        steps(duration_s, own.real("sensor_interval_s")) + kAround;
    CaseSpec throttle = case_of(lead.name + kThrottle, Unit::One, Direction::LowerIsBetter,
                                "thermal throttle events of the host's cores and packages during "
                                "the load; of a GPU the sampling steps at which it was slowed down "
                                "by heat, hardware or power brake",
                                lead);
    throttle.repetitions = 1;
    std::vector<CaseSpec> all{lead, temperature, power, throttle};
    const auto every = static_cast<std::int32_t>(own.integer("bandwidth_every"));
    if (every > 0) {
        all.push_back(
            case_of(lead.name + kBandwidth, Unit::BytesPerSecond, Direction::HigherIsBetter,
                    "24 bytes an element of a triad (STREAM's count, no write-allocate) / "
                    "time, in slices between those of the rate",
                    lead));
        all.back().repetitions = lead.repetitions / every;
    }
    return all;
}

/// The cases of a lead that may have a label in its name.
std::vector<CaseSpec> named_after(const CaseSpec& lead) {
    std::vector<CaseSpec> cases = cases_of(lead.parameters, 0);
    const std::string own = cases.front().name;
    for (CaseSpec& spec : cases) spec.name = lead.name + spec.name.substr(own.size());
    return cases;
}

/// One burn-in, phase by phase.
class Experiment {
  public:
    Experiment(const CaseSpec& lead, Workload& product, SuiteContext& context)
        : lead_{&lead},
          product_{&product},
          context_{&context},
          phases_{phases_of(lead.parameters)},
          cases_{named_after(lead)},
          flops_{product.work().flops},
          published_{context, flops_},
          record_{cases_, lead, context, is_phased()} {
        make_bandwidth();
    }

    void run() {
        SensorWatch sensors{*context_, lead_->parameters.real("sensor_interval_s"),
                            [this](const HostHealth& health) {
                                published_.host(health);
                                record_.sensors(health);
                            }};
        if (record_.slices_before() == 0) rest(phases_.idle_s, "idle", *context_);
        ramp_up(*product_, phases_.ramp_s, *context_);
        if (is_phased()) record_.soak_begins(context_->now_s());
        std::optional<WrongAnswer> wrong;
        Workload* guilty = product_;
        try {
            soak(guilty);
        } catch (const WrongAnswer& seen) {
            wrong = seen;
        }
        if (is_phased()) record_.soak_ends(context_->now_s());
        const std::string replays = cool_down(wrong ? guilty : nullptr);
        const HostHealth& health = sensors.stop();
        // Wrong from the first on: there is no rate.
        const bool has_rate = any_slice_ || !measured_.seconds.empty();
        if (has_rate) record_.finish(measured_, flops_, variant(), health);
        if (bandwidth_ && bandwidth_slices_ > 0) bandwidth_->finish();
        if (wrong) throw WrongAnswer{wrong->what(), replays};
    }

  private:
    [[nodiscard]] bool is_phased() const { return phases_.around_s() > 0; }

    [[nodiscard]] std::int32_t bandwidth_every() const {
        return static_cast<std::int32_t>(lead_->parameters.integer("bandwidth_every"));
    }

    void make_bandwidth() {
        any_slice_ = record_.slices_before() > 0;
        if (bandwidth_every() == 0) return;
        const std::string& name = cases_.at(BurninRecord::kBandwidth).name;
        bandwidth_slices_ = recorded_count(*lead_, name);
        try {
            bandwidth_.emplace(name, lead_->parameters.real("slice_s"), *context_);
        } catch (const Unsupported& why) {
            context_->skip(name, why.what());
        }
    }

    [[nodiscard]] Variant variant() const {
        return with_parameter(product_->variant(), "checked", checked_ + measured_.checked);
    }

    [[nodiscard]] MeasureOptions options() {
        MeasureOptions options;
        options.min_sample_s = lead_->parameters.real("slice_s");
        // A GPU's queue would run dry at each check.
        if (context_->device().info().facts.kind != "gpu") {
            options.check = MeasureOptions::Check::EveryOutput;
        }
        options.after_sample = [this](double operation_s) {
            published_.rate(operation_s);
            record_.slice(measured_, flops_, variant());
        };
        return options;
    }

    /// What is left of it behind the slices that stand; in stretches, with a slice of bandwidth
    /// after each. `guilty`: what is at work.
    void soak(Workload*& guilty) {
        MeasureOptions of_rate = options();
        const std::int32_t left = std::max(0, lead_->repetitions - record_.slices_before());
        const std::int32_t stretch = bandwidth_ ? bandwidth_every() : std::max(1, left);
        const double slice_s = lead_->parameters.real("duration_s") / lead_->repetitions;
        for (std::int32_t done = 0; done < left; done += stretch) {
            of_rate.repetitions = std::min(stretch, left - done);
            of_rate.duration_s = slice_s * of_rate.repetitions;
            guilty = product_;
            measure(*product_, of_rate, *context_, measured_);
            if (!bandwidth_ || of_rate.repetitions < stretch) return;
            end_stretch();
            of_rate.warmup = 0;
            guilty = &bandwidth_->workload();
            bandwidth_->measure_one();
            ++bandwidth_slices_;
        }
    }

    void end_stretch() {
        record_.stretch_ends(measured_, flops_, variant());
        any_slice_ = true;
        checked_ += measured_.checked;
        measured_ = {};
    }

    /// "at 90 degC; replayed hot, at once: wrong in 0 of 3; ..." of what was wrong, if anything
    /// was.
    std::string cool_down(Workload* wrong) {
        std::string replays;
        if (wrong != nullptr) {
            replays = published_.state();
            if (!replays.empty()) replays += "; ";
            replays += replayed(*wrong, "hot, at once", *context_);
        }
        rest(phases_.cool_down_s, "cool down", *context_);
        if (wrong != nullptr && phases_.cool_down_s > 0) {
            replays += "; " + replayed(*wrong, "cold, after the cool-down", *context_);
        }
        return replays;
    }

    const CaseSpec* lead_;
    Workload* product_;
    SuiteContext* context_;
    Phases phases_;
    std::vector<CaseSpec> cases_;
    double flops_;
    Publisher published_;
    BurninRecord record_;
    std::optional<BandwidthSlices> bandwidth_;
    std::int32_t bandwidth_slices_ = 0;  ///< with those that stood before
    bool any_slice_ = false;             ///< of the rate, before this stretch
    std::int64_t checked_ = 0;           ///< likewise
    Measurement measured_;               ///< of this stretch
};

class Burnin : public Suite {
  public:
    [[nodiscard]] std::string_view name() const override { return "burnin"; }
    [[nodiscard]] std::string_view summary() const override {
        return "matrix products for hours; temperature, power, throttling";
    }
    [[nodiscard]] Scope scope() const override { return Scope::Device; }
    [[nodiscard]] bool goes_on() const override { return true; }

    [[nodiscard]] std::vector<ParameterSpec> parameters() const override {
        constexpr double kDay_s = 86400;
        constexpr double kMonth_s = 31 * kDay_s;
        constexpr double kHour_s = 3600;
        std::vector<ParameterSpec> specs = gemm_parameters();
        for (ParameterSpec& spec : specs) {
            if (spec.name == "precision") spec.default_value = std::vector<std::string>{"fp64"};
        }
        const Bounds some{.most_s = kHour_s};
        const Bounds any{.least_s = 0, .most_s = kDay_s};
        specs.push_back(seconds_parameter("duration_s", 60, {.most_s = kMonth_s},
                                          "of the soak: all of the load, a precision"));
        specs.push_back(seconds_parameter("slice_s", 1, some, "of one sample of the rate"));
        specs.push_back(seconds_parameter("sensor_interval_s", 1, some, "from reading to reading"));
        specs.push_back({.name = "bandwidth_every",
                         .kind = ParameterSpec::Kind::Count,
                         .default_value = std::int64_t{0},
                         .minimum = 0,
                         .maximum = 1e6,
                         .allowed = {},
                         .help = "slices of the rate to one of memory bandwidth; 0: none"});
        specs.push_back(seconds_parameter("keep_every_s", 60, some,
                                          "what was measured since is sent and kept: what is "
                                          "cut off goes on behind it"));
        specs.push_back(seconds_parameter("idle_s", 0, any, "without load, before the ramp"));
        specs.push_back(seconds_parameter("ramp_s", 0, any, "in which the load rises"));
        specs.push_back(seconds_parameter("cool_down_s", 0, any, "without load, after the soak"));
        return specs;
    }

    [[nodiscard]] std::vector<CaseSpec> cases(const Parameters& parameters) const override {
        check_gemm_parameters(parameters);
        if (parameters.real("slice_s") > parameters.real("duration_s")) {
            throw InputError{"'slice_s' is longer than 'duration_s'"};
        }
        const double slices = parameters.real("duration_s") / parameters.real("slice_s");
        if (static_cast<double>(parameters.integer("bandwidth_every")) > slices) {
            throw InputError{"'bandwidth_every' is more than the slices that 'duration_s' holds"};
        }
        constexpr double kMostSteps = 10'000'000;
        for (const char* step : {"slice_s", "sensor_interval_s"}) {
            if (parameters.real("duration_s") / parameters.real(step) > kMostSteps) {
                throw InputError{"'duration_s' holds more than 10000000 times '" +
                                 std::string{step} + "'"};
            }
        }
        std::vector<CaseSpec> specs;
        for (const Parameters& own : one_each_precision(parameters)) {
            for (CaseSpec& spec : cases_of(own, static_cast<std::int32_t>(specs.size()))) {
                specs.push_back(std::move(spec));
            }
        }
        return specs;
    }

    void run(const CaseSpec& lead, SuiteContext& context) const override {
        context.operation("make random operands");
        const GemmShape shape = gemm_shape(lead.parameters, context.device().info());
        const auto product = make_product(context.device(), shape);
        tell_chosen_kernels(*product, context);
        Experiment{lead, *product, context}.run();
    }
};

}  // namespace

const Suite& burnin_suite() {
    static const Burnin kSuite;
    return kSuite;
}

}  // namespace rackproof
