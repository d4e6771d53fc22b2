#include "app/watch_table.hpp"

#include <gmock/gmock.h>

#include <sstream>

#include "reports/text_layout.hpp"
#include "tests/runners/sample_start.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::size_t kAll = 1000;

class WatchTableTest : public testing::Test {
  protected:
    WatchTableTest() {
        start_ = test::sample_fleet_start(3, 2, {test::sample_case("burn", 0, Scope::Device)});
        state_.life = RunLife::Running;
        state_.written_ago_s = 0.5;
        state_.directory = "runs/hot";
    }
    /// The lines of the table for what has been written.
    std::vector<std::string> lines(std::size_t columns = 100, std::size_t most = kAll) {
        const RunWatch watch{folder_.path() / "journal"};
        status_ = watch_exit_status(watch, state_);
        std::istringstream stream{watch_table(watch, state_, columns, most)};
        std::vector<std::string> lines;
        for (std::string line; std::getline(stream, line);) lines.push_back(line);
        return lines;
    }
    void read(const char* sensor, const char* unit, std::int32_t device, double time_s,
              double value) {
        writer_.append(record::Reading{sensor, unit, Scope::Device, device, 0, time_s, value});
    }
    void rate(std::int32_t device, double value) {
        read("burnin.rate", "FLOP/s", device, 1, value);
    }

    test::ScratchFolder folder_;
    record::RunStarted start_;
    JournalWriter writer_{folder_.path() / "journal"};
    WatchState state_;
    int status_ = -1;
};

TEST_F(WatchTableTest, WorstFirst) {
    writer_.append(start_);
    for (std::int32_t i = 0; i < 6; ++i) {
        rate(i, i == 4 ? 0.9e12 : 1e12);
        read("cpu.temperature", "degC", i, 1, i == 2 ? 80 : 60);
    }
    writer_.append(record::CellEnded{5, 0, Outcome::WrongAnswer, "x", 2});
    writer_.append(record::CellBegun{1, 0, 0, 1});
    writer_.append(record::Operation{0, 1, 2, "soak"});
    writer_.append(record::CellBegun{0, 0, 0, 60});
    const std::vector<std::string> shown = lines();
    EXPECT_EQ(status_, 0);
    EXPECT_THAT(shown[0], StartsWith("running; last written 0 s ago"));
    EXPECT_EQ(shown[1],
              "sample: 1 of 6 cells ended, 1 broken; stage 1 of 1, stage 0; run time 1 min");
    ASSERT_EQ(shown.size(), 9U);
    EXPECT_THAT(shown[3], StartsWith("n003  cpu1    1/1 !1"));
    EXPECT_THAT(shown[4], StartsWith("n001  cpu1    0/1"));
    EXPECT_THAT(shown[4], HasSubstr("SILENT for 58 s: soak"));
    EXPECT_THAT(shown[5], StartsWith("n003  cpu0    0/1"));
    EXPECT_THAT(shown[5], HasSubstr("900 GFLOP/s   -10.0 %"));
    EXPECT_THAT(shown[6], StartsWith("n002  cpu0"));
    EXPECT_THAT(shown[6], HasSubstr("80.0 degC"));
}

TEST_F(WatchTableTest, FewerThanFourPeersAreNone) {
    writer_.append(start_);
    for (std::int32_t i = 0; i < 3; ++i) rate(i, 1e12 * (i + 1));
    for (const std::string& line : lines()) EXPECT_THAT(line, Not(HasSubstr("%")));
}

TEST_F(WatchTableTest, SaysHowARunStands) {
    writer_.append(start_);
    state_.written_ago_s = 7200;
    state_.life = RunLife::Crashed;
    EXPECT_THAT(lines(200)[0], StartsWith("CRASHED: no controller writes it, and it has not ended; "
                                          "last written 2 h ago; rackproof run --resume "
                                          "runs/hot goes on"));
    EXPECT_EQ(status_, 3);
    state_.life = RunLife::Silent;
    state_.written_ago_s = std::nullopt;
    EXPECT_THAT(lines(200)[0], StartsWith("SILENT: its controller holds the journal"));
    EXPECT_THAT(lines(200)[0], HasSubstr("lies ahead of this clock"));
    EXPECT_EQ(status_, 3);
    writer_.append(record::RunFinished{"2026-11-23T05:00:00Z", true});
    state_.life = RunLife::Ended;
    state_.has_run_file = true;
    EXPECT_EQ(lines(200)[0], "finished 2026-11-23T05:00:00Z, complete");
    EXPECT_EQ(status_, 0);
    writer_.append(record::RunFinished{"2026-11-23T06:00:00Z", false});
    state_.has_run_file = false;
    EXPECT_EQ(lines(200)[0],
              "finished 2026-11-23T06:00:00Z, INCOMPLETE: stopped before its end; its run.h5 is "
              "not there (yet)");
    EXPECT_EQ(status_, 3);
}

TEST_F(WatchTableTest, ANodeWithoutDevicesHasALine) {
    start_.manifest.nodes.emplace_back().name = "dark";
    writer_.append(start_);
    EXPECT_THAT(lines(), testing::Contains(StartsWith("dark  -       -")));
}

TEST_F(WatchTableTest, FitsAnyTerminalAndCountsWhoHadNoRoom) {
    writer_.append(start_);
    writer_.append(record::CellEnded{4, 0, Outcome::Lost, "x", 2});
    writer_.append(record::CellEnded{5, 0, Outcome::Lost, "x", 2});
    state_.life = RunLife::Crashed;
    for (const std::size_t columns : {40U, 79U, 200U}) {
        for (const std::size_t most : {5U, 7U, 24U}) {
            const std::vector<std::string> shown = lines(columns, most);
            EXPECT_LE(shown.size(), most);
            EXPECT_THAT(shown[0], StartsWith("CRASHED"));
            for (const std::string& line : shown) EXPECT_LE(display_width(line), columns) << line;
        }
    }
    EXPECT_EQ(lines(200, 5).back(), "and 5 more lines, 1 of them with broken cells");
}

TEST_F(WatchTableTest, HostileNamesAreHarmless) {
    start_.manifest.nodes[0].name = "\x1b[2J\n\xe2\x80\xae" + std::string(200, 'x');
    start_.manifest.devices[0].kind = "\x1b]0;title\a";
    start_.manifest.stages[0] = "\x1b[31m\r";
    start_.plan_name = "\x1b[H" + std::string(300, 'p');
    writer_.append(start_);
    writer_.append(record::CellBegun{0, 0, 0, 1});
    writer_.append(record::Operation{0, 0, 1, "\x1b[2Jwork\r\n"});
    writer_.append(record::RunFinished{"\x1b[5m", false});
    state_.directory = "runs/\x1b[7m";
    for (const RunLife life : {RunLife::Crashed, RunLife::Ended}) {
        state_.life = life;
        for (const std::string& line : lines()) {
            for (const unsigned char c : line) EXPECT_TRUE(c >= 0x20 && c != 0x7f) << line;
            EXPECT_THAT(line, Not(HasSubstr("\xe2\x80\xae")));
            EXPECT_LE(display_width(line), 100U);
        }
    }
}

}  // namespace
}  // namespace rackproof
