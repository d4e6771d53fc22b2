#include "suites/sampling.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/memory_context.hpp"

namespace rackproof {
namespace {

using testing::ElementsAre;

TEST(Rates, AreAmountsOverSeconds) {
    EXPECT_THAT(rates({0.5, 2}, 10), ElementsAre(20, 5));
    EXPECT_THAT(rates({}, 10), ElementsAre());
}

TEST(WithOne, PutsOneItemInPlaceOfTheList) {
    Parameters all;
    all.set("kernels", std::vector<std::string>{"copy", "triad"});
    all.set("seed", std::int64_t{4});
    const Parameters own = with_one(all, "kernels", "kernel", std::string{"triad"});
    EXPECT_EQ(own.json(), R"({"kernel":"triad","seed":4})");
}

TEST(WithParameter, AddsToAVariantsParameters) {
    Variant variant;
    variant = with_parameter(variant, "ranks", 2);
    EXPECT_EQ(variant.parameters, R"({"ranks":2})");
    variant = with_parameter(variant, "operations", 17);
    EXPECT_EQ(variant.parameters, R"({"ranks":2,"operations":17})");
    EXPECT_EQ(with_parameter(variant, "ranks", 3), variant);
}

TEST(WithParameter, RefusesWhatIsNoObject) {
    Variant variant;
    variant.parameters = "";
    EXPECT_THROW((void)with_parameter(variant, "ranks", 2), Error);
}

TEST(Deadline, IsGenerousAndNeverShort) {
    EXPECT_DOUBLE_EQ(deadline_for(0.1), 30);
    EXPECT_DOUBLE_EQ(deadline_for(10), 200);
}

TEST(ExpectedCell, CountsSetupWarmUpCalibrationAndSamples) {
    const MeasureOptions options{.warmup = 1, .repetitions = 8, .min_sample_s = 0.5};
    EXPECT_DOUBLE_EQ(expected_cell_s(2, 0.1, options), 7);
    EXPECT_DOUBLE_EQ(expected_cell_s(2, 1, options), 12);
}

class MeasureThenRecord : public testing::Test {
  protected:
    void run() {
        const auto workload = device.make({});
        const MeasureOptions options{.warmup = 1, .repetitions = 3, .min_sample_s = 0};
        measure_then_record(*workload, options, context, nullptr,
                            [this](const Measurement& measured) {
                                ++recorded;
                                samples = measured.seconds.size();
                            });
    }
    test::ScriptedClock clock;
    test::ScriptedDevice device{clock};
    test::MemoryContext context{{}, device, clock};
    int recorded = 0;
    std::size_t samples = 0;
};

TEST_F(MeasureThenRecord, RecordsOnce) {
    run();
    EXPECT_EQ(recorded, 1);
    EXPECT_EQ(samples, 3U);
}

TEST_F(MeasureThenRecord, RecordsBeforeAWrongAnswerLeaves) {
    device.script.wrong_checks = {2};
    EXPECT_THROW(run(), WrongAnswer);
    EXPECT_EQ(recorded, 1);
    EXPECT_EQ(samples, 2U);
}

TEST_F(MeasureThenRecord, HasNothingToRecordOfAWrongWarmUp) {
    device.script.wrong_checks = {0};
    EXPECT_THROW(run(), WrongAnswer);
    EXPECT_EQ(recorded, 0);
}

TEST_F(MeasureThenRecord, RecordsNothingAfterAnotherError) {
    device.script.throws_at_run = 2;
    EXPECT_THROW(run(), Error);
    EXPECT_EQ(recorded, 0);
}

}  // namespace
}  // namespace rackproof
