// Measures:  whether each core of a CPU computes rightly; the rate is that of all together.
// How:       every core, pinned, at the same work at the same time: whole numbers, vector FMA in
//            exact numbers, copies in memory; each result held against what most cores and
//            references by other instructions agree on. Who is wrong is replayed, hot and alone.
// Fooled by: a fault that needs other instructions, data or heat; second threads of a core, which
//            are not pinned to; a fault that all cores of a model share (peers of another would
//            show it, by the digest).
#include "core/error.hpp"
#include "core/number_text.hpp"
#include "suites/host_health.hpp"
#include "suites/sampling.hpp"
#include "suites/suite.hpp"

namespace rackproof {
namespace {

constexpr SamplingDefaults kCoresSampling{.repetitions = 20, .warmup = 1, .min_sample_s = 0.2};
constexpr CoreWork kWorks[] = {CoreWork::Integer, CoreWork::VectorFma, CoreWork::Copy};

std::vector<std::string> all_works() {
    std::vector<std::string> names;
    for (const CoreWork work : kWorks) names.emplace_back(to_string(work));
    return names;
}

CoreWork work_from(const std::string& text) {
    for (const CoreWork work : kWorks) {
        if (to_string(work) == text) return work;
    }
    throw Error{"choose a core's work", "'" + text + "' is none"};
}

Unit unit_of(CoreWork work) {
    switch (work) {
        case CoreWork::Integer: return Unit::PerSecond;
        case CoreWork::VectorFma: return Unit::FlopsPerSecond;
        case CoreWork::Copy: return Unit::BytesPerSecond;
    }
    return Unit::One;
}

std::string definition_of(CoreWork work) {
    switch (work) {
        case CoreWork::Integer: return "steps of a chain of whole numbers, of all cores / time";
        case CoreWork::VectorFma: return "2 operations an FMA, of all cores / time";
        case CoreWork::Copy: return "bytes read and written by copies, of all cores / time";
    }
    return "";
}

/// "at 71.0 degC": the host's processor now; empty where no sensor says it.
std::string temperature_now(SuiteContext& context) {
    const std::vector<Sensor>& sensors = context.sensors();
    HostHealth health{sensors};
    for (std::size_t i = 0; i < sensors.size(); ++i) {
        if (sensors[i].gpu != nullptr || !health.uses(i)) continue;
        if (const std::optional<double> value = read(sensors[i])) {
            health.add(i, *value, context.now_s());
        }
    }
    health.end_step(context.now_s());
    const std::vector<double>& values = health.temperature().values;
    return values.empty() ? "" : "at " + number_text(values.back()) + " degC";
}

class Cores : public Suite {
  public:
    [[nodiscard]] std::string_view name() const override { return "cores"; }
    [[nodiscard]] std::string_view summary() const override {
        return "each CPU core's answers against the others' and a reference";
    }
    [[nodiscard]] Scope scope() const override { return Scope::Device; }

    [[nodiscard]] std::vector<ParameterSpec> parameters() const override {
        std::vector<ParameterSpec> specs = sampling_parameters(kCoresSampling);
        specs.push_back({.name = "works",
                         .kind = ParameterSpec::Kind::Texts,
                         .default_value = all_works(),
                         .allowed = all_works(),
                         .help = "one case each: whole numbers, vector FMA, copies in memory"});
        specs.push_back({.name = "seed",
                         .kind = ParameterSpec::Kind::Count,
                         .default_value = std::int64_t{1},
                         .maximum = 1e15,
                         .allowed = {},
                         .help = "of the four inputs that take turns"});
        return specs;
    }

    [[nodiscard]] std::vector<CaseSpec> cases(const Parameters& parameters) const override {
        std::vector<CaseSpec> specs;
        for (const std::string& name : parameters.texts("works")) {
            const CoreWork work = work_from(name);
            CaseSpec spec;
            spec.name = "cores." + name;
            spec.lead = static_cast<std::int32_t>(specs.size());
            spec.scope = scope();
            spec.unit = symbol(unit_of(work));
            spec.better = Direction::HigherIsBetter;
            spec.definition = definition_of(work);
            spec.parameters = with_one(parameters, "works", "work", name);
            spec.repetitions = static_cast<std::int32_t>(parameters.integer("repetitions"));
            constexpr double kSetup_s = 0.5;
            constexpr double kPass_s = 0.01;
            spec.expected_s = expected_cell_s(kSetup_s, kPass_s, sampling_options(spec));
            spec.deadline_s = deadline_for(spec.expected_s);
            specs.push_back(std::move(spec));
        }
        return specs;
    }

    void run(const CaseSpec& lead, SuiteContext& context) const override {
        context.operation("make each core's input and reference");
        const CoreWork work = work_from(lead.parameters.text("work"));
        const auto check = context.device().make_core_check(
            work, static_cast<std::uint64_t>(lead.parameters.integer("seed")));
        const double amount = work == CoreWork::Copy ? check->work().bytes : check->work().flops;
        try {
            measure_then_record(*check, sampling_options(lead), context, nullptr,
                                [&](const Measurement& measured) {
                                    context.record(lead.name, rates(measured.seconds, amount),
                                                   measured.time_s, check->variant());
                                });
        } catch (const WrongAnswer& wrong) {
            const std::string temperature = temperature_now(context);
            if (temperature.empty()) throw;
            throw WrongAnswer{wrong.what(), temperature};
        }
    }
};

}  // namespace

const Suite& cores_suite() {
    static const Cores kSuite;
    return kSuite;
}

}  // namespace rackproof
