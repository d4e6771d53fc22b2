// Whole runs on this machine: real mpirun, real workers (this program), real deaths.
#include "tests/runners/mpi/local_run_check.hpp"

#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <random>
#include <string>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "runners/child_process.hpp"
#include "runners/journal.hpp"
#include "runners/run_plan.hpp"
#include "suites/suite.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

SuiteEntry entry_of(const std::string& suite, const std::string& label) {
    SuiteEntry entry;
    entry.suite = suite;
    entry.label = label;
    for (const ParameterSpec& spec : find_suite(suite)->parameters()) {
        entry.parameters.set(spec.name, spec.default_value);
    }
    return entry;
}

SuiteEntry selftest(const std::vector<std::string>& endings, const std::string& label,
                    double wait_s = 0.002) {
    SuiteEntry entry = entry_of("selftest", label);
    entry.parameters.set("endings", endings);
    entry.parameters.set("repetitions", std::int64_t{3});
    entry.parameters.set("wait_s", wait_s);
    entry.deadline_s = 20;
    return entry;
}

SuiteEntry hanging(const std::vector<std::string>& endings, const std::string& label) {
    SuiteEntry entry = selftest(endings, label);
    entry.deadline_s = 1;
    return entry;
}

Plan plan_of(int ranks, std::vector<SuiteEntry> entries) {
    Plan plan;
    plan.name = "test";
    plan.devices = {ranks, true};
    plan.retests = 0;
    plan.run_deadline_s = 150;
    plan.stages = {{"only", std::move(entries)}};
    return plan;
}

/// The pid of a rank, once the journal has it.
std::optional<pid_t> pid_of_rank(const std::filesystem::path& journal, std::int32_t rank) {
    JournalReader reader{journal};
    std::optional<pid_t> pid;
    while (const std::optional<record::Record> record = reader.next()) {
        const auto* placed = std::get_if<record::RankPlaced>(&*record);
        if (placed != nullptr && placed->rank == rank) pid = static_cast<pid_t>(placed->pid);
    }
    return pid;
}

class LocalRun : public testing::Test {
  protected:
    rackproof::Run run(const Plan& plan) {
        options_.directory = folder_.path();
        options_.executable = std::filesystem::read_symlink("/proc/self/exe");
        run_plan(plan, plan_run(plan), options_, launcher_);
        rackproof::Run result = run_from_journal(journal());
        EXPECT_TRUE(result.complete || options_.stop_requested);
        return result;
    }

    [[nodiscard]] std::filesystem::path journal() const { return folder_.path() / "journal"; }

    /// Sends `signal` to a rank once it is at an operation that contains `words`.
    void strike(std::int32_t rank, int signal, const std::string& words) {
        options_.on_progress = [this, rank, signal, words](const Progress& progress) {
            for (const std::string& line : progress.running) {
                const bool there = line.starts_with(std::to_string(rank) + " ") &&
                                   line.find(words) != std::string::npos &&
                                   line.find(" after " + words) == std::string::npos;
                if (!there || struck_) continue;
                struck_ = pid_of_rank(journal(), rank);
                ASSERT_TRUE(struck_);
                ASSERT_EQ(::kill(*struck_, signal), 0);
            }
        };
    }

    static std::string reason_of(const rackproof::Run& run, const std::string& metric,
                                 std::int32_t row) {
        for (const Reason& reason : run.reasons) {
            if (reason.metric == metric && reason.row == row) return reason.text;
        }
        return "";
    }

    test::ScratchFolder folder_;
    RunOptions options_;
    LocalLauncher launcher_;
    std::optional<pid_t> struck_;
};

const Metric& metric_of(const rackproof::Run& run, const std::string& name) {
    for (const Metric& metric : run.metrics) {
        if (metric.name == name) return metric;
    }
    throw Error{"find metric " + name, "the run has none"};
}

/// How an ending that the plan asked for must turn out.
const std::map<std::string, Outcome> kOracle{
    {"pass", Outcome::Completed}, {"slow", Outcome::Completed},
    {"nan", Outcome::Failed},     {"wrong_answer", Outcome::WrongAnswer},
    {"throw", Outcome::Failed},   {"crash", Outcome::Lost},
    {"hang", Outcome::TimedOut},  {"silent", Outcome::Failed},
    {"skip", Outcome::Skipped},
};

