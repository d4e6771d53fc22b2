#include <gmock/gmock.h>

#include "core/error.hpp"
#include "suites/gemm_shape.hpp"
#include "tests/support/suite_runner.hpp"

namespace rackproof {
namespace {

using test::cases_for;
using test::SuiteRun;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Parameters calibrated_on(const std::string& device) {
    Parameters parameters;
    parameters.set("device", device);
    parameters.set("algorithm", std::string{"calibrated"});
    return parameters;
}

TEST(Calibration, MeasuresTheFastestAndSaysWhichItIs) {
    SuiteRun calibration{"calibration", "calibration.bf16"};
    calibration.device.facts.facts.kind = "gpu";
    calibration.device.fastest = {"lib 2", "tile 7"};
    calibration.device.script.variant.parameters = R"({"digest":"12"})";
    calibration.run();
    ASSERT_EQ(calibration.device.shapes.size(), 1U);
    EXPECT_THAT(*calibration.device.shapes[0].pinned,
                ElementsAre(GemmAlgorithm{"lib 2", "tile 7"}));
    EXPECT_EQ(calibration.device.shapes[0].m, 8192);
    const Variant& variant = calibration.context.recorded.at("calibration.bf16").variant;
    EXPECT_THAT(variant.parameters, HasSubstr(R"("chosen":"tile 7")"));
    EXPECT_THAT(variant.parameters, Not(HasSubstr("digest"))) << "it depends on the choice";
    EXPECT_EQ(variant.algorithm, "fastest");
    EXPECT_EQ(variant.library, "lib 2");
    EXPECT_EQ(calibration.suite.spread(), Suite::Spread::FewOfEachSku);
}

TEST(Calibration, AWrongAnswerIsNoChoice) {
    SuiteRun calibration{"calibration", "calibration.bf16"};
    calibration.device.script.wrong_checks = {0};
    calibration.device.facts.facts.kind = "gpu";
    EXPECT_THROW(calibration.run(), WrongAnswer);
}

TEST(CalibratedGemm, UsesWhatIsPinnedAndNothingElse) {
    for (const std::string suite : {"gemm", "burnin"}) {
        SuiteRun gemm{suite, suite + ".fp64.gpu", calibrated_on("gpu")};
        gemm.device.facts.facts.kind = "gpu";
        gemm.cases[0].parameters.set(
            std::string{kPinned},
            std::vector<std::string>{pin_text({"lib 1", "a: b"}), pin_text({"lib 2", "c"})});
        gemm.run();
        EXPECT_THAT(*gemm.device.shapes.at(0).pinned,
                    ElementsAre(GemmAlgorithm{"lib 1", "a: b"}, GemmAlgorithm{"lib 2", "c"}));
    }
}

TEST(CalibratedGemm, WithoutAPinLeavesTheDeviceNoChoice) {
    SuiteRun gemm{"gemm", "gemm.fp64.gpu", calibrated_on("gpu")};
    gemm.device.facts.facts.kind = "gpu";
    gemm.run();
    ASSERT_TRUE(gemm.device.shapes.at(0).pinned.has_value());
    EXPECT_TRUE(gemm.device.shapes.at(0).pinned->empty());
}

/// An optional case that is skipped would show under coverage alone.
TEST(CalibratedGemm, IsNotSkippedByADeviceUnlikeItsPeers) {
    for (const std::string suite : {"gemm", "burnin"}) {
        SuiteRun gemm{suite, suite + ".fp64.gpu", calibrated_on("gpu")};
        gemm.device.facts.facts.kind = "gpu";
        gemm.device.unsupported = "it has no such algorithm";
        EXPECT_THROW(gemm.run(), Unsupported) << "nobody has calibrated";
        gemm.cases[0].parameters.set(std::string{kPinned},
                                     std::vector<std::string>{pin_text({"lib 1", "a"})});
        try {
            gemm.run();
            ADD_FAILURE() << "it ran";
        } catch (const Unsupported& error) {
            ADD_FAILURE() << "skipped: " << error.what();
        } catch (const Error& error) {
            EXPECT_THAT(error.what(), HasSubstr("it has no such algorithm"));
        }
    }
}

TEST(CalibratedGemm, IsAskedForByThePlan) {
    Parameters gpu;
    gpu.set("device", std::string{"gpu"});
    SuiteRun gemm{"gemm", "gemm.fp64.gpu", gpu};
    gemm.run();
    EXPECT_FALSE(gemm.device.shapes.at(0).pinned.has_value()) << "it chooses its own";
    EXPECT_THROW((void)cases_for("gemm", calibrated_on("cpu")), InputError);
    EXPECT_THROW((void)cases_for("burnin", calibrated_on("cpu")), InputError);
    EXPECT_FALSE(cases_for("gemm")[0].parameters.has("algorithm")) << "a CPU's are as they were";
}

TEST(SameProduct, IsOneOfTheSameShapeWhateverItIsMeasuredFor) {
    Parameters parameters;
    parameters.set("precision", std::vector<std::string>{"fp64", "bf16"});
    const std::vector<CaseSpec> calibrations = cases_for("calibration", parameters);
    parameters.set("device", std::string{"gpu"});
    parameters.set("seed", std::int64_t{9});
    const std::vector<CaseSpec> gemms = cases_for("gemm", parameters);
    EXPECT_TRUE(same_product(calibrations[0].parameters, gemms[0].parameters));
    const std::vector<CaseSpec> burnins = cases_for("burnin", parameters);
    ASSERT_EQ(burnins.at(4).name, "burnin.bf16");
    EXPECT_TRUE(same_product(calibrations[1].parameters, burnins[4].parameters));
    EXPECT_FALSE(same_product(calibrations[0].parameters, gemms[1].parameters));
    for (const char* name : {"size", "m", "n", "k"}) {
        Parameters other = gemms[0].parameters;
        other.set(name, std::int64_t{64});
        EXPECT_FALSE(same_product(calibrations[0].parameters, other)) << name;
    }
}

}  // namespace
}  // namespace rackproof
