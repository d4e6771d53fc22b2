#include "devices/cpu/gemm.hpp"

#include <gmock/gmock.h>

#include <array>

#include <climits>

#include "core/error.hpp"
#include "devices/cpu/affinity.hpp"
#include "devices/cpu/blas.hpp"
#include "devices/cpu/instruction_sets.hpp"

namespace rackproof::cpu {
namespace {

using testing::HasSubstr;

class GemmTest : public testing::Test {
  protected:
    void TearDown() override { bind_all_threads(cores_); }
    std::unique_ptr<Workload> make(const GemmShape& shape) {
        return make_openblas_gemm(pool_, best_instruction_set(), shape);
    }
    static std::string digest_of(Workload& gemm) {
        const std::string json = gemm.variant().parameters;
        const std::size_t key = json.find("\"digest\":");
        return key == std::string::npos ? "" : json.substr(key + 9, 18);
    }
    std::vector<int> cores_ = this_thread_cores();
    ThreadPool pool_{cores_};
};

TEST_F(GemmTest, BothPrecisionsAreRightAgainAndAgain) {
    for (const Precision precision : {Precision::Fp64, Precision::Fp32}) {
        auto gemm = make({.precision = precision, .m = 150, .n = 170, .k = 190});
        for (int round = 0; round < 5; ++round) {
            gemm->run();
            EXPECT_NO_THROW(gemm->verify()) << to_string(precision);
        }
    }
}

TEST_F(GemmTest, SizesOfOneWork) {
    for (const auto& [m, n, k] :
         {std::array<std::int64_t, 3>{1, 1, 1}, {1, 500, 3}, {500, 1, 3}, {2, 2, 5000}}) {
        auto gemm = make({.m = m, .n = n, .k = k});
        gemm->run();
        EXPECT_NO_THROW(gemm->verify());
    }
}

TEST_F(GemmTest, WorkIsTwoMnk) {
    EXPECT_EQ(make({.m = 10, .n = 20, .k = 30})->work().flops, 12000);
    EXPECT_EQ(make({.m = 10, .n = 20, .k = 30})->work().bytes, 0);
}

TEST_F(GemmTest, TheDigestDependsOnTheSeedAlone) {
    const GemmShape shape{.m = 64, .n = 65, .k = 66, .seed = 7};
    auto first = make(shape);
    EXPECT_EQ(digest_of(*first), "") << "no digest before anything was verified";
    first->run();
    first->verify();
    const std::string digest = digest_of(*first);
    EXPECT_EQ(digest.size(), 18U);
    auto again = make(shape);
    again->run();
    again->verify();
    EXPECT_EQ(digest_of(*again), digest);
    auto other = make({.m = 64, .n = 65, .k = 66, .seed = 8});
    other->run();
    other->verify();
    EXPECT_NE(digest_of(*other), digest);
}

TEST_F(GemmTest, VerifyingNothingIsAnError) {
    auto gemm = make({.m = 10, .n = 10, .k = 10});
    EXPECT_THROW(gemm->verify(), Error);
    gemm->run();
    EXPECT_NO_THROW(gemm->verify());
    EXPECT_NO_THROW(gemm->verify()) << "the verdict stands until the next run";
}

TEST_F(GemmTest, VariantSaysHowItWasDone) {
    auto gemm = make({.m = 300, .n = 300, .k = 300});
    const Variant variant = gemm->variant();
    EXPECT_THAT(variant.library, testing::StartsWith("OpenBLAS "));
    EXPECT_THAT(variant.algorithm, testing::StartsWith(blas_core()));
    EXPECT_THAT(variant.parameters, HasSubstr("\"threads\":" + std::to_string(pool_.size())));
}

TEST_F(GemmTest, ImpossibleShapesAreRefused) {
    EXPECT_THROW(make({.m = 0, .n = 1, .k = 1}), Error);
    EXPECT_THROW(make({.m = 1, .n = -4, .k = 1}), Error);
    EXPECT_THROW(make({.m = 1, .n = 1, .k = std::int64_t{INT_MAX} + 1}), Unsupported);
    EXPECT_THROW(make({.m = INT_MAX, .n = INT_MAX, .k = INT_MAX}), Error);
    EXPECT_THROW(make({.m = 200000, .n = 200000, .k = 1}), Error) << "320 GB";
}

}  // namespace
}  // namespace rackproof::cpu