TEST_F(LocalRun, EveryEndingHasItsOutcomeAndCostsNobodyElse) {
    const std::vector<std::string> endings{"crash", "hang", "wrong_answer"};
    const rackproof::Run result = run(plan_of(
        3, {selftest({"pass"}, "before"), hanging(endings, "harm"), selftest({"pass"}, "after")}));
    const Metric& harm = metric_of(result, "selftest.mixed.harm");
    ASSERT_EQ(harm.rows(), 3U);
    EXPECT_EQ(harm.outcome[0], Outcome::Lost);
    EXPECT_EQ(harm.outcome[1], Outcome::TimedOut);
    EXPECT_EQ(harm.outcome[2], Outcome::WrongAnswer);
    EXPECT_THAT(reason_of(result, harm.name, 0), HasSubstr("crash, as the plan asks"));
    EXPECT_THAT(reason_of(result, harm.name, 1), HasSubstr("hang, as the plan asks"));
    EXPECT_GT(harm.row(2)[0], 0);  // the evidence outlives the wrong answer
    for (const char* name : {"selftest.pass.before", "selftest.pass.after"}) {
        EXPECT_THAT(metric_of(result, name).outcome, testing::Each(Outcome::Completed)) << name;
    }
}

TEST_F(LocalRun, RandomEndingsEndAsTheOracleSays) {
    const auto seed = std::random_device{}();
    std::mt19937 random{seed};
    SCOPED_TRACE("seed " + std::to_string(seed));
    const int ranks = std::uniform_int_distribution{2, 4}(random);
    std::vector<std::string> names;
    for (const auto& [name, outcome] : kOracle) names.push_back(name);
    std::vector<SuiteEntry> entries;
    std::vector<std::vector<std::string>> asked;
    for (int i = 0; i < 12; ++i) {
        asked.emplace_back();
        for (int rank = 0; rank < ranks; ++rank) {
            asked.back().push_back(names[random() % names.size()]);
        }
        entries.push_back(hanging(asked.back(), "n" + std::to_string(i)));
    }
    Plan plan = plan_of(ranks, entries);
    plan.retests = 1;
    const rackproof::Run result = run(plan);
    for (std::size_t i = 0; i < asked.size(); ++i) {
        const Metric& metric = result.metrics.at(i);
        std::size_t row = 0;
        for (const std::string& ending : asked[i]) {
            const Outcome expected = kOracle.at(ending);
            const bool again = expected == Outcome::Failed || expected == Outcome::TimedOut ||
                               expected == Outcome::Lost;
            for (std::int32_t attempt = 0; attempt <= (again ? 1 : 0); ++attempt, ++row) {
                EXPECT_EQ(metric.outcome.at(row), expected)
                    << metric.name << " " << ending << ": "
                    << reason_of(result, metric.name, static_cast<int>(row));
                EXPECT_EQ(metric.attempt.at(row), attempt);
            }
        }
        EXPECT_EQ(row, metric.rows());
    }
}

TEST_F(LocalRun, KillOfARankCostsOnlyTheCellItWasAt) {
    // It hangs, and says so once it has begun: a blow before that costs no cell.
    strike(1, SIGKILL, "selftest.mixed.here: hang");
    const rackproof::Run result =
        run(plan_of(3, {selftest({"pass"}, "before"), selftest({"pass", "hang", "pass"}, "here"),
                        selftest({"pass"}, "after")}));
    ASSERT_TRUE(struck_);
    EXPECT_THAT(metric_of(result, "selftest.mixed.here").outcome,
                testing::ElementsAre(Outcome::Completed, Outcome::Lost, Outcome::Completed));
    EXPECT_THAT(reason_of(result, "selftest.mixed.here", 1), HasSubstr("without a word"));
    EXPECT_THAT(metric_of(result, "selftest.pass.before").outcome,
                testing::Each(Outcome::Completed));
    EXPECT_THAT(metric_of(result, "selftest.pass.after").outcome,
                testing::Each(Outcome::Completed));
}

TEST_F(LocalRun, AStoppedRankIsFoundByItsSilence) {
    strike(0, SIGSTOP, "selftest.mixed.here: hang");  // as above
    Plan plan = plan_of(2, {selftest({"hang", "pass"}, "here"), selftest({"pass"}, "after")});
    plan.heartbeat_timeout_s = 3;
    const rackproof::Run result = run(plan);
    ASSERT_TRUE(struck_);
    EXPECT_THAT(metric_of(result, "selftest.mixed.here").outcome,
                testing::ElementsAre(Outcome::TimedOut, Outcome::Completed));
    EXPECT_THAT(reason_of(result, "selftest.mixed.here", 0), HasSubstr("silent for"));
    EXPECT_THAT(metric_of(result, "selftest.pass.after").outcome,
                testing::Each(Outcome::Completed));
    EXPECT_NE(::kill(*struck_, 0), 0) << "the stopped process is still there";
}

