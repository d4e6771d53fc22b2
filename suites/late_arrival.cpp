// Measures:  nothing of the machine: bus bandwidth of an all-reduce into which one rank, named by
//            the plan, comes late by a given time. A drill: the judge must name that rank.
// How:       of CPUs, as `collectives`; the late rank sleeps between the barrier and its entry into
//            each sample.
// Fooled by: a machine that is late by itself: then others are named too, or in the place of it.
#include <chrono>
#include <thread>

#include "core/error.hpp"
#include "suites/collective_samples.hpp"
#include "suites/sampling.hpp"
#include "suites/suite.hpp"

namespace rackproof {
namespace {

constexpr SamplingDefaults kLateArrivalSampling{.repetitions = 40, .warmup = 1, .min_sample_s = 0};

class LateArrival : public Suite {
  public:
    [[nodiscard]] std::string_view name() const override { return "late_arrival"; }
    [[nodiscard]] std::string_view summary() const override {
        return "a drill: one rank comes late into an all-reduce, and must be named";
    }
    [[nodiscard]] Scope scope() const override { return Scope::Node; }
    [[nodiscard]] bool communicates() const override { return true; }

    [[nodiscard]] std::vector<ParameterSpec> parameters() const override {
        using Kind = ParameterSpec::Kind;
        std::vector<ParameterSpec> specs = sampling_parameters(kLateArrivalSampling);
        specs.push_back({.name = "bytes",
                         .kind = Kind::Bytes,
                         .default_value = std::int64_t{64} << 20,
                         .minimum = 8,
                         .maximum = 1e12,
                         .allowed = {},
                         .help = "size S of the all-reduce"});
        specs.push_back({.name = "late_rank",
                         .kind = Kind::Count,
                         .default_value = std::int64_t{1},
                         .minimum = 0,
                         .maximum = 1e6,
                         .allowed = {},
                         .help = "the rank that comes late, from 0"});
        specs.push_back({.name = "late_s",
                         .kind = Kind::Seconds,
                         .default_value = 0.02,
                         .minimum = 0,
                         .maximum = 60,
                         .allowed = {},
                         .help = "how late it comes into each sample; 0: nobody is late"});
        return specs;
    }

    [[nodiscard]] std::vector<CaseSpec> cases(const Parameters& parameters) const override {
        CaseSpec spec;
        const std::int64_t bytes = parameters.integer("bytes");
        spec.name = "late_arrival." + size_name(bytes);
        spec.scope = Scope::Node;
        spec.unit = symbol(Unit::BytesPerSecond);
        spec.better = Direction::HigherIsBetter;
        spec.definition = "busbw of an all-reduce into which one rank comes late on purpose";
        spec.parameters = parameters;
        spec.repetitions = static_cast<std::int32_t>(parameters.integer("repetitions"));
        constexpr double kSlowBus = 5e8;  // B/s
        spec.expected_s =
            expected_cell_s(0.5, static_cast<double>(bytes) / kSlowBus + parameters.real("late_s"),
                            sampling_options(spec));
        spec.deadline_s = deadline_for(spec.expected_s);
        return {spec};
    }

    void run(const CaseSpec& lead, SuiteContext& context) const override {
        Communicator& ranks = context.communicator();
        const std::int64_t late_rank = lead.parameters.integer("late_rank");
        if (ranks.size() < 2) throw Unsupported{"needs at least 2 ranks"};
        if (late_rank >= ranks.size()) {
            throw Unsupported{"rank " + std::to_string(late_rank) +
                              " is to be late, and there are " + std::to_string(ranks.size()) +
                              " ranks"};
        }
        context.operation("synchronise clocks");
        const RunClock clock = run_clock(ranks, context);
        context.operation("allocate buffers");
        const auto work = ranks.make_collective(
            {.collective = Collective::AllReduce, .bytes = lead.parameters.integer("bytes")});
        MeasureOptions options = sampling_options(lead);
        const std::chrono::duration<double> late{lead.parameters.real("late_s")};
        if (ranks.rank() == late_rank && late.count() > 0) {
            options.before_entry = [late] { std::this_thread::sleep_for(late); };
        }
        measure_then_record(*work, options, context, &ranks, [&](const Measurement& measured) {
            record_bus_bandwidth(lead, Collective::AllReduce, *work, clock, measured, context);
        });
    }
};

}  // namespace

const Suite& late_arrival_suite() {
    static const LateArrival kSuite;
    return kSuite;
}

}  // namespace rackproof
