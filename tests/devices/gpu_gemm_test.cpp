#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "devices/gpu/workloads.hpp"
#include "tests/support/scripted_gpu.hpp"

namespace rackproof::gpu {
namespace {

using test::ScriptedGpu;
using test::wrong_answer;
using testing::HasSubstr;

const GemmShape kShape{.precision = Precision::Fp64, .m = 6, .n = 5, .k = 4, .seed = 3};

TEST(GpuGemm, ARightProductPassesAndKeepsItsDigest) {
    ScriptedGpu gpu;
    const auto product = make_gemm(gpu, kShape);
    EXPECT_THROW(product->verify(), Error) << "it never ran";
    EXPECT_THAT(product->variant().parameters, Not(HasSubstr("digest")));
    for (int i = 0; i < 3; ++i) {
        product->run();
        EXPECT_EQ(wrong_answer(*product), "");
    }
    EXPECT_THAT(product->variant().parameters, HasSubstr(R"("digest":)"));
    EXPECT_EQ(product->variant().algorithm, "id 7");
    EXPECT_EQ(product->variant().library, "scripted 1.2");
    EXPECT_EQ(product->work().flops, 2.0 * 6 * 5 * 4);
}

TEST(GpuGemm, OneWrongElementIsNamedByItsRowWithTheSeed) {
    ScriptedGpu gpu;
    const auto product = make_gemm(gpu, kShape);
    gpu.product_error = 1e-9;
    product->run();
    EXPECT_THAT(wrong_answer(*product), AllOf(HasSubstr("row 0"), HasSubstr("seed 3")));
    EXPECT_THAT(wrong_answer(*product), HasSubstr("row 0")) << "it stays wrong";
}

TEST(GpuGemm, WhatTheCheckCannotSeeTheDigestDoes) {
    ScriptedGpu gpu;
    const auto product = make_gemm(gpu, kShape);
    product->run();
    EXPECT_EQ(wrong_answer(*product), "");
    gpu.product_error = 1e-14;
    product->run();
    EXPECT_THAT(wrong_answer(*product), HasSubstr("digest"));
}

TEST(GpuGemm, AProductThatIsNotComputedAnewDoesNotPass) {
    struct Idle : ScriptedGpu {
        std::unique_ptr<GpuGemm> make_gemm(const GemmShape&, const GemmOperands&) override {
            struct Nothing : GpuGemm {
                std::vector<std::string> candidates() override { return {""}; }
                std::string settings(const std::string&) const override { return ""; }
                void use(const std::string&) override {}
                void run() override {}
                std::string library() const override { return ""; }
            };
            return std::make_unique<Nothing>();
        }
    };
    Idle gpu;
    const auto product = make_gemm(gpu, kShape);
    product->run();
    EXPECT_THAT(wrong_answer(*product), HasSubstr("row"));
}

TEST(GpuGemm, WhatDoesNotFitIsSkipped) {
    ScriptedGpu gpu;
    gpu.free = 100;
    EXPECT_THROW((void)make_gemm(gpu, kShape), Unsupported);
    EXPECT_THROW((void)make_gemm(gpu, {.m = 0, .n = 1, .k = 1}), Error);
    EXPECT_EQ(gpu.blocks(), 0U);
}

std::string refusal(ScriptedGpu& gpu, const GemmShape& shape) {
    try {
        (void)make_gemm(gpu, shape);
    } catch (const Unsupported& error) {
        return std::string{"skipped: "} + error.what();
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

TEST(GpuGemm, FourBitOperandsTakeTheirNumbersAndTheirScales) {
    ScriptedGpu gpu;
    gpu.free = 100;
    GemmShape shape{.precision = Precision::Nvfp4, .m = 128, .n = 256, .k = 64, .seed = 3};
    const std::size_t numbers = (128 + 256) * 64 / 2;
    const std::size_t scales = (128 + 256) * 64 / 16;
    const std::size_t all = numbers + scales + 128 * 256 * 2;  // C is of bf16
    EXPECT_THAT(refusal(gpu, shape), HasSubstr("need " + std::to_string(all) + " bytes"));
    shape.k = 72;
    EXPECT_THAT(refusal(gpu, shape), HasSubstr("needs k in blocks of 16"));
}

GemmShape pinned(std::vector<GemmAlgorithm> algorithms) {
    GemmShape shape = kShape;
    shape.pinned = std::move(algorithms);
    return shape;
}

class GpuGemmAlgorithm : public testing::Test {
  protected:
    GpuGemmAlgorithm() { gpu_.algorithms = {{"first", 1}, {"second", 0.99}, {"third", 0.98}}; }
    ScriptedGpu gpu_;
};

TEST_F(GpuGemmAlgorithm, IsTheFastestIfItWinsClearly) {
    EXPECT_EQ(make_gemm(gpu_, kShape)->variant().algorithm, "third");
    EXPECT_EQ(choose_gemm_algorithm(gpu_, kShape), (GemmAlgorithm{"scripted 1.2", "third"}));
    gpu_.algorithms.pop_back();
    EXPECT_EQ(make_gemm(gpu_, kShape)->variant().algorithm, "first") << "1 % is no clear win";
}

TEST_F(GpuGemmAlgorithm, IsThePinnedOneOfThisLibraryThoughItIsSlower) {
    const auto product =
        make_gemm(gpu_, pinned({{"scripted 1.1", "third"}, {"scripted 1.2", "second"}}));
    EXPECT_EQ(product->variant().algorithm, "second");
    EXPECT_EQ(product->variant().library, "scripted 1.2");
    product->run();
    gpu_.mark_start();
    product->run();
    EXPECT_EQ(gpu_.elapsed_s(), 0.99) << "it is what runs";
}

TEST_F(GpuGemmAlgorithm, APinnedOneThatCannotBeUsedIsNoReasonForAnother) {
    gpu_.unusable = {"second"};
    EXPECT_THAT(refusal(gpu_, pinned({{"scripted 1.2", "second"}})),
                AllOf(testing::StartsWith("use the algorithm 'second' of scripted 1.2"),
                      HasSubstr("the script does not take it")));
    EXPECT_EQ(gpu_.blocks(), 0U);
}

TEST_F(GpuGemmAlgorithm, IsRecordedWithoutWhatRestoresIt) {
    gpu_.algorithms = {{"tile 7 bytes 0aff", 1}};
    EXPECT_EQ(make_gemm(gpu_, kShape)->variant().algorithm, "tile 7");
    EXPECT_EQ(choose_gemm_algorithm(gpu_, kShape).algorithm, "tile 7 bytes 0aff");
    const GemmShape shape = pinned({{"scripted 1.2", "tile 7 bytes 0aff"}});
    EXPECT_EQ(make_gemm(gpu_, shape)->variant().algorithm, "tile 7");
}

TEST_F(GpuGemmAlgorithm, WhatNobodyCalibratedIsNotUsed) {
    EXPECT_THAT(refusal(gpu_, pinned({{"scripted 1.1", "third"}})),
                HasSubstr("none was calibrated for scripted 1.2, only for scripted 1.1"));
    EXPECT_THAT(refusal(gpu_, pinned({})), HasSubstr("has completed its calibration"));
}

TEST_F(GpuGemmAlgorithm, AGpuWithoutAnySkipsWhateverIsPinned) {
    gpu_.algorithms.clear();
    EXPECT_EQ(refusal(gpu_, pinned({})), "skipped: the script has no algorithm");
    EXPECT_EQ(refusal(gpu_, kShape), "skipped: the script has no algorithm");
}

TEST_F(GpuGemmAlgorithm, IsChosenAnewWhateverIsPinned) {
    EXPECT_EQ(choose_gemm_algorithm(gpu_, pinned({{"scripted 1.2", "first"}})).algorithm, "third");
}

ProductSums healthy_sums(std::size_t rows) {
    return {std::vector<double>(rows, 10), std::vector<double>(rows, 10),
            std::vector<double>(rows, 100), std::vector<double>(rows, 100), 1000};
}

TEST(JudgeProduct, TheBoundIsOfThePrecision) {
    const auto verdict_at = [](Precision precision, double off) {
        ProductSums sums = healthy_sums(3);
        sums.cx[1] += off;
        const GemmShape shape{.precision = precision, .m = 3, .n = 3, .k = 100};
        return judge_product(shape, sums);
    };
    // 8 x 2^-22 x 10 x 10 x sqrt(1000), and 8 x 2^-8 x 10 for the rounding of C.
    const double bf16 = 8 * 0x1p-22 * 10 * 10 * std::sqrt(1000.0) + 8 * 0x1p-8 * 10;
    EXPECT_NEAR(verdict_at(Precision::Bf16, 0.1).bound, bf16, 1e-12);
    EXPECT_TRUE(verdict_at(Precision::Bf16, 0.99 * bf16).right);
    EXPECT_FALSE(verdict_at(Precision::Bf16, 1.01 * bf16).right);
    EXPECT_EQ(verdict_at(Precision::Bf16, 1.01 * bf16).row, 1U);
    EXPECT_FALSE(verdict_at(Precision::Fp64, 1e-6).right);
    EXPECT_NEAR(verdict_at(Precision::Nvfp4, 0.1).bound,
                8 * 0x1p-13 * 10 * 10 * std::sqrt(1000.0) + 8 * 0x1p-8 * 10, 1e-12);
    EXPECT_TRUE(verdict_at(Precision::Int8, 0).right);
    EXPECT_FALSE(verdict_at(Precision::Int8, 1).right) << "sums of whole numbers are exact";
}

TEST(JudgeProduct, NothingButNumbersPasses) {
    constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    for (const double bad : {kNan, kInfinity}) {
        for (std::vector<double> ProductSums::*column :
             {&ProductSums::cx, &ProductSums::abx, &ProductSums::a_square}) {
            ProductSums sums = healthy_sums(3);
            (sums.*column)[2] = bad;
            EXPECT_FALSE(judge_product(kShape, sums).right);
        }
    }
    EXPECT_FALSE(judge_product(kShape, healthy_sums(0)).right);
    ProductSums nothing = healthy_sums(2);
    nothing.a_square = nothing.c_square = {0, 0};
    EXPECT_FALSE(judge_product(kShape, nothing).right) << "operands of zeros prove nothing";
}

}  // namespace
}  // namespace rackproof::gpu