TEST_F(LocalRun, DeathOfTheLauncherCostsNoCell) {
    bool done = false;
    options_.on_progress = [&](const Progress& progress) {
        if (done || progress.running.size() < 2) return;
        const std::optional<pid_t> pid = pid_of_rank(journal(), 0);
        if (!pid) return;
        std::ifstream stat{"/proc/" + std::to_string(*pid) + "/stat"};
        std::string text;
        std::getline(stat, text);
        const pid_t launcher = std::stoi(text.substr(text.rfind(')') + 4));
        done = ::kill(launcher, SIGKILL) == 0;
    };
    const rackproof::Run result =
        run(plan_of(2, {selftest({"slow"}, "a", 0.03), selftest({"slow"}, "b", 0.03)}));
    EXPECT_TRUE(done);
    for (const Metric& metric : result.metrics) {
        EXPECT_THAT(metric.outcome, testing::Each(Outcome::Completed)) << metric.name;
    }
}

SuiteEntry all_reduce(std::int64_t bytes) {
    SuiteEntry entry = entry_of("collectives", "");
    entry.parameters.set("operations", std::vector<std::string>{"all_reduce", "all_to_all"});
    entry.parameters.set("min_bytes", bytes);
    entry.parameters.set("max_bytes", bytes);
    entry.parameters.set("min_sample_s", 0.01);
    entry.parameters.set("repetitions", std::int64_t{5});
    return entry;
}

TEST_F(LocalRun, CollectivesAreMeasuredWithEveryRanksTimes) {
    const rackproof::Run result = run(plan_of(2, {all_reduce(65536)}));
    ASSERT_THAT(result.metrics, SizeIs(2));
    for (const Metric& metric : result.metrics) {
        ASSERT_THAT(metric.outcome, testing::ElementsAre(Outcome::Completed))
            << reason_of(result, metric.name, 0);
        const RankTimes& times = result.ranks.at(metric.name);
        EXPECT_THAT(times.rank, SizeIs(2 * 5));
        for (std::size_t i = 0; i < times.entry.size(); ++i) {
            EXPECT_LT(times.entry[i], times.exit[i]);
        }
    }
    EXPECT_EQ(result.variants.at(0).transport, "shared memory (vader)");
}

TEST_F(LocalRun, DeathOfATalkingRankCostsOneCellAndTheRestRunsInANewJob) {
    SuiteEntry slow = all_reduce(65536);
    slow.parameters.set("min_sample_s", 0.5);
    strike(1, SIGKILL, "all_reduce.64KiB: sample");
    const rackproof::Run result = run(plan_of(2, {slow}));
    ASSERT_TRUE(struck_);
    EXPECT_THAT(result.metrics.at(0).outcome, testing::ElementsAre(Outcome::Lost));
    EXPECT_THAT(reason_of(result, result.metrics.at(0).name, 0), HasSubstr("rank 1 (device 1"));
    EXPECT_THAT(result.metrics.at(1).outcome, testing::ElementsAre(Outcome::Completed))
        << reason_of(result, result.metrics.at(1).name, 0);
}

TEST_F(LocalRun, AnExecutableThatIsNoWorkerLosesItsCellsWithItsWords) {
    const std::filesystem::path script = folder_.path() / "worker.sh";
    std::ofstream{script} << "#!/bin/sh\necho no such device >&2\nexit 5\n";
    std::filesystem::permissions(script, std::filesystem::perms::owner_all);
    const Plan plan = plan_of(2, {selftest({"pass"}, "x")});
    options_.directory = folder_.path();
    options_.executable = script;
    run_plan(plan, plan_run(plan), options_, launcher_);
    const rackproof::Run result = run_from_journal(journal());
    EXPECT_THAT(result.metrics.at(0).outcome, testing::Each(Outcome::Lost));
    EXPECT_THAT(result.reasons.at(0).text, HasSubstr("no such device"));
}

TEST_F(LocalRun, AnXidDuringACaseIsAnEventOfItsNodeWithTheCasesName) {
    const test::ScratchFolder tree;
    std::filesystem::create_directory(tree.path() / "dev");
    const std::string log = (tree.path() / "dev/kmsg").string();
    const std::string xid =
        ",-;NVRM: Xid (PCI:0000:19:00): 79, pid=1, GPU has fallen off the bus.\n";
    std::ofstream{log} << "3,0,1000000" + xid;
    ASSERT_EQ(::setenv(test::kTreeVariable, tree.path().c_str(), 1), 0);
    bool said = false;
    options_.on_progress = [&](const Progress& progress) {
        for (const std::string& line : progress.running) {
            if (said || line.find("selftest.pass.load") == std::string::npos) continue;
            said = true;
            std::ofstream{log, std::ios::app} << "3,1,2000000" + xid;
        }
    };
    const rackproof::Run result =
        run(plan_of(2, {selftest({"pass"}, "before"), selftest({"pass"}, "load", 1),
                        selftest({"pass"}, "after")}));
    ASSERT_EQ(::unsetenv(test::kTreeVariable), 0);
    ASSERT_TRUE(said);
    std::vector<Event> xids;
    for (const Event& event : result.events) {
        if (event.code == "xid.79") xids.push_back(event);
    }
    ASSERT_THAT(xids, SizeIs(1)) << "what stood before the run is none of its events";
    EXPECT_EQ(xids[0].node, 0);
    EXPECT_EQ(xids[0].severity, "error");
    EXPECT_THAT(xids[0].text, HasSubstr("0000:19:00: XID 79, Fallen off the bus"));
    EXPECT_THAT(xids[0].text, HasSubstr("with selftest.pass.load at work"));
}

