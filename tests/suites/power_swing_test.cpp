// The suite with real time: its ranks wait for the clock.
#include <gmock/gmock.h>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "tests/support/suite_runner.hpp"
#include "tests/support/sysfs_tree.hpp"

namespace rackproof {
namespace {

using test::SysfsTree;
using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

/// The clock that passes while nobody works as well.
class TimedContext : public test::MemoryContext {
  public:
    using MemoryContext::MemoryContext;
    [[nodiscard]] double now_s() const override { return seconds_since(begun_); }

  private:
    SteadyClock::time_point begun_ = SteadyClock::now();
};

Parameters short_waves() {
    Parameters given;
    given.set("from_hz", 10.0);
    given.set("to_hz", 20.0);
    given.set("wave_s", 0.2);
    given.set("hold_s", 0.05);
    given.set("rest_s", 0.0);
    given.set("stages", std::int64_t{2});
    given.set("ceiling_w", 100.0);
    given.set("device_w", 10.0);
    return given;
}

class PowerSwing : public testing::Test {
  protected:
    explicit PowerSwing(const Parameters& given = short_waves()) { plan(given); }

    void plan(const Parameters& given) {
        cases_ = test::cases_for("power_swing", given);
        device_.script.run_s = {1e-4};
        context_.emplace(cases_, device_, clock_);
        context_->ranks = &ranks_;
    }
    void run() { find_suite("power_swing")->run(cases_.at(0), *context_); }
    [[nodiscard]] std::string failure() {
        try {
            run();
        } catch (const Unsupported&) {
            throw;
        } catch (const Error& error) {
            return error.what();
        }
        return "";
    }

    std::vector<CaseSpec> cases_;
    test::ScriptedClock clock_;
    test::ScriptedDevice device_{clock_};
    test::ScriptedCommunicator ranks_{device_, 4};
    std::optional<TimedContext> context_;
};

TEST_F(PowerSwing, EachWaveIsACompanionOfTheLead) {
    ASSERT_THAT(cases_, SizeIs(1 + 2 * 4));
    EXPECT_EQ(cases_[0].name, "power_swing.phase");
    EXPECT_EQ(cases_[0].repetitions, 8);
    EXPECT_EQ(cases_[1].name, "power_swing.phase.step.50pct");
    EXPECT_EQ(cases_[3].name, "power_swing.phase.square_10Hz.50pct");
    EXPECT_EQ(cases_[3].repetitions, 3);
    EXPECT_EQ(cases_[3].parameters.real("period_s"), 0.1);
    EXPECT_EQ(cases_[3].parameters.text("shape"), "square");
    for (const CaseSpec& spec : cases_) EXPECT_EQ(spec.lead, 0);
}

TEST_F(PowerSwing, RecordsWhenItsLoadBeganAndEndedInEachPeriod) {
    run();
    EXPECT_THAT(context_->recorded, SizeIs(9));
    EXPECT_THAT(context_->recorded.at("power_swing.phase").samples, SizeIs(8));
    const auto& times = context_->rank_times.at("power_swing.phase.square_20Hz.100pct");
    ASSERT_THAT(times.entry_s, SizeIs(4));
    for (std::size_t i = 1; i < times.entry_s.size(); ++i) {
        EXPECT_LE(times.exit_s[i - 1], times.entry_s[i]);  // how soon, no busy machine can promise
        EXPECT_GE(times.exit_s[i], times.entry_s[i]);
    }
    EXPECT_GT(device_.script.runs, 0);
    EXPECT_THAT(context_->node_facts, Contains(testing::Key("swing.utc_at_zero")));
}

TEST_F(PowerSwing, OfTwoRanksThePhaseErrorIsTheirDistance) {
    ranks_.max_of = [](double value) {
        return value == 0 ? 0 : value + 0.004;
    };  // another is so far beyond
    run();
    EXPECT_THAT(context_->recorded.at("power_swing.phase.square_10Hz.50pct").samples,
                Each(testing::DoubleNear(0.008, 1e-9)));
}

TEST_F(PowerSwing, WavesThatWouldComeAboveTheCeilingAreLeftOut) {
    Parameters given = short_waves();
    given.set("device_w", 45.0);  // four of them: 180 W, and 90 W at half
    plan(given);
    run();
    EXPECT_THAT(context_->recorded, SizeIs(5));
    EXPECT_THAT(context_->skipped.at("power_swing.phase.step.100pct"),
                AllOf(HasSubstr("4 devices at 45 W"), HasSubstr("180 W"), HasSubstr("100 W")));
    EXPECT_THAT(context_->recorded.at("power_swing.phase").samples, SizeIs(4));
}

TEST_F(PowerSwing, WithoutAWordOnPowerNothingIsLoaded) {
    Parameters given = short_waves();
    given.set("device_w", 0.0);
    plan(given);
    EXPECT_THROW(run(), Unsupported);
    EXPECT_THAT(context_->recorded, SizeIs(0));
    EXPECT_THAT(context_->rank_times, SizeIs(0));
}

TEST_F(PowerSwing, AboveTheCeilingItStopsAndSaysSoOfAllThatDoesNotBegin) {
    SysfsTree sysfs;
    sysfs.write("class/hwmon/hwmon0/name", "power_meter");
    sysfs.write("class/hwmon/hwmon0/power1_input", "150000000");  // 150 W
    context_->host_sensors = find_sensors(sysfs.root());
    EXPECT_THAT(failure(), HasSubstr("stopped: 600 W, above the ceiling of 100 W"));
    EXPECT_THAT(context_->recorded, SizeIs(0));
    EXPECT_THAT(context_->skipped, SizeIs(7));
    EXPECT_THAT(context_->skipped.at("power_swing.phase.square_20Hz.100pct"),
                StartsWith("not begun: swing the load: stopped: 600 W"));
}

TEST_F(PowerSwing, WhenAnotherRankIsThrottledAllStop) {
    int looks = 0;
    ranks_.max_of = [&](double value) { return value == 0 && ++looks > 3 ? 3.0 : value; };
    EXPECT_THAT(failure(), HasSubstr("stopped: a processor of the node of rank 2 was slowed down"));
    EXPECT_THAT(context_->events, SizeIs(0)) << "it was not this one";
}

TEST_F(PowerSwing, AWrongProductIsAWrongAnswer) {
    constexpr int kSizesTried = 11;
    device_.script.wrong_checks.insert(kSizesTried);
    EXPECT_THROW(run(), WrongAnswer);
}

}  // namespace
}  // namespace rackproof
