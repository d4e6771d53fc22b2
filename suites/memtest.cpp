// Measures:  errors of a GPU's memory, over nearly all that is free; the rate is how fast it was
//            written and read.
// How:       every word written with a pattern, read and turned over in place, and read again, by
//            kernels of the GPU that compare on the spot; faults by word and bit.
// Fooled by: error correction, which hides single bits (see the counters of ECC), memory that
//            another process holds, faults that need heat or hours.
#include "core/error.hpp"
#include "suites/sampling.hpp"
#include "suites/suite.hpp"

namespace rackproof {
namespace {

constexpr SamplingDefaults kMemtestSampling{.repetitions = 2, .warmup = 0, .min_sample_s = 0};
constexpr MemoryPattern kPatterns[] = {MemoryPattern::Walking, MemoryPattern::Inversions,
                                       MemoryPattern::Address, MemoryPattern::Random};

MemoryPattern pattern_from(const std::string& text) {
    for (const MemoryPattern pattern : kPatterns) {
        if (to_string(pattern) == text) return pattern;
    }
    throw Error{"choose a memory pattern", "'" + text + "' is none"};
}

std::vector<std::string> all_patterns() {
    std::vector<std::string> names;
    for (const MemoryPattern pattern : kPatterns) names.emplace_back(to_string(pattern));
    return names;
}

class MemoryTest : public Suite {
  public:
    [[nodiscard]] std::string_view name() const override { return "memtest"; }
    [[nodiscard]] std::string_view summary() const override {
        return "patterns over nearly all of a GPU's memory, errors by word and bit";
    }
    [[nodiscard]] Scope scope() const override { return Scope::Device; }

    [[nodiscard]] std::vector<ParameterSpec> parameters() const override {
        std::vector<ParameterSpec> specs = sampling_parameters(kMemtestSampling);
        specs.push_back(device_parameter("gpu"));
        specs.push_back({.name = "patterns",
                         .kind = ParameterSpec::Kind::Texts,
                         .default_value = all_patterns(),
                         .allowed = all_patterns(),
                         .help = "one case each"});
        constexpr double kShare = 0.97;
        specs.push_back({.name = "share",
                         .kind = ParameterSpec::Kind::Number,
                         .default_value = kShare,
                         .minimum = 0.01,
                         .maximum = 1,
                         .allowed = {},
                         .help = "of the memory that is free"});
        specs.push_back({.name = "seed",
                         .kind = ParameterSpec::Kind::Count,
                         .default_value = std::int64_t{1},
                         .maximum = 9e15,
                         .allowed = {},
                         .help = "of the random words"});
        return specs;
    }

    [[nodiscard]] std::vector<CaseSpec> cases(const Parameters& parameters) const override {
        std::vector<CaseSpec> specs;
        for (const std::string& pattern : parameters.texts("patterns")) {
            CaseSpec spec;
            spec.name = "memtest." + pattern;
            spec.lead = static_cast<std::int32_t>(specs.size());
            spec.scope = scope();
            spec.unit = symbol(Unit::BytesPerSecond);
            spec.better = Direction::HigherIsBetter;
            spec.definition = "bytes written and read of the tested memory / time";
            spec.parameters = with_one(parameters, "patterns", "pattern", pattern);
            spec.repetitions = static_cast<std::int32_t>(parameters.integer("repetitions"));
            constexpr double kPass_s = 15;  // 64 patterns over 200 GB, four times, at 3.5 TB/s
            spec.expected_s = expected_cell_s(2, kPass_s, sampling_options(spec));
            spec.deadline_s = deadline_for(spec.expected_s);
            specs.push_back(std::move(spec));
        }
        return specs;
    }

    void run(const CaseSpec& lead, SuiteContext& context) const override {
        context.operation("take nearly all memory that is free");
        const auto test = context.device().make_memory_test(
            pattern_from(lead.parameters.text("pattern")), lead.parameters.real("share"),
            static_cast<std::uint64_t>(lead.parameters.integer("seed")));
        measure_then_record(
            *test, sampling_options(lead), context, nullptr, [&](const Measurement& measured) {
                context.record(lead.name, rates(measured.seconds, test->work().bytes),
                               measured.time_s, test->variant());
            });
    }
};

}  // namespace

const Suite& memtest_suite() {
    static const MemoryTest kSuite;
    return kSuite;
}

}  // namespace rackproof