TEST_F(LocalRun, AStopLeavesTheRunIncomplete) {
    const auto start = SteadyClock::now();
    options_.stop_requested = [&] {
        return seconds_since(start) > 2 ? StopRequest::Now : StopRequest::No;
    };
    const rackproof::Run result =
        run(plan_of(2, {hanging({"pass"}, "a"), selftest({"hang"}, "b")}));
    EXPECT_FALSE(result.complete);
    EXPECT_THAT(metric_of(result, "selftest.hang.b").outcome, testing::Each(Outcome::Lost));
    EXPECT_THAT(reason_of(result, "selftest.hang.b", 0), HasSubstr("the run ended before"));
}

TEST_F(LocalRun, TheRunsDeadlineEndsWhatIsOpen) {
    Plan plan =
        plan_of(2, {selftest({"pass"}, "a"), selftest({"hang"}, "b"), selftest({"pass"}, "c")});
    plan.run_deadline_s = 3;
    options_.stop_requested = [] { return StopRequest::No; };
    const rackproof::Run result = run(plan);
    EXPECT_FALSE(result.complete);
    EXPECT_THAT(metric_of(result, "selftest.pass.a").outcome, testing::Each(Outcome::Completed));
    EXPECT_THAT(metric_of(result, "selftest.hang.b").outcome, testing::Each(Outcome::TimedOut));
    EXPECT_THAT(metric_of(result, "selftest.pass.c").outcome, testing::Each(Outcome::TimedOut));
}

TEST_F(LocalRun, LeavesNothingBehind) {
    const rackproof::Run result = run(plan_of(2, {hanging({"crash", "hang"}, "x")}));
    std::size_t jobs = 0;
    for (const Event& event : result.events) {
        const std::string key = "orte_tmpdir_base ";
        const std::size_t at = event.text.find(key);
        if (event.code != "job_started" || at == std::string::npos) continue;
        const std::size_t begin = at + key.size();
        const std::string scratch = event.text.substr(begin, event.text.find(' ', begin) - begin);
        EXPECT_THAT(scratch, HasSubstr("rackproof-job-"));
        EXPECT_FALSE(std::filesystem::exists(scratch)) << scratch;
        ++jobs;
    }
    EXPECT_GT(jobs, 0U);
}

TEST_F(LocalRun, KillOfTheControllerLeavesNoWorkerAndAWholeJournal) {
    const std::string self = std::filesystem::read_symlink("/proc/self/exe");
    ChildProcess controller{{{self, "controller", folder_.path()}, {}}};
    std::optional<pid_t> ranks[2];
    while (!ranks[0] || !ranks[1]) {
        ASSERT_FALSE(controller.ending());
        ::usleep(100'000);
        for (const std::int32_t rank : {0, 1}) {
            if (std::filesystem::exists(journal())) ranks[rank] = pid_of_rank(journal(), rank);
        }
    }
    ASSERT_EQ(::kill(controller.pid(), SIGKILL), 0);
    for (const std::optional<pid_t>& pid : ranks) {
        // Gone, or a zombie that only waits for its parent to ask.
        const auto alive = [&] {
            std::ifstream stat{"/proc/" + std::to_string(*pid) + "/stat"};
            std::string text;
            std::getline(stat, text);
            const std::size_t name_end = text.rfind(')');
            return name_end != std::string::npos && text.at(name_end + 2) != 'Z';
        };
        while (alive()) ::usleep(10'000);
    }
    const rackproof::Run result = run_from_journal(journal());
    EXPECT_FALSE(result.complete);
    EXPECT_THAT(result.metrics.at(0).outcome, testing::Each(Outcome::Lost));
}

}  // namespace

void test::run_for_ever(const std::filesystem::path& directory) {
    SuiteEntry hang = selftest({"hang"}, "");
    hang.deadline_s = 1000;
    const Plan plan = plan_of(2, {hang});
    RunOptions options;
    options.directory = directory;
    options.executable = std::filesystem::read_symlink("/proc/self/exe");
    LocalLauncher launcher;
    run_plan(plan, plan_run(plan), options, launcher);
}

}  // namespace rackproof
