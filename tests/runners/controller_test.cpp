#include "runners/controller.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <memory>

#include "core/error.hpp"
#include "runners/worker.hpp"
#include "tests/runners/sample_start.hpp"
#include "tests/runners/scripted_worker.hpp"
#include "tests/runners/shell.hpp"
#include "tests/runners/thread_launcher.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class ControllerTest : public testing::Test {
  protected:
    ControllerTest() {
        plan_.retests = 1;
        plan_.stages.resize(1);
        plan_.stages[0].name = "stage 0";
        options_.directory = folder_.path();
        options_.executable = "/bin/false";
        parts_.launcher = &launcher_;
        // The program that stands for mpirun never ends by itself.
        parts_.patience.quit_s = 0;
        parts_.patience.settle_s = 0;
        parts_.talks = [](std::string_view) { return false; };
    }

    rackproof::Run run(const record::RunStarted& start) {
        Controller{plan_, start, options_, parts_}.run();
        return run_from_journal(folder_.path() / "journal");
    }

    test::ScratchFolder folder_;
    test::ScriptedSuite suite_;
    test::ScriptedClock clock_;
    std::atomic<int> left_{-1};
    test::ThreadLauncher launcher_{test::scripted_parts(suite_, clock_, left_)};
    Plan plan_;
    RunOptions options_;
    ControllerParts parts_;
};

TEST_F(ControllerTest, RunsEveryCellOfEveryStageOnce) {
    suite_.actions = {{"a", test::record_device}, {"b", test::record_device}};
    std::vector<CaseSpec> cases{test::sample_case("a", 0, Scope::Device),
                                test::sample_case("b", 1, Scope::Device)};
    cases[1].stage = 1;
    const rackproof::Run result = run(test::sample_start(3, cases));
    EXPECT_TRUE(result.complete);
    ASSERT_EQ(result.metrics.size(), 2U);
    for (const Metric& metric : result.metrics) {
        EXPECT_THAT(metric.outcome, Each(Outcome::Completed));
        EXPECT_THAT(metric.attempt, ElementsAre(0, 0, 0));
        for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(metric.row(i)[0], static_cast<double>(i));
    }
    EXPECT_THAT(launcher_.ranks, ElementsAre(3, 3));  // one job a stage
}

TEST_F(ControllerTest, WhatFailsIsRetestedAlone) {
    suite_.actions["a"] = [](const CaseSpec& lead, SuiteContext& context) {
        if (context.local_rank() == 1) throw Error{"multiply", "broken"};
        test::record_device(lead, context);
    };
    plan_.retests = 2;
    const rackproof::Run result =
        run(test::sample_start(2, {test::sample_case("a", 0, Scope::Device)}));
    EXPECT_THAT(result.metrics.at(0).outcome,
                ElementsAre(Outcome::Completed, Outcome::Failed, Outcome::Failed, Outcome::Failed));
    EXPECT_THAT(result.metrics.at(0).attempt, ElementsAre(0, 0, 1, 2));
    EXPECT_THAT(launcher_.ranks, ElementsAre(2, 1, 1));
    EXPECT_TRUE(result.complete);
}

TEST_F(ControllerTest, ARetestThatPassesDoesNotHideTheFailure) {
    std::atomic<int> runs{0};
    suite_.actions["a"] = [&](const CaseSpec& lead, SuiteContext& context) {
        if (runs++ == 0) throw Error{"multiply", "once"};
        test::record_device(lead, context);
    };
    plan_.retests = 3;
    const rackproof::Run result =
        run(test::sample_start(1, {test::sample_case("a", 0, Scope::Device)}));
    EXPECT_THAT(result.metrics.at(0).outcome, ElementsAre(Outcome::Failed, Outcome::Completed));
    EXPECT_EQ(runs, 2);
}

