#include "runners/pretend_worker.hpp"

#include <gmock/gmock.h>

#include <map>

#include "core/error.hpp"
#include "runners/controller.hpp"
#include "runners/journal.hpp"
#include "tests/runners/sample_start.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof {
namespace {

using testing::ElementsAre;

/// Pretends in a thread; the program that it names only waits to be ended.
class PretendLauncher final : public Launcher {
  public:
    explicit PretendLauncher(Pretence pretence) : pretence_{std::move(pretence)} {}
    std::string name() const override { return "pretend"; }
    std::string listen_address() const override { return "127.0.0.1"; }
    void check() override {}
    Command command(const JobRequest& request) override {
        const WorkerSeat seat{endpoint_from(request.environment.at(kControllerVariable)),
                              Secret::from_hex(request.environment.at(kSecretVariable)),
                              request.job, 0};
        pretence_.ranks = ranks_of(request);
        pretence_.host = request.hosts.at(0).host;
        thread_ = std::jthread{[this, seat] { (void)run_pretend_workers(seat, pretence_); }};
        return {{"/bin/sleep", "1000"}, {}};
    }

  private:
    Pretence pretence_;
    std::jthread thread_;
};

std::vector<record::Record> journal_of(const Pretence& pretence) {
    const test::ScratchFolder folder;
    Plan plan;
    plan.retests = 0;
    plan.stages.emplace_back().name = "stage 0";
    PretendLauncher launcher{pretence};
    ControllerParts parts;
    parts.launcher = &launcher;
    parts.patience.quit_s = 0;
    parts.talks = [](std::string_view) { return false; };
    RunOptions options;
    options.directory = folder.path();
    const record::RunStarted start =
        test::sample_start(2, {test::sample_case("a", 0, Scope::Device)});
    Controller{plan, start, options, parts}.run();
    std::vector<record::Record> records;
    JournalReader reader{folder.path() / "journal"};
    while (std::optional<record::Record> record = reader.next()) {
        records.push_back(std::move(*record));
    }
    return records;
}

TEST(PretendWorkerTest, SendsItsReadingsInOrder) {
    Pretence pretence;
    pretence.sensors = 2;
    pretence.readings_per_s = 100;
    pretence.duration_s = 0.05;
    std::map<std::string, std::vector<double>> readings;
    std::vector<std::string> begun;
    for (const record::Record& record : journal_of(pretence)) {
        if (const auto* reading = std::get_if<record::Reading>(&record)) {
            begun.push_back(reading->sensor);
            readings[reading->sensor].push_back(reading->value);
        } else if (const auto* later = std::get_if<record::Readings>(&record)) {
            for (std::size_t i = 0; i < later->series.size(); ++i) {
                readings[begun.at(later->series[i])].push_back(
                    static_cast<double>(later->values[i]));
            }
        }
    }
    ASSERT_EQ(readings.size(), 4U);
    for (const auto& [sensor, values] : readings) {
        EXPECT_THAT(values, ElementsAre(0, 1, 2, 3, 4)) << sensor;
    }
}

TEST(PretendWorkerTest, SendsItsRecordsInOrderAndCompletes) {
    Pretence pretence;
    pretence.records = 20;
    pretence.text_size = 30;
    std::map<std::int32_t, std::int32_t> next;
    int completed = 0;
    for (const record::Record& record : journal_of(pretence)) {
        if (const auto* operation = std::get_if<record::Operation>(&record)) {
            EXPECT_EQ(operation->text.size(), 30U);
            EXPECT_EQ(std::stoi(operation->text), next[operation->rank]++);
        } else if (const auto* ended = std::get_if<record::CellEnded>(&record)) {
            completed += ended->outcome == Outcome::Completed ? 1 : 0;
        }
    }
    EXPECT_EQ(next, (std::map<std::int32_t, std::int32_t>{{0, 20}, {1, 20}}));
    EXPECT_EQ(completed, 2);
}

TEST(PretendWorkerTest, RefusesWhatCannotBe) {
    const WorkerSeat seat{{}, Secret::random(), 0, 0};
    Pretence pretence;
    pretence.ranks = 0;
    EXPECT_THROW((void)run_pretend_workers(seat, pretence), InputError);
    pretence = {};
    pretence.readings_per_s = 0;
    EXPECT_THROW((void)run_pretend_workers(seat, pretence), InputError);
}

}  // namespace
}  // namespace rackproof
