#include "app/stored_past.hpp"

#include <fmt/core.h>
#include <gmock/gmock.h>

#include "core/error.hpp"
#include "results/run_file.hpp"
#include "tests/support/fleet.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::ThrowsMessage;

/// A folder of runs of four nodes, and the run that is judged.
class StoredPastTest : public ::testing::Test {
  protected:
    static rackproof::Run run_of(int number, const std::string& started) {
        rackproof::Run run = test::make_fleet(4, 1);
        run.run_id = fmt::format("5f0c1d9e-0000-4000-8000-{:012}", number);
        run.started = started;
        test::add_steady_metric(run, {}, 1e12);
        return run;
    }
    void keep(const rackproof::Run& run, const std::string& name) const {
        write_run_file(run, folder_ / name);
    }
    void keep(int number, const std::string& started) const {
        keep(run_of(number, started), fmt::format("{}.h5", number));
    }
    [[nodiscard]] StoredPast past() const { return {folder_.path(), judged_, "tonight.h5"}; }

    static std::vector<std::string> starts(const StoredPast& past) {
        std::vector<std::string> starts;
        for (const Night& night : past.nights()) starts.push_back(night.started);
        return starts;
    }

    test::ScratchFolder folder_;
    rackproof::Run judged_ = run_of(1000, "2026-11-28T04:00:00Z");
};

TEST_F(StoredPastTest, IsInTheOrderOfTime) {
    keep(1, "2026-11-26T04:00:00+06:00");  // which is the day before, 22:00
    keep(2, "2026-11-25T23:00:00Z");
    keep(3, "2026-11-24 04:00:00Z");
    const StoredPast earlier = past();
    EXPECT_THAT(starts(earlier), ElementsAre("2026-11-24 04:00:00Z", "2026-11-26T04:00:00+06:00",
                                             "2026-11-25T23:00:00Z"));
    EXPECT_THAT(earlier.notes(), IsEmpty());
}

TEST_F(StoredPastTest, LeavesOutItselfCopiesLaterRunsAndThoseWithoutADate) {
    keep(judged_, "itself.h5");
    keep(1, "2026-11-27T04:00:00Z");
    keep(run_of(1, "2026-11-27T04:00:00Z"), "copy.h5");
    keep(2, "2026-11-28T04:00:00Z");
    keep(3, "");
    const StoredPast earlier = past();
    EXPECT_THAT(starts(earlier), ElementsAre("2026-11-27T04:00:00Z"));
    EXPECT_THAT(earlier.notes(),
                ElementsAre(HasSubstr("1 run files left out: they do not say when"),
                            HasSubstr("1 run files left out: not earlier"),
                            HasSubstr("1 copies of the same runs left out")));
}

TEST_F(StoredPastTest, OfTheRunAloneIsEmpty) {
    keep(judged_, "itself.h5");
    EXPECT_THAT(past().nights(), IsEmpty());
}

TEST_F(StoredPastTest, IsTheNewestSixty) {
    for (int number = 1; number <= 62; ++number) {
        keep(number, fmt::format("2026-{:02}-{:02}T04:00:00Z", 1 + number / 28, 1 + number % 28));
    }
    const StoredPast earlier = past();
    ASSERT_THAT(earlier.nights(), SizeIs(60));
    EXPECT_EQ(earlier.nights().front().started, "2026-01-04T04:00:00Z");
    EXPECT_THAT(earlier.notes(),
                ElementsAre(HasSubstr("2 run files left out: only the newest 60")));
}

TEST_F(StoredPastTest, RefusesWhatDoesNotStartAtATime) {
    keep(1, "yesterday\x1b[2J");
    EXPECT_THAT([&] { (void)past(); }, ThrowsMessage<InputError>(AllOf(
                                           HasSubstr("1.h5: started 'yesterday\xEF\xBF\xBD[2J'"),
                                           HasSubstr("expected a time in UTC"))));
    judged_.started.clear();
    EXPECT_THAT([&] { (void)past(); },
                ThrowsMessage<InputError>(HasSubstr("tonight.h5: does not say when it started")));
}

TEST_F(StoredPastTest, RefusesAFileThatIsNoRunFile) {
    keep(1, "2026-11-27T04:00:00Z");
    test::write_bytes(folder_ / "torn.h5", test::bytes_of(folder_ / "1.h5").substr(0, 3000));
    EXPECT_THAT([&] { (void)past(); }, ThrowsMessage<InputError>(HasSubstr("torn.h5")));
}

TEST_F(StoredPastTest, HasNoMetricWhereAnotherPlanMeasuredNone) {
    keep(1, "2026-11-26T04:00:00Z");
    rackproof::Run other = run_of(2, "2026-11-27T04:00:00Z");
    other.metrics[0].name = "membw.triad";
    keep(other, "2.h5");
    StoredPast earlier = past();
    const auto metric = earlier.metric(0, "gemm.fp64");
    ASSERT_TRUE(metric);
    EXPECT_THAT(metric->target, SizeIs(4));
    EXPECT_EQ(earlier.metric(1, "gemm.fp64"), nullptr);
}

}  // namespace
}  // namespace rackproof
