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
    return {lead, temperature, power, throttle};
}

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
        const double flops = product->work().flops;
        const Phases phases = phases_of(lead.parameters);
        const bool phased = phases.around_s() > 0;
        const std::vector<CaseSpec> cases = named_after(lead);
        BurninRecord record{cases, lead, context, phased};
        Measurement measured;
        const auto variant = [&] {
            return with_parameter(product->variant(), "checked", measured.checked);
        };
        Publisher published{context, flops};
        MeasureOptions options = soak_options(lead, record.slices_before(), context);
        options.after_sample = [&](double operation_s) {
            published.rate(operation_s);
            record.slice(measured, flops, variant());
        };
        SensorWatch sensors{context, lead.parameters.real("sensor_interval_s"),
                            [&](const HostHealth& health) {
                                published.host(health);
                                record.sensors(health);
                            }};

        if (record.slices_before() == 0) rest(phases.idle_s, "idle", context);
        ramp_up(*product, phases.ramp_s, context);
        if (phased) record.soak_begins(context.now_s());
        std::optional<WrongAnswer> wrong;
        try {
            if (options.repetitions > 0) measure(*product, options, context, measured);
        } catch (const WrongAnswer& seen) {
            wrong = seen;
        }
        if (phased) record.soak_ends(context.now_s());
        std::string replays;
        if (wrong) {
            replays = published.state();
            if (!replays.empty()) replays += "; ";
            replays += replayed(*product, "hot, at once", context);
        }
        rest(phases.cool_down_s, "cool down", context);
        if (wrong && phases.cool_down_s > 0) {
            replays += "; " + replayed(*product, "cold, after the cool-down", context);
        }
        const HostHealth& health = sensors.stop();
        // Wrong from the first on: there is no rate.
        const bool has_rate = !measured.seconds.empty() || record.slices_before() > 0;
        if (has_rate) record.finish(measured, flops, variant(), health);
        if (wrong) throw WrongAnswer{wrong->what(), replays};
    }

  private:
    /// The cases of a lead that may have a label in its name.
    static std::vector<CaseSpec> named_after(const CaseSpec& lead) {
        std::vector<CaseSpec> cases = cases_of(lead.parameters, 0);
        const std::string own = cases.front().name;
        for (CaseSpec& spec : cases) spec.name = lead.name + spec.name.substr(own.size());
        return cases;
    }

    /// What is left of the soak behind the slices that stand.
    static MeasureOptions soak_options(const CaseSpec& lead, std::int32_t slices_before,
                                       SuiteContext& context) {
        MeasureOptions options;
        options.repetitions = std::max(0, lead.repetitions - slices_before);
        options.duration_s = lead.parameters.real("duration_s") * options.repetitions /
                             std::max(1, lead.repetitions);
        options.min_sample_s = lead.parameters.real("slice_s");
        // A GPU's queue would run dry at each check.
        if (context.device().info().facts.kind != "gpu") {
            options.check = MeasureOptions::Check::EveryOutput;
        }
        return options;
    }
};

}  // namespace

const Suite& burnin_suite() {
    static const Burnin kSuite;
    return kSuite;
}

}  // namespace rackproof
