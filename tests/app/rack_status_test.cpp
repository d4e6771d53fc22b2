#include "app/rack_status.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "runners/journal.hpp"
#include "tests/runners/sample_start.hpp"
#include "tests/support/replaced.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof {
namespace {

using test::replaced;
using testing::HasSubstr;

/// Of two nodes, one of which is watched.
constexpr const char* kVerdicts = R"({"summary": {"nodes": 2, "pass": 1, "watch": 1, "fail": 0,
    "no_data": 0}, "findings": [{"verdict": "watch", "waived": null}]})";

class RackStatusTest : public testing::Test {
  protected:
    /// A journal of two cells, of which one has ended, that says so of the run's end.
    void journal(std::optional<bool> complete) const {
        JournalWriter writer{folder_.path() / "journal"};
        writer.append(test::sample_start(2, {test::sample_case("a", 0, Scope::Device)}));
        writer.append(record::CellEnded{1, 0, Outcome::Completed, "", 1});
        if (complete) writer.append(record::RunFinished{"2026-11-23T05:00:00Z", *complete});
    }
    void verdicts(const std::string& text) const {
        std::ofstream{folder_.path() / "verdicts.json"} << text;
    }
    [[nodiscard]] RackStatus status(const SlurmQueue& queue = std::map<std::string, QueuedJob>{},
                                    const std::string& job = "41",
                                    std::int64_t left_out = 0) const {
        return status_of({"r1", "r1", 2, left_out, job}, folder_.path(), queue);
    }
    static SlurmQueue queued(const std::string& state) {
        return std::map<std::string, QueuedJob>{{"41", {state, "Priority"}}};
    }

    test::ScratchFolder folder_;
};

TEST_F(RackStatusTest, BeforeItsRunItIsWhereTheQueueHasIt) {
    EXPECT_EQ(status({}, "").phase, RackPhase::NotSubmitted);
    EXPECT_EQ(status({}, "", 2).phase, RackPhase::NoNodes);
    EXPECT_EQ(status(queued("PENDING")).phase, RackPhase::Queued);
    EXPECT_EQ(status(queued("PENDING")).words, "Priority");
    EXPECT_EQ(status(queued("REQUEUED")).phase, RackPhase::Queued);
    EXPECT_EQ(status(queued("RUNNING")).phase, RackPhase::Running);
    EXPECT_EQ(status(queued("COMPLETING")).phase, RackPhase::Running);
    EXPECT_EQ(status().phase, RackPhase::Gone);
    EXPECT_THAT(status().words, HasSubstr("has left the queue"));
    EXPECT_EQ(status(std::nullopt).phase, RackPhase::Unknown) << "Slurm does not answer";
    EXPECT_FALSE(status().cells.has_value());
}

TEST_F(RackStatusTest, ARunThatHasNotEndedIsNoEnd) {
    journal(std::nullopt);
    verdicts(kVerdicts);  // of a controller before
    EXPECT_EQ(status(queued("RUNNING")).phase, RackPhase::Running);
    EXPECT_EQ(status(queued("RUNNING")).cells, 2);
    EXPECT_EQ(status(queued("RUNNING")).ended, 1);
    EXPECT_EQ(status().phase, RackPhase::Gone) << "killed, and nobody goes on with it";
    EXPECT_EQ(status({}, "").phase, RackPhase::Unknown) << "begun by hand";
    EXPECT_FALSE(status().verdict.has_value());
}

TEST_F(RackStatusTest, ACompleteRunHasTheVerdictOfItsWorst) {
    journal(true);
    verdicts(kVerdicts);
    EXPECT_EQ(status().phase, RackPhase::Complete);
    EXPECT_EQ(status().verdict, Verdict::Watch);
    verdicts(replaced(replaced(kVerdicts, R"("pass": 1)", R"("pass": 0)"), R"("fail": 0)",
                      R"("fail": 1)"));
    EXPECT_EQ(status().verdict, Verdict::Fail);
}

/// A rack that is slow as a whole, or two populations: it fails, and no node of it does.
TEST_F(RackStatusTest, AFindingThatFailsNoNodeStillFailsTheRack) {
    journal(true);
    const std::string failed =
        replaced(kVerdicts, R"([{"verdict": "watch")", R"([{"verdict": "fail")");
    verdicts(failed);
    EXPECT_EQ(status().verdict, Verdict::Fail);
    verdicts(replaced(failed, R"("waived": null)", R"("waived": "until 2027")"));
    EXPECT_EQ(status().verdict, Verdict::Watch) << "somebody bears it";
}

TEST_F(RackStatusTest, ARunCutShortIsIncompleteUnlessItsJobGoesOn) {
    journal(false);
    verdicts(kVerdicts);
    EXPECT_EQ(status().phase, RackPhase::Incomplete);
    EXPECT_EQ(status().verdict, Verdict::Watch);
    EXPECT_EQ(status(queued("PENDING")).phase, RackPhase::Queued) << "requeued";
    EXPECT_EQ(status(queued("RUNNING")).phase, RackPhase::Running);
}

TEST_F(RackStatusTest, VerdictsThatAreNoneAreNeverAPass) {
    journal(true);
    EXPECT_EQ(status().phase, RackPhase::Incomplete) << "there is no such file";
    const std::string good = kVerdicts;
    for (const std::string& text :
         {std::string{"{"}, replaced(good, R"("nodes": 2)", R"("nodes": 3)"),
          replaced(good, R"("no_data": 0)", R"("no_dat": 0)"),
          replaced(good, R"("verdict": "watch")", R"("verdict": "fine")"),
          replaced(good, R"("findings")", R"("finding")"),
          std::string{R"({"summary": {"nodes": 0, "pass": 0, "watch": 0, "fail": 0, "no_data": 0},
                          "findings": []})"}}) {
        verdicts(text);
        EXPECT_EQ(status().phase, RackPhase::Incomplete) << text;
        EXPECT_FALSE(status().verdict.has_value()) << text;
        EXPECT_THAT(status().words, HasSubstr("verdicts.json")) << text;
    }
}

TEST_F(RackStatusTest, AJournalThatIsNoneIsUnknown) {
    std::ofstream{folder_.path() / "journal"} << "rubbish";
    EXPECT_EQ(status(queued("RUNNING")).phase, RackPhase::Unknown);
    EXPECT_NE(status(queued("RUNNING")).words, "");
}

}  // namespace
}  // namespace rackproof
