// Measures:  sustained matrix product C = A B, 2 m n k operations, dense, random operands.
// How:       products repeated between two stops of the device's timer; every sample checked by
//            Freivalds' test and, against the first, by the digest of C.
// Fooled by: power capping and other load (see telemetry), small shapes, a library that fell back
//            to plain code (see the variant).
#include "suites/blas_kernels.hpp"
#include "suites/gemm_shape.hpp"
#include "suites/sampling.hpp"
#include "suites/suite.hpp"

namespace rackproof {
namespace {

constexpr SamplingDefaults kGemmSampling{.repetitions = 10, .warmup = 1, .min_sample_s = 0.05};

class Gemm : public Suite {
  public:
    [[nodiscard]] std::string_view name() const override { return "gemm"; }
    [[nodiscard]] std::string_view summary() const override {
        return "dense matrix products in precisions from fp64 to int8";
    }
    [[nodiscard]] Scope scope() const override { return Scope::Device; }

    [[nodiscard]] std::vector<ParameterSpec> parameters() const override {
        std::vector<ParameterSpec> specs = gemm_parameters();
        for (ParameterSpec& spec : sampling_parameters(kGemmSampling))
            specs.push_back(std::move(spec));
        return specs;
    }

    [[nodiscard]] std::vector<CaseSpec> cases(const Parameters& parameters) const override {
        check_gemm_parameters(parameters);
        std::vector<CaseSpec> specs;
        for (const Parameters& own : one_each_precision(parameters)) {
            CaseSpec spec;
            spec.name = gemm_case_name("gemm", own);
            spec.lead = static_cast<std::int32_t>(specs.size());
            spec.scope = scope();
            spec.unit = symbol(Unit::FlopsPerSecond);
            spec.better = Direction::HigherIsBetter;
            spec.definition = "2 m n k floating-point operations of one product / its time";
            spec.parameters = own;
            spec.repetitions = static_cast<std::int32_t>(own.integer("repetitions"));
            constexpr double kSetup_s = 1;
            spec.expected_s =
                expected_cell_s(kSetup_s, expected_product_s(own), sampling_options(spec));
            spec.deadline_s = deadline_for(spec.expected_s);
            specs.push_back(std::move(spec));
        }
        return specs;
    }

    void run(const CaseSpec& lead, SuiteContext& context) const override {
        context.operation("make random operands");
        const GemmShape shape = gemm_shape(lead.parameters, context.device().info());
        const auto product = make_product(context.device(), shape);
        tell_chosen_kernels(*product, context);
        measure_then_record(
            *product, sampling_options(lead), context, nullptr, [&](const Measurement& measured) {
                context.record(lead.name, rates(measured.seconds, product->work().flops),
                               measured.time_s, product->variant());
            });
    }
};

}  // namespace

const Suite& gemm_suite() {
    static const Gemm kSuite;
    return kSuite;
}

}  // namespace rackproof