TEST_F(ControllerTest, ANodeThatTakesNoPartIsExcludedWithItsReason) {
    suite_.actions = {{"a", test::record_device}, {"b", test::record_device}};
    record::RunStarted start = test::sample_fleet_start(
        3, 2, {test::sample_case("a", 0, Scope::Device), test::sample_case("b", 1, Scope::Node)});
    start.manifest.nodes[1].state = "drained";
    start.manifest.nodes[1].labels["reason"] = "bad DIMM";
    const rackproof::Run result = run(start);
    EXPECT_TRUE(result.complete);
    const auto out = Outcome::Excluded;
    const auto in = Outcome::Completed;
    EXPECT_THAT(result.metrics.at(0).outcome, ElementsAre(in, in, out, out, in, in));
    EXPECT_THAT(result.metrics.at(1).outcome, ElementsAre(in, out, in));
    ASSERT_EQ(result.reasons.size(), 3U) << "and no retest of it";
    EXPECT_EQ(result.reasons[0].text, "n002 takes no part: drained, bad DIMM");
    for (const auto& hosts : launcher_.hosts) EXPECT_THAT(hosts, Not(Contains("n002")));
    EXPECT_EQ(result.nodes.at(1).state, "drained");
    EXPECT_EQ(result.events.front().code, "node_out");
    EXPECT_EQ(result.events.front().node, 1);
}

TEST_F(ControllerTest, AStageThatIsLeftOutIsTold) {
    suite_.actions = {{"a", test::record_device}};
    plan_.stages.resize(2);
    for (Stage& stage : plan_.stages) stage.skip_alone = true;
    plan_.stages[1].name = "pairs";
    plan_.stages[1].over = Over::Pairs;
    record::RunStarted start =
        test::sample_fleet_start(1, 1, {test::sample_case("a", 0, Scope::Device)});
    start.manifest.stages = {"stage 0", "pairs"};
    const rackproof::Run result = run(start);
    EXPECT_TRUE(result.complete);
    ASSERT_EQ(std::ranges::count(result.events, "stage_left_out", &Event::code), 1);
    EXPECT_EQ(result.events.front().text,
              "stage pairs was not run: it measures pairs of nodes, and there are no two nodes for "
              "it");
}

TEST_F(ControllerTest, WhereNoNodeTakesPartNothingIsStarted) {
    record::RunStarted start =
        test::sample_fleet_start(2, 1, {test::sample_case("a", 0, Scope::Device)});
    for (Node& node : start.manifest.nodes) node.state = "down*";
    const rackproof::Run result = run(start);
    EXPECT_TRUE(result.complete);
    EXPECT_THAT(result.metrics.at(0).outcome, Each(Outcome::Excluded));
    EXPECT_TRUE(launcher_.hosts.empty());
}

TEST_F(ControllerTest, AMissingRankLosesItsCellsAndTheOthersGoOn) {
    suite_.actions["a"] = test::record_device;
    launcher_.missing_rank = 1;
    parts_.patience.start_s = 0.5;
    plan_.retests = 0;
    const rackproof::Run result =
        run(test::sample_start(2, {test::sample_case("a", 0, Scope::Device)}));
    EXPECT_EQ(result.metrics.at(0).outcome.at(0), Outcome::Completed);
    // Alone in the next job it is rank 0, and comes.
    EXPECT_EQ(result.metrics.at(0).outcome.at(1), Outcome::Completed);
    EXPECT_THAT(launcher_.ranks, ElementsAre(2, 1));
}

TEST_F(ControllerTest, ALauncherThatEndsAtOnceLosesItsCellsWithItsWords) {
    launcher_.program = {"/bin/sh", "-c", "echo not enough slots >&2; exit 3"};
    launcher_.missing_rank = 0;
    plan_.retests = 0;
    const rackproof::Run result =
        run(test::sample_start(1, {test::sample_case("a", 0, Scope::Device)}));
    EXPECT_THAT(result.metrics.at(0).outcome, ElementsAre(Outcome::Lost));
    EXPECT_THAT(result.reasons.at(0).text, HasSubstr("not enough slots"));
    EXPECT_THAT(launcher_.ranks, ElementsAre(1, 1));  // it was given a second chance
    EXPECT_TRUE(result.complete);
}

TEST_F(ControllerTest, AProgramThatIsNotThereEndsTheRun) {
    launcher_.program = {"/nowhere/mpirun"};
    launcher_.missing_rank = 0;
    const record::RunStarted start =
        test::sample_start(1, {test::sample_case("a", 0, Scope::Device)});
    EXPECT_THROW((void)run(start), Error);
    EXPECT_FALSE(run_from_journal(folder_.path() / "journal").complete);
}

