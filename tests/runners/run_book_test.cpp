#include "runners/run_book.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "core/error.hpp"
#include "runners/run_plan.hpp"
#include "tests/runners/sample_start.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof {
namespace {

using testing::HasSubstr;

class RunBookTest : public testing::Test {
  protected:
    [[nodiscard]] std::filesystem::path path() const { return folder_.path() / "journal"; }

    test::ScratchFolder folder_;
    record::RunStarted start_ = test::sample_start(
        2, {test::sample_case("a", 0, Scope::Device), test::sample_case("b", 1, Scope::Node)});
};

TEST_F(RunBookTest, EachAttemptEndsOnceAndInOrder) {
    RunBook book{start_, path()};
    EXPECT_FALSE(book.has_ended(0, 0));
    EXPECT_FALSE(book.last_ending(0));
    EXPECT_THROW(book.end_cell(0, 1, {}), Error);
    book.end_cell(0, 0, {Outcome::Lost, "gone"});
    EXPECT_TRUE(book.has_ended(0, 0));
    EXPECT_FALSE(book.has_ended(0, 1));
    EXPECT_EQ(book.last_ending(0)->reason, "gone");
    EXPECT_THROW(book.end_cell(0, 0, {}), Error);
    book.end_cell(0, 1, {});
    EXPECT_EQ(book.last_ending(0)->outcome, Outcome::Completed);
    EXPECT_THROW(book.end_cell(3, 0, {}), Error);
    EXPECT_THROW((void)book.has_ended(-1, 0), Error);
}

TEST_F(RunBookTest, CountsFirstAttempts) {
    RunBook book{start_, path()};
    book.end_cell(0, 0, {Outcome::Failed, "no"});
    book.end_cell(0, 1, {});
    book.end_cell(1, 0, {Outcome::Skipped, "no"});
    EXPECT_EQ(book.cells_ended(), 2);
    EXPECT_EQ(book.cells_not_completed(), 1);
    EXPECT_EQ(book.open_cells(0), 0);
    EXPECT_EQ(book.open_cells(1), 1);
}

/// All records of the journal behind the start.
std::vector<record::Record> journal_of(const std::filesystem::path& path) {
    JournalReader reader{path};
    std::vector<record::Record> records;
    while (std::optional<record::Record> record = reader.next()) {
        records.push_back(std::move(*record));
    }
    records.erase(records.begin());
    return records;
}

record::Reading reading(const char* sensor, std::int32_t device, double time_s, double value) {
    return {sensor, "degC", Scope::Device, device, 0.5, time_s, value};
}

TEST_F(RunBookTest, ReadingsThatComeTogetherAreOneRecordByTheNextOther) {
    RunBook book{start_, path()};
    book.write(reading("t", 0, 1, 40));
    book.write(reading("t", 1, 1, 41));
    book.write(reading("t", 0, 2, 42));
    book.write(reading("t", 1, 2.25, 43));
    EXPECT_EQ(journal_of(path()).size(), 2U);
    book.sync_if_due();
    const record::Readings gathered{{0, 1}, 2, {0, 0.25F}, {42, 43}};
    EXPECT_EQ(journal_of(path()), (std::vector<record::Record>{reading("t", 0, 1, 40),
                                                               reading("t", 1, 1, 41), gathered}));
    book.write(reading("t", 1, 3, 44));
    book.event("info", "code", "text");
    const std::vector<record::Record> all = journal_of(path());
    ASSERT_EQ(all.size(), 5U);
    EXPECT_EQ(all[3], record::Record(record::Readings{{1}, 3, {0}, {44}}));
    EXPECT_TRUE(std::holds_alternative<record::Happened>(all[4])) << "in their order";
}

TEST_F(RunBookTest, ReadingsFarApartInTimeAreNotGathered) {
    RunBook book{start_, path()};
    book.write(reading("t", 0, 1, 40));
    book.write(reading("t", 0, 2, 41));
    book.write(reading("t", 0, 1000, 42));
    book.sync_if_due();
    EXPECT_EQ(journal_of(path()).size(), 3U);
}

TEST_F(RunBookTest, ALongRunsReadingsAreAsTheyWereToldAlsoOnceItIsGoneOnWith) {
    {
        RunBook book{start_, path()};
        for (int i = 0; i < 100; ++i) book.write(reading("t", i % 2, i, i));
        book.finish(false);
    }
    Resumption run = claim_run(path());
    {
        RunBook book{run.so_far, std::move(run.claim)};
        for (int i = 0; i < 50; ++i) {
            book.write(reading(i % 2 == 0 ? "u" : "t", 1, 100 + i, 100 + i));
        }
        book.finish(true);
    }
    const rackproof::Run whole = run_from_journal(path());
    ASSERT_EQ(whole.telemetry.sensors.size(), 2U);
    double sum = 0;
    for (const SensorSeries& sensor : whole.telemetry.sensors) {
        for (const float value : sensor.values) sum += std::isnan(value) ? 0 : double{value};
    }
    EXPECT_EQ(sum, 149 * 150 / 2);
    EXPECT_EQ(whole.telemetry.time.back(), 148) << "the two sensors' ticks share rows";
}

TEST_F(RunBookTest, GoesOnWhereTheJournalEnds) {
    {
        RunBook book{start_, path()};
        book.write(record::JobStarted{6, 2, 1000, "mpirun"});
        book.end_cell(0, 0, {Outcome::Failed, "no"});
        book.end_cell(1, 0, {});
        book.end_cell(0, 1, {Outcome::Lost, "gone"});
    }
    Resumption run = claim_run(path());
    EXPECT_EQ(run.so_far.next_job, 7);
    EXPECT_EQ(run.so_far.start, start_);
    EXPECT_FALSE(run.so_far.complete);
    RunBook book{run.so_far, std::move(run.claim)};
    EXPECT_TRUE(book.has_ended(0, 1));
    EXPECT_FALSE(book.has_ended(0, 2));
    EXPECT_EQ(book.last_ending(0)->outcome, Outcome::Lost);
    EXPECT_TRUE(book.has_ended(1, 0));
    EXPECT_FALSE(book.has_ended(2, 0));
    EXPECT_EQ(book.cells_ended(), 2);
    EXPECT_EQ(book.cells_not_completed(), 1);
    EXPECT_EQ(book.open_cells(0), 0);
    EXPECT_EQ(book.open_cells(1), 1);
    book.end_cell(2, 0, {});
    book.finish(true);
    EXPECT_TRUE(run_from_journal(path()).complete);
}

TEST_F(RunBookTest, TimeNeverRunsBackwardsAndIdleTimeDoesNotCount) {
    start_.started = utc_now();
    {
        RunBook book{start_, path()};
        book.write(record::JobStarted{0, 1, 5000, "mpirun"});  // later than the clock says it is
    }
    {
        Resumption run = claim_run(path());
        const RunBook book{run.so_far, std::move(run.claim)};
        EXPECT_GE(book.now_s(), 5000);
        EXPECT_GE(book.active_s(), 5000);
    }
    start_.started = "2020-01-01T00:00:00Z";
    std::filesystem::remove(path());
    {
        RunBook book{start_, path()};
        book.write(record::JobStarted{0, 1, 50, "mpirun"});
    }
    for (int times = 0; times < 2; ++times) {
        Resumption run = claim_run(path());
        const RunBook book{run.so_far, std::move(run.claim)};
        EXPECT_GT(book.now_s(), 1e8);
        EXPECT_GE(book.active_s(), 50);
        EXPECT_LT(book.active_s(), 1e6);
    }
}

TEST_F(RunBookTest, ATornEndIsPutAsideAndSaid) {
    {
        RunBook book{start_, path()};
        book.end_cell(0, 0, {});
        book.end_cell(1, 0, {});
    }
    std::filesystem::resize_file(path(), std::filesystem::file_size(path()) - 5);
    Resumption run = claim_run(path());
    ASSERT_GT(run.so_far.dropped_bytes, 0U);
    {
        RunBook book{run.so_far, std::move(run.claim)};
        EXPECT_FALSE(book.has_ended(1, 0));
        book.end_cell(1, 0, {Outcome::Skipped, "no"});
        book.end_cell(2, 0, {Outcome::Skipped, "no"});
        book.finish(true);
    }
    EXPECT_EQ(std::filesystem::file_size(path().string() + ".torn"), run.so_far.dropped_bytes);
    const rackproof::Run result = run_from_journal(path());
    EXPECT_TRUE(result.complete);
    EXPECT_EQ(result.events.back().code, "journal_torn");
    EXPECT_THAT(result.events.back().text, HasSubstr(std::to_string(run.so_far.dropped_bytes)));
}

TEST_F(RunBookTest, OnlyOneWritesARun) {
    const RunBook book{start_, path()};
    try {
        (void)claim_run(path());
        FAIL() << "the run was claimed twice";
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(), HasSubstr("another rackproof is writing this run"));
    }
}

TEST_F(RunBookTest, AFinishedRunIsComplete) {
    {
        RunBook book{start_, path()};
        book.finish(false);
    }
    EXPECT_FALSE(claim_run(path()).so_far.complete);
    {
        Resumption run = claim_run(path());
        RunBook{run.so_far, std::move(run.claim)}.finish(true);
    }
    EXPECT_TRUE(claim_run(path()).so_far.complete);
    Resumption run = claim_run(path());
    const RunBook book{run.so_far, std::move(run.claim)};
    EXPECT_FALSE(run_from_journal(path()).complete);  // until it has finished again
}

}  // namespace
}  // namespace rackproof
