// Measures:  the rate of matrix products against time under hours of load, and beside it the
//            host's temperature, power and throttle events.
// How:       products in slices of even length, each checked; every sensor of the host read at
//            1 Hz by a thread of its own.
// Fooled by: a short burn-in (heat soaks for many minutes), sensors of other parts of the board,
//            other load on the host; averaged power hides swings faster than the sensor.
#include <cmath>

#include "core/error.hpp"
#include "suites/gemm_shape.hpp"
#include "suites/sampling.hpp"
#include "suites/sensor_watch.hpp"
#include "suites/suite.hpp"

namespace rackproof {
namespace {

constexpr const char* kTemperature = ".temperature";
constexpr const char* kPower = ".power";
constexpr const char* kThrottle = ".throttle";

ParameterSpec seconds_parameter(const char* name, double default_s, double longest_s,
                                const char* help) {
    constexpr double kShortest_s = 0.01;
    return {.name = name,
            .kind = ParameterSpec::Kind::Seconds,
            .default_value = default_s,
            .minimum = kShortest_s,
            .maximum = longest_s,
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
    lead.expected_s = duration_s + 2 + 2 * expected_product_s(own);
    constexpr double kOverrun = 1.5;
    lead.deadline_s = duration_s * kOverrun + deadline_for(2 * expected_product_s(own));

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

/// No more than the manifest has room for; the whole series is in the telemetry.
std::vector<double> first(std::vector<double> values, std::int32_t most) {
    if (values.size() > static_cast<std::size_t>(most)) {
        values.resize(static_cast<std::size_t>(most));
    }
    return values;
}

class Burnin : public Suite {
  public:
    [[nodiscard]] std::string_view name() const override { return "burnin"; }
    [[nodiscard]] std::string_view summary() const override {
        return "matrix products for hours; temperature, power, throttling";
    }
    [[nodiscard]] Scope scope() const override { return Scope::Device; }

    [[nodiscard]] std::vector<ParameterSpec> parameters() const override {
        constexpr double kMonth_s = 31 * 86400.0;
        constexpr double kHour_s = 3600;
        std::vector<ParameterSpec> specs = gemm_parameters();
        for (ParameterSpec& spec : specs) {
            if (spec.name == "precision") spec.default_value = std::vector<std::string>{"fp64"};
        }
        specs.push_back(seconds_parameter("duration_s", 60, kMonth_s, "of the load, a precision"));
        specs.push_back(seconds_parameter("slice_s", 1, kHour_s, "of one sample of the rate"));
        specs.push_back(
            seconds_parameter("sensor_interval_s", 1, kHour_s, "from reading to reading"));
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
        MeasureOptions options;
        options.repetitions = lead.repetitions;
        options.duration_s = lead.parameters.real("duration_s");
        options.min_sample_s = lead.parameters.real("slice_s");
        SensorWatch sensors{context, lead.parameters.real("sensor_interval_s")};
        measure_then_record(*product, options, context, nullptr, [&](const Measurement& measured) {
            context.record(lead.name, rates(measured.seconds, product->work().flops),
                           measured.time_s, product->variant());
            record_health(lead, sensors.stop(), context);
        });
    }

  private:
    static void record_series(const std::string& name, const HealthSeries& series,
                              const std::string& source, const std::string& missing,
                              std::int32_t most, SuiteContext& context) {
        if (series.values.empty()) return context.skip(name, missing);
        Variant variant;
        variant.algorithm = source;
        context.record(name, first(series.values, most), first(series.time_s, most), variant);
    }

    static void record_health(const CaseSpec& lead, const HostHealth& health,
                              SuiteContext& context) {
        const std::vector<CaseSpec> cases = cases_of(lead.parameters, 0);
        record_series(lead.name + kTemperature, health.temperature(), health.temperature_source(),
                      health.no_temperature(), cases[1].repetitions, context);
        record_series(lead.name + kPower, health.power(), health.power_source(), health.no_power(),
                      cases[2].repetitions, context);
        HealthSeries throttle;
        if (const std::optional<double> events = health.throttle_events()) {
            throttle = {.values = {*events}, .time_s = {context.now_s()}};
        }
        record_series(lead.name + kThrottle, throttle, health.throttle_source(),
                      health.no_throttle(), 1, context);
    }
};

}  // namespace

const Suite& burnin_suite() {
    static const Burnin kSuite;
    return kSuite;
}

}  // namespace rackproof
