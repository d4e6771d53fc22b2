#include <gmock/gmock.h>

#include <fstream>

#include "core/error.hpp"
#include "runners/journal.hpp"
#include "runners/run_plan.hpp"
#include "tests/runners/sample_start.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof {
namespace {

using testing::HasSubstr;

class RunFromJournalTest : public testing::Test {
  protected:
    [[nodiscard]] std::filesystem::path path() const { return folder_.path() / "journal"; }
    void write(const std::vector<record::Record>& records) const {
        JournalWriter writer{path()};
        for (const record::Record& record : records) writer.append(record);
    }
    [[nodiscard]] std::string refusal() const {
        try {
            (void)run_from_journal(path());
        } catch (const InputError& error) {
            return error.what();
        }
        return "taken";
    }
    test::ScratchFolder folder_;
    record::RunStarted start_ = test::sample_start(1, {test::sample_case("a", 0, Scope::Device)});
};

TEST_F(RunFromJournalTest, ReadsAFinishedRun) {
    write({start_, record::Samples{0, 0, {4}, {}, {}},
           record::CellEnded{0, 0, Outcome::Completed, "", 1},
           record::RunFinished{"2026-11-23T05:00:00Z", true}});
    const rackproof::Run run = run_from_journal(path());
    EXPECT_TRUE(run.complete);
    EXPECT_EQ(run.metrics.at(0).row(0)[0], 4);
}

TEST_F(RunFromJournalTest, ATornTailIsDroppedAndSaid) {
    write({start_, record::CellEnded{0, 0, Outcome::Skipped, "no", 1}});
    std::filesystem::resize_file(path(), std::filesystem::file_size(path()) - 3);
    const rackproof::Run run = run_from_journal(path());
    EXPECT_FALSE(run.complete);
    EXPECT_EQ(run.metrics.at(0).outcome.at(0), Outcome::Lost);
    EXPECT_EQ(run.events.back().code, "journal_torn");
}

TEST_F(RunFromJournalTest, RefusesWhatHoldsNoRun) {
    EXPECT_THAT(refusal(), HasSubstr("journal"));
    write({record::JobStarted{}});
    EXPECT_THAT(refusal(), HasSubstr("its first record is missing"));
}

TEST_F(RunFromJournalTest, AContradictionNamesTheFile) {
    write({start_, record::CellEnded{9, 0, Outcome::Lost, "", 1}});
    EXPECT_THAT(refusal(), HasSubstr(path().string()));
    EXPECT_THAT(refusal(), HasSubstr("cell 9 does not exist"));
}

}  // namespace
}  // namespace rackproof