TEST_F(ControllerTest, AStopLeavesOpenCellsOpen) {
    std::atomic<bool> stop{false};
    suite_.actions["a"] = [&](const CaseSpec& lead, SuiteContext& context) {
        stop = true;
        test::record_device(lead, context);
    };
    suite_.actions["b"] = test::record_device;
    options_.stop_requested = [&] { return stop ? StopRequest::Now : StopRequest::No; };
    std::vector<CaseSpec> cases{test::sample_case("a", 0, Scope::Device),
                                test::sample_case("b", 1, Scope::Device)};
    cases[1].stage = 1;
    const rackproof::Run result = run(test::sample_start(1, cases));
    EXPECT_FALSE(result.complete);
    EXPECT_THAT(result.metrics.at(1).outcome, ElementsAre(Outcome::Lost));
    EXPECT_EQ(result.events.back().code, "stopped");
}

TEST_F(ControllerTest, AskedToFinishItEndsTheCellsInFlight) {
    std::atomic<bool> begun{false};
    std::atomic<bool> asked{false};
    suite_.actions["a"] = [&](const CaseSpec& lead, SuiteContext& context) {
        begun = true;
        while (!asked) std::this_thread::yield();
        test::record_device(lead, context);
    };
    suite_.actions["b"] = test::record_device;
    options_.stop_requested = [&] {
        asked = begun.load();
        return asked ? StopRequest::AfterCell : StopRequest::No;
    };
    const rackproof::Run result = run(test::sample_start(
        1, {test::sample_case("a", 0, Scope::Device), test::sample_case("b", 1, Scope::Device)}));
    EXPECT_FALSE(result.complete);
    EXPECT_THAT(result.metrics.at(0).outcome, ElementsAre(Outcome::Completed));
    EXPECT_THAT(result.metrics.at(1).outcome, ElementsAre(Outcome::Lost));
    EXPECT_EQ(result.events.back().code, "stopped");
}

TEST_F(ControllerTest, ARunThatWasStoppedGoesOnWithWhatIsOpen) {
    std::atomic<bool> stop{false};
    std::atomic<bool> is_over{false};
    std::atomic<int> runs_of_a{0};
    suite_.actions["a"] = [&](const CaseSpec& lead, SuiteContext& context) {
        ++runs_of_a;
        test::record_device(lead, context);
    };
    suite_.actions["b"] = [&](const CaseSpec&, SuiteContext&) {
        stop = true;
        while (!is_over) std::this_thread::yield();
    };
    std::vector<CaseSpec> cases{test::sample_case("a", 0, Scope::Device),
                                test::sample_case("b", 1, Scope::Device)};
    cases[1].stage = 1;
    const record::RunStarted start = test::sample_start(1, cases);
    options_.stop_requested = [&] { return stop ? StopRequest::Now : StopRequest::No; };
    const rackproof::Run stopped = run(start);
    is_over = true;
    EXPECT_FALSE(stopped.complete);
    EXPECT_THAT(stopped.metrics.at(0).outcome, Each(Outcome::Completed));
    EXPECT_THAT(stopped.metrics.at(1).outcome, Each(Outcome::Lost));

    launcher_.wait_for_workers();
    suite_.actions["b"] = test::record_device;
    options_.stop_requested = {};
    options_.resumption = std::make_shared<Resumption>(claim_run(folder_.path() / "journal"));
    EXPECT_EQ(options_.resumption->so_far.next_job, 2);
    const rackproof::Run result = run(start);
    EXPECT_TRUE(result.complete);
    EXPECT_THAT(result.metrics.at(0).outcome, Each(Outcome::Completed));
    EXPECT_THAT(result.metrics.at(1).outcome, Each(Outcome::Completed));
    EXPECT_EQ(runs_of_a, 1);
}

TEST_F(ControllerTest, RetestsThatAreDoneAreNotDoneAgain) {
    std::atomic<int> runs{0};
    suite_.actions["a"] = [&](const CaseSpec&, SuiteContext&) {
        ++runs;
        throw Error{"multiply", "broken"};
    };
    const record::RunStarted start =
        test::sample_start(1, {test::sample_case("a", 0, Scope::Device)});
    plan_.retests = 1;
    (void)run(start);
    EXPECT_EQ(runs, 2);
    plan_.retests = 2;
    options_.resumption = std::make_shared<Resumption>(claim_run(folder_.path() / "journal"));
    const rackproof::Run result = run(start);
    EXPECT_EQ(runs, 3);
    EXPECT_THAT(result.metrics.at(0).attempt, ElementsAre(0, 1, 2));
}

TEST_F(ControllerTest, TheRunsDeadlineTimesOutWhatIsOpen) {
    suite_.actions["a"] = test::record_device;
    plan_.run_deadline_s = 0;
    const rackproof::Run result =
        run(test::sample_start(2, {test::sample_case("a", 0, Scope::Device)}));
    EXPECT_FALSE(result.complete);
    EXPECT_THAT(result.metrics.at(0).outcome, Each(Outcome::TimedOut));
    EXPECT_THAT(result.reasons.at(0).text, HasSubstr("the run's deadline of 0 s passed"));
}

