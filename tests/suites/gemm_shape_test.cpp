#include "suites/gemm_shape.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "tests/support/suite_runner.hpp"

namespace rackproof {
namespace {

DeviceInfo device(std::int32_t cores, const char* vector_unit, std::int64_t memory_bytes = 0) {
    DeviceInfo info;
    info.core_count = cores;
    info.vector_unit = vector_unit;
    info.memory_bytes = memory_bytes;
    return info;
}

TEST(ChosenGemmSize, GrowsWithTheCores) {
    EXPECT_EQ(chosen_gemm_size(Precision::Fp64, device(1, "avx512")), 1792);
    EXPECT_EQ(chosen_gemm_size(Precision::Fp64, device(8, "avx512")), 3584);
    EXPECT_EQ(chosen_gemm_size(Precision::Fp64, device(64, "avx512")), 7168 - 256);
}

/// 0.1 to 0.3 s on cores of the rates that real ones have (GFLOP/s in double precision).
TEST(ChosenGemmSize, TakesAFewTenthsOfASecondOnRealCores) {
    struct RealCore {
        const char* vector_unit;
        double gflops;
    };
    for (const RealCore& core : {RealCore{"avx512", 54}, RealCore{"avx512", 80},
                                 RealCore{"avx2", 50}, RealCore{"neon", 48}, RealCore{"sve", 50}}) {
        for (const int cores : {1, 2, 8, 64}) {
            const auto n = static_cast<double>(
                chosen_gemm_size(Precision::Fp64, device(cores, core.vector_unit)));
            const double product_s = 2 * n * n * n / (core.gflops * 1e9 * cores);
            EXPECT_GT(product_s, 0.08) << core.vector_unit << " " << cores;
            EXPECT_LT(product_s, 0.3) << core.vector_unit << " " << cores;
        }
    }
}

TEST(ChosenGemmSize, IsLargerInSinglePrecision) {
    EXPECT_GT(chosen_gemm_size(Precision::Fp32, device(4, "avx2")),
              chosen_gemm_size(Precision::Fp64, device(4, "avx2")));
}

TEST(ChosenGemmSize, DoesNotDependOnHowMuchMemoryIsFreeIfItFits) {
    const std::int64_t size = chosen_gemm_size(Precision::Fp64, device(8, "avx2"));
    for (const std::int64_t memory : {std::int64_t{4} << 30, std::int64_t{5} << 30}) {
        EXPECT_EQ(chosen_gemm_size(Precision::Fp64, device(8, "avx2", memory)), size);
    }
}

TEST(ChosenGemmSize, FitsAQuarterOfTheMemory) {
    for (const std::int64_t memory : {100'000, 5'000'000, 50'000'000, 200'000'000}) {
        const std::int64_t n = chosen_gemm_size(Precision::Fp64, device(64, "avx512", memory));
        EXPECT_GE(n, 16);
        EXPECT_LE(3 * 8 * n * n, memory / 4);
    }
}

TEST(ChosenGemmSize, RefusesADeviceWithoutMemory) {
    EXPECT_THROW((void)chosen_gemm_size(Precision::Fp64, device(1, "avx2", 1000)), Error);
}

Parameters with_dimensions(std::int64_t size, std::int64_t m, std::int64_t n, std::int64_t k) {
    Parameters parameters;
    parameters.set("size", size);
    parameters.set("m", m);
    parameters.set("n", n);
    parameters.set("k", k);
    return with_defaults(*find_suite("gemm"), parameters);
}

TEST(CheckGemmParameters, WantsAllOfThemOrNone) {
    EXPECT_NO_THROW(check_gemm_parameters(with_dimensions(0, 0, 0, 0)));
    EXPECT_NO_THROW(check_gemm_parameters(with_dimensions(512, 0, 0, 0)));
    EXPECT_NO_THROW(check_gemm_parameters(with_dimensions(0, 1, 2, 3)));
    EXPECT_THROW(check_gemm_parameters(with_dimensions(0, 1, 2, 0)), InputError);
    EXPECT_THROW(check_gemm_parameters(with_dimensions(512, 1, 2, 3)), InputError);
}

TEST(GemmShapeOf, IsWhatThePlanSays) {
    Parameters own = with_dimensions(0, 10, 20, 30);
    own.set("precision", std::string{"fp32"});
    own.set("seed", std::int64_t{77});
    const GemmShape given = gemm_shape(own, device(1, "avx2"));
    EXPECT_EQ(given.precision, Precision::Fp32);
    EXPECT_EQ(given.m, 10);
    EXPECT_EQ(given.n, 20);
    EXPECT_EQ(given.k, 30);
    EXPECT_EQ(given.seed, 77U);
    Parameters square = with_dimensions(640, 0, 0, 0);
    square.set("precision", std::string{"fp64"});
    EXPECT_EQ(gemm_shape(square, device(1, "avx2")).k, 640);
}

TEST(GemmShapeOf, RefusesAPrecisionThatIsNone) {
    Parameters own = with_dimensions(8, 0, 0, 0);
    own.set("precision", std::string{"fp17"});
    EXPECT_THROW((void)gemm_shape(own, device(1, "avx2")), Error);
}

TEST(GemmCases, PrecisionsOfGpusNeedOne) {
    Parameters asked;
    asked.set("precision", std::vector<std::string>{"fp64", "bf16"});
    const Suite& gemm = *find_suite("gemm");
    EXPECT_THROW((void)gemm.cases(with_defaults(gemm, asked)), InputError);
    asked.set("device", std::string{"gpu"});
    const std::vector<CaseSpec> cases = gemm.cases(with_defaults(gemm, asked));
    ASSERT_EQ(cases.size(), 2U);
    EXPECT_EQ(cases[0].name, "gemm.fp64.gpu") << "CPUs have one as well";
    EXPECT_EQ(cases[1].name, "gemm.bf16");
    EXPECT_EQ(device_kind(cases[1]), "gpu");
}

TEST(GemmShapeOf, IsTheSameOnEveryGpu) {
    DeviceInfo gpu;
    gpu.facts.kind = "gpu";
    EXPECT_EQ(chosen_gemm_size(Precision::Bf16, gpu), 8192);
}

}  // namespace
}  // namespace rackproof
