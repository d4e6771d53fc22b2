#include "runners/run_pulse.hpp"

#include <gtest/gtest.h>

namespace rackproof {
namespace {

constexpr std::int64_t kSecond_ns = 1'000'000'000;

class PulseTest : public testing::Test {
  protected:
    /// A look `at_s` after the first; the journal was written to last at `changed_s`, by a clock
    /// that is `ahead_s` before ours.
    RunPulse look(double at_s, JournalHold hold, std::int64_t changed_s, double ahead_s = 0) {
        const JournalLook seen{hold, changed_s * kSecond_ns, file_};
        return taker_.take(seen, at_s - static_cast<double>(changed_s) - ahead_s,
                           begun_ + seconds(at_s));
    }
    PulseTaker taker_;
    SteadyClock::time_point begun_ = SteadyClock::now();
    std::uint64_t file_ = 7;
};

TEST_F(PulseTest, AHeldJournalThatWasWrittenToJustNowBeats) {
    EXPECT_EQ(look(0, JournalHold::Held, -1), RunPulse::Beats);
}

TEST_F(PulseTest, AHeldJournalThatNobodyWritesToIsSilentAndLooksAliveNever) {
    EXPECT_EQ(look(0, JournalHold::Held, -20), RunPulse::Unsure);
    EXPECT_EQ(look(1.5, JournalHold::Held, -20), RunPulse::Unsure);
    EXPECT_EQ(look(3, JournalHold::Held, -20), RunPulse::Silent);
    EXPECT_EQ(look(4, JournalHold::Held, 4), RunPulse::Beats) << "it was only slow";
    EXPECT_EQ(look(14, JournalHold::Held, 4), RunPulse::Beats);
    EXPECT_EQ(look(14.5, JournalHold::Held, 4), RunPulse::Silent);
}

TEST_F(PulseTest, WhoLetsGoWithoutAnEndHasCrashedAtOnce) {
    EXPECT_EQ(look(0, JournalHold::Held, 0), RunPulse::Beats);
    EXPECT_EQ(look(1, JournalHold::Held, 1), RunPulse::Beats);
    EXPECT_EQ(look(2, JournalHold::Free, 1), RunPulse::Crashed);
}

TEST_F(PulseTest, AFreeJournalOfLongAgoHasCrashed) {
    EXPECT_EQ(look(0, JournalHold::Free, -3600), RunPulse::Crashed);
}

TEST_F(PulseTest, AFreeJournalOfJustNowIsLookedAtTwice) {
    EXPECT_EQ(look(0, JournalHold::Free, -1), RunPulse::Unsure);
    EXPECT_EQ(look(3, JournalHold::Free, -1), RunPulse::Crashed);
}

TEST_F(PulseTest, WhoWritesFromElsewhereIsAliveWhateverTheClocksSay) {
    for (const JournalHold hold : {JournalHold::Free, JournalHold::Unknown}) {
        for (const double ahead_s : {-40.0, 0.0, 7200.0}) {
            taker_ = {};
            EXPECT_EQ(look(0, hold, 0, ahead_s), RunPulse::Unsure);
            EXPECT_EQ(look(1.5, hold, 1, ahead_s), RunPulse::Beats);
            EXPECT_EQ(look(12, hold, 1, ahead_s), RunPulse::Crashed);
        }
    }
}

TEST_F(PulseTest, ATimeThatLiesAheadIsNoSignOfLife) {
    EXPECT_EQ(look(0, JournalHold::Unknown, 100'000), RunPulse::Unsure);
    EXPECT_EQ(look(3, JournalHold::Unknown, 100'000), RunPulse::Crashed);
    taker_ = {};
    EXPECT_EQ(look(0, JournalHold::Held, 100'000), RunPulse::Unsure);
    EXPECT_EQ(look(3, JournalHold::Held, 100'000), RunPulse::Silent);
}

TEST_F(PulseTest, AnotherJournalInItsPlaceIsLookedAtAnew) {
    EXPECT_EQ(look(0, JournalHold::Free, -3600), RunPulse::Crashed);
    file_ = 8;
    EXPECT_EQ(look(5, JournalHold::Held, 5), RunPulse::Beats);
    file_ = 9;
    EXPECT_EQ(look(6, JournalHold::Free, 6), RunPulse::Unsure) << "nobody let go of this one";
}

}  // namespace
}  // namespace rackproof