TEST_F(ControllerTest, ShowsProgress) {
    suite_.actions["a"] = test::record_device;
    std::vector<Progress> seen;
    options_.on_progress = [&](const Progress& progress) { seen.push_back(progress); };
    (void)run(test::sample_start(2, {test::sample_case("a", 0, Scope::Device)}));
    ASSERT_FALSE(seen.empty());
    EXPECT_EQ(seen.front().stage, "stage 0");
    EXPECT_EQ(seen.front().cells, 2);
    EXPECT_EQ(seen.front().left_s, 1);  // one case, on both devices at once
}

TEST_F(ControllerTest, ManyNodesAreAtWorkAtOnceAndEachHasItsOwnJob) {
    std::atomic<int> at_work{0};
    std::atomic<int> most{0};
    suite_.actions["a"] = [&](const CaseSpec& lead, SuiteContext& context) {
        most = std::max<int>(most, ++at_work);
        while (most < 6) std::this_thread::yield();
        --at_work;
        test::record_device(lead, context);
    };
    const rackproof::Run result =
        run(test::sample_fleet_start(3, 2, {test::sample_case("a", 0, Scope::Device)}));
    EXPECT_TRUE(result.complete);
    EXPECT_THAT(result.metrics.at(0).outcome, Each(Outcome::Completed));
    EXPECT_THAT(launcher_.hosts,
                ElementsAre(ElementsAre("n001"), ElementsAre("n002"), ElementsAre("n003")));
}

TEST_F(ControllerTest, NoMoreNodesThanAllowedAreAtWork) {
    std::atomic<int> at_work{0};
    std::atomic<int> most{0};
    suite_.actions["a"] = [&](const CaseSpec& lead, SuiteContext& context) {
        most = std::max<int>(most, ++at_work);
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        --at_work;
        test::record_device(lead, context);
    };
    parts_.pace.most_nodes = 2;
    const rackproof::Run result =
        run(test::sample_fleet_start(6, 1, {test::sample_case("a", 0, Scope::Device)}));
    EXPECT_THAT(result.metrics.at(0).outcome, Each(Outcome::Completed));
    EXPECT_LE(most, 2);
}

TEST_F(ControllerTest, WhatDiesWithTheAllocationIsHeldAgainstNoNode) {
    suite_.actions = {{"a", test::record_device}};
    launcher_.dead_hosts = {"n002"};
    launcher_.dead_program = {"/bin/sh", "-c", "echo step cancelled >&2; exit 1"};
    parts_.question_of_allocation = {"7", test::shell("echo '7|COMPLETING'")};
    const record::RunStarted start =
        test::sample_fleet_start(2, 1, {test::sample_case("a", 0, Scope::Device)});
    const rackproof::Run result = run(start);
    EXPECT_FALSE(result.complete);
    EXPECT_THAT(result.events, Contains(testing::Field(&Event::code, "allocation_ended")));
    EXPECT_THAT(result.reasons.back().text, HasSubstr("the run ended before this cell did"));
    launcher_.dead_hosts.clear();
    parts_.question_of_allocation = {"7", test::shell("echo '7|RUNNING'")};
    options_.resumption = std::make_shared<Resumption>(claim_run(folder_.path() / "journal"));
    const rackproof::Run resumed = run(start);
    EXPECT_TRUE(resumed.complete);
    EXPECT_THAT(resumed.metrics.at(0).outcome, ElementsAre(Outcome::Completed, Outcome::Completed));
}

TEST_F(ControllerTest, WhoDiesInAnAllocationThatGoesOnIsLost) {
    suite_.actions = {{"a", test::record_device}};
    launcher_.dead_hosts = {"n002"};
    launcher_.dead_program = {"/bin/sh", "-c", "echo no route to host >&2; exit 255"};
    parts_.question_of_allocation = {"7", test::shell("echo '7|RUNNING'")};
    const rackproof::Run result =
        run(test::sample_fleet_start(2, 1, {test::sample_case("a", 0, Scope::Device)}));
    EXPECT_TRUE(result.complete);
    EXPECT_EQ(result.metrics.at(0).outcome.at(0), Outcome::Completed);
    EXPECT_EQ(result.metrics.at(0).outcome.at(1), Outcome::Lost);
}

