// Measures:  the rate of a product by the fastest of the library's algorithms for it.
// How:       a few GPUs of each sku time every candidate by turns, then the product with the
//            fastest, as suite gemm does. What most of them chose is pinned for the cases of later
//            stages that ask for it (runners/pins.hpp).
// Fooled by: a few of which most are sick; candidates that differ by less than the noise.
#include "core/error.hpp"
#include "suites/gemm_shape.hpp"
#include "suites/sampling.hpp"
#include "suites/suite.hpp"

namespace rackproof {
namespace {

constexpr SamplingDefaults kCalibrationSampling{
    .repetitions = 5, .warmup = 1, .min_sample_s = 0.05};

/// The product's own would not do: another choice than the peers' is no fault of a GPU, and its
/// output no other answer.
Variant choice_variant(const GemmShape& shape, const GemmAlgorithm& chosen) {
    Parameters parameters;
    parameters.set("m", shape.m);
    parameters.set("n", shape.n);
    parameters.set("k", shape.k);
    parameters.set("chosen", chosen.algorithm);
    return {.parameters = parameters.json(),
            .algorithm = "fastest",
            .library = chosen.library,
            .transport = ""};
}

class Calibration : public Suite {
  public:
    [[nodiscard]] std::string_view name() const override { return "calibration"; }
    [[nodiscard]] std::string_view summary() const override {
        return "chooses the algorithm of products, on a few GPUs of each sku";
    }
    [[nodiscard]] Scope scope() const override { return Scope::Device; }
    [[nodiscard]] Spread spread() const override { return Spread::FewOfEachSku; }

    [[nodiscard]] std::vector<ParameterSpec> parameters() const override {
        std::vector<ParameterSpec> specs = product_parameters();
        for (ParameterSpec& spec : specs) {
            if (spec.name == "device") {
                spec.default_value = std::string{"gpu"};
                spec.allowed = {"gpu"};
            }
            if (spec.name == "precision") spec.default_value = std::vector<std::string>{"bf16"};
        }
        for (ParameterSpec& spec : sampling_parameters(kCalibrationSampling))
            specs.push_back(std::move(spec));
        return specs;
    }

    [[nodiscard]] std::vector<CaseSpec> cases(const Parameters& parameters) const override {
        check_gemm_parameters(parameters);
        std::vector<CaseSpec> specs;
        for (const Parameters& own : one_each_precision(parameters)) {
            CaseSpec spec;
            spec.name = gemm_case_name("calibration", own);
            spec.lead = static_cast<std::int32_t>(specs.size());
            spec.scope = scope();
            spec.unit = symbol(Unit::FlopsPerSecond);
            spec.better = Direction::HigherIsBetter;
            spec.definition =
                "2 m n k floating-point operations of one product by the fastest algorithm / its "
                "time";
            spec.parameters = own;
            spec.repetitions = static_cast<std::int32_t>(own.integer("repetitions"));
            constexpr double kCandidates = 16;
            const double trials_s = 5 + kCandidates * expected_product_s(own);
            spec.expected_s =
                expected_cell_s(trials_s, expected_product_s(own), sampling_options(spec));
            spec.deadline_s = deadline_for(spec.expected_s);
            specs.push_back(std::move(spec));
        }
        return specs;
    }

    void run(const CaseSpec& lead, SuiteContext& context) const override {
        context.operation("time the algorithms");
        GemmShape shape = gemm_shape(lead.parameters, context.device().info());
        const GemmAlgorithm chosen = context.device().choose_gemm_algorithm(shape);
        context.operation("make random operands");
        shape.pinned = {chosen};
        const auto product = make_product(context.device(), shape);
        measure_then_record(
            *product, sampling_options(lead), context, nullptr, [&](const Measurement& measured) {
                context.record(lead.name, rates(measured.seconds, product->work().flops),
                               measured.time_s, choice_variant(shape, chosen));
            });
    }
};

}  // namespace

const Suite& calibration_suite() {
    static const Calibration kSuite;
    return kSuite;
}

}  // namespace rackproof