TEST_F(ControllerTest, ANodeThatCannotBeReachedCostsItsOwnCellsOnly) {
    suite_.actions = {{"a", test::record_device}, {"b", test::record_device}};
    launcher_.dead_hosts = {"n002"};
    launcher_.dead_program = {"/bin/sh", "-c", "echo no route to host >&2; exit 255"};
    std::vector<CaseSpec> cases{test::sample_case("a", 0, Scope::Device),
                                test::sample_case("b", 1, Scope::Node)};
    cases[1].stage = 1;
    const rackproof::Run result = run(test::sample_fleet_start(3, 2, cases));
    EXPECT_TRUE(result.complete);
    for (const Metric& metric : result.metrics) {
        for (std::size_t row = 0; row < metric.rows(); ++row) {
            const bool of_devices = metric.scope == Scope::Device;
            const std::int32_t node =
                of_devices ? metric.target[row].first / 2 : metric.target[row].first;
            EXPECT_EQ(metric.outcome[row], node == 1 ? Outcome::Lost : Outcome::Completed)
                << metric.name << " " << row;
        }
    }
    for (const Reason& reason : result.reasons) {
        EXPECT_THAT(reason.text, HasSubstr("no route to host"));
        EXPECT_THAT(reason.text, HasSubstr("n002"));
    }
    // Twice in its first stage; then once an attempt, for it may have come back.
    EXPECT_EQ(std::ranges::count(launcher_.hosts, std::vector<std::string>{"n002"}), 2 + 1 + 1 + 1);
}

TEST_F(ControllerTest, ARankOnTheWrongHostIsNotTrusted) {
    suite_.actions["a"] = test::record_device;
    launcher_.disguised_as["n002"] = "n009";
    plan_.retests = 0;
    const rackproof::Run result =
        run(test::sample_fleet_start(2, 1, {test::sample_case("a", 0, Scope::Device)}));
    EXPECT_THAT(result.metrics.at(0).outcome, ElementsAre(Outcome::Completed, Outcome::Lost));
    EXPECT_THAT(result.reasons.at(0).text, HasSubstr("of n002) came up on n009"));
    const auto told = std::ranges::find(result.events, "wrong_host", &Event::code);
    ASSERT_NE(told, result.events.end());
    EXPECT_EQ(told->node, 1);
    EXPECT_EQ(told->severity, "error");
}

TEST_F(ControllerTest, WhatWasFoundBeforeTheRunIsInItsRecord) {
    suite_.actions["a"] = test::record_device;
    options_.events = {{0, 0, -1, "error", "devices_missing", "n001: it lists 1 device"}};
    const rackproof::Run result =
        run(test::sample_start(1, {test::sample_case("a", 0, Scope::Device)}));
    EXPECT_THAT(result.events, testing::Contains(testing::Field(&Event::code, "devices_missing")));
}

TEST_F(ControllerTest, StrangersAreCountedAndTheRunIsUnharmed) {
    suite_.actions["a"] = test::record_device;
    std::vector<Descriptor> strangers;
    // The port is known to whoever may look; here, from the launcher's request.
    struct Nosy final : public Launcher {
        Nosy(Launcher& other, std::vector<Descriptor>& sockets) : real{&other}, knocks{&sockets} {}
        std::string name() const override { return real->name(); }
        std::string listen_address() const override { return real->listen_address(); }
        void check() override { real->check(); }
        Command command(const JobRequest& request) override {
            const Endpoint to = endpoint_from(request.environment.at(kControllerVariable));
            for (int i = 0; i < 30; ++i) {
                knocks->push_back(connect_to(to, 5));
                (void)send_some(knocks->back().get(), framed(std::vector<std::byte>(9)));
            }
            return real->command(request);
        }
        Launcher* real;
        std::vector<Descriptor>* knocks;
    } nosy{launcher_, strangers};
    parts_.launcher = &nosy;
    const rackproof::Run result =
        run(test::sample_start(1, {test::sample_case("a", 0, Scope::Device)}));
    EXPECT_THAT(result.metrics.at(0).outcome, ElementsAre(Outcome::Completed));
    std::size_t told = 0;
    for (const Event& event : result.events) told += event.code == "stranger" ? 1U : 0U;
    EXPECT_EQ(told, 20U);
    EXPECT_THAT(result.events.back().text, HasSubstr("30 connections were refused"));
}

}  // namespace
}  // namespace rackproof
