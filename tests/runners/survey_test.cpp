#include "runners/survey.hpp"

#include <gmock/gmock.h>

#include "tests/runners/scripted_worker.hpp"
#include "tests/runners/thread_launcher.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class SurveyTest : public testing::Test {
  protected:
    SurveyTest() {
        options_.executable = "/bin/false";
        options_.logs = folder_.path();
        options_.devices.devices_per_node = 3;
    }
    [[nodiscard]] WorkerParts parts_of_worker() {
        WorkerParts parts = test::scripted_parts(suite_, clock_, left_);
        parts.hidden_gpus = [] { return std::string{"7 of the node's 8 GPUs are kept"}; };
        return parts;
    }
    std::vector<NodeSurvey> survey(const std::vector<std::string>& hosts) {
        return survey_hosts(hosts, launcher_, options_);
    }

    test::ScratchFolder folder_;
    test::ScriptedSuite suite_;
    test::ScriptedClock clock_;
    std::atomic<int> left_{-1};
    test::ThreadLauncher launcher_{parts_of_worker()};
    SurveyOptions options_;
};

TEST_F(SurveyTest, EveryHostSaysWhatItHas) {
    launcher_.program = {"/bin/sleep", "0.2"};
    const std::vector<NodeSurvey> found = survey({"n001", "n002"});
    ASSERT_THAT(found, SizeIs(2));
    for (const NodeSurvey& node : found) {
        ASSERT_TRUE(node.devices);
        EXPECT_THAT(*node.devices, SizeIs(3));
        EXPECT_THAT(node.problem, IsEmpty());
    }
    EXPECT_THAT(launcher_.hosts, ElementsAre(ElementsAre("n001"), ElementsAre("n002")));
}

TEST_F(SurveyTest, AHostSaysWhichGpusAreKeptFromItsRanks) {
    launcher_.program = {"/bin/sleep", "0.2"};
    options_.devices.with_gpus = true;
    EXPECT_THAT(survey({"n001"})[0].hidden_gpus, HasSubstr("7 of the node's 8 GPUs"));
    options_.devices.with_gpus = false;
    EXPECT_THAT(survey({"n001"})[0].hidden_gpus, IsEmpty()) << "the plan has nothing for them";
}

TEST_F(SurveyTest, AHostThatDoesNotComeUpKeepsItsPlaceWithTheLaunchersWords) {
    launcher_.program = {"/bin/sleep", "0.2"};
    launcher_.dead_hosts = {"n002"};
    launcher_.dead_program = {"/bin/sh", "-c", "echo no route to host >&2; exit 255"};
    const std::vector<NodeSurvey> found = survey({"n001", "n002", "n003"});
    EXPECT_TRUE(found[0].devices);
    EXPECT_FALSE(found[1].devices);
    EXPECT_THAT(found[1].problem, HasSubstr("did not come up; the launcher: no route to host"));
    EXPECT_TRUE(found[2].devices);
}

TEST_F(SurveyTest, AHostThatHangsIsGivenUp) {
    launcher_.dead_hosts = {"n001"};
    launcher_.dead_program = {"/bin/sleep", "1000"};
    options_.patience_s = 0.2;
    EXPECT_THAT(survey({"n001"})[0].problem, HasSubstr("did not answer in time"));
}

TEST_F(SurveyTest, AnotherHostThanWasAskedIsNotBelieved) {
    launcher_.program = {"/bin/sleep", "0.2"};
    launcher_.disguised_as["n001"] = "n007";
    const NodeSurvey found = survey({"n001"})[0];
    EXPECT_FALSE(found.devices);
    EXPECT_THAT(found.problem, HasSubstr("says that it is n007"));
}

TEST_F(SurveyTest, AProgramThatIsNotThereIsAnError) {
    launcher_.dead_hosts = {"n001"};
    launcher_.dead_program = {"/nowhere/mpirun"};
    EXPECT_THROW((void)survey({"n001"}), Error);
}

TEST_F(SurveyTest, AStopEndsIt) {
    launcher_.dead_hosts = {"n001"};
    launcher_.dead_program = {"/bin/sleep", "1000"};
    options_.stop_requested = [] { return true; };
    EXPECT_THROW((void)survey({"n001"}), Error);
}

TEST_F(SurveyTest, ANodeThatTakesNoPartIsNotAsked) {
    launcher_.program = {"/bin/sleep", "0.2"};
    Fleet fleet;
    for (const char* name : {"n001", "n002", "n003"}) {
        fleet.nodes.emplace_back();
        fleet.nodes.back().node.name = name;
    }
    fleet.nodes[1].node.state = "drained";
    const std::vector<NodeSurvey> found = survey_fleet(fleet, launcher_, options_);
    ASSERT_THAT(found, SizeIs(3));
    EXPECT_TRUE(found[0].devices);
    EXPECT_FALSE(found[1].devices);
    EXPECT_EQ(found[1].problem, "n002 takes no part: drained");
    EXPECT_TRUE(found[2].devices);
    EXPECT_THAT(launcher_.hosts, ElementsAre(ElementsAre("n001"), ElementsAre("n003")));
    EXPECT_THAT(survey_events(fleet, found, {}), IsEmpty());
    EXPECT_THAT(expected_devices(fleet, found, {}), SizeIs(9)) << "as many as the others have";
}

TEST_F(SurveyTest, WhereNoNodeTakesPartNothingIsStarted) {
    Fleet fleet;
    fleet.nodes.emplace_back();
    fleet.nodes.back().node.state = "down*";
    EXPECT_THAT(survey_fleet(fleet, launcher_, options_), SizeIs(1));
    EXPECT_THAT(launcher_.hosts, IsEmpty());
}

FleetNode node(const std::string& name, const std::string& sku,
               std::optional<std::int32_t> devices = {}) {
    FleetNode entry;
    entry.node.name = name;
    entry.node.sku = sku;
    entry.devices = devices;
    return entry;
}

NodeSurvey listed(std::size_t devices) { return {std::vector<Device>(devices), ""}; }
NodeSurvey silent() { return {std::nullopt, "no route to host"}; }

std::vector<int> counts(const std::vector<Device>& devices, int nodes) {
    std::vector<int> count(static_cast<std::size_t>(nodes));
    for (const Device& device : devices) {
        EXPECT_EQ(device.index, count.at(static_cast<std::size_t>(device.node))++);
    }
    return count;
}

TEST(ExpectedDevices, ASilentNodeHasWhatIsDeclaredOrUsualOrOne) {
    Fleet fleet;
    fleet.nodes = {node("a", "x"), node("b", "x"),    node("c", "x"),
                   node("d", "x"), node("e", "x", 6), node("f", "y")};
    const std::vector<NodeSurvey> surveys{listed(8), listed(8), listed(4),
                                          silent(),  silent(),  silent()};
    EXPECT_THAT(counts(expected_devices(fleet, surveys, {}), 6), ElementsAre(8, 8, 4, 8, 6, 1));
}

TEST(ExpectedDevices, MissingAndSurplusDevicesAreBothInTheManifestAndTold) {
    Fleet fleet;
    fleet.nodes = {node("a", "x", 8), node("b", "x", 2), node("c", "x", 3), node("d", "x", 1)};
    const std::vector<NodeSurvey> surveys{listed(7), listed(3), listed(3), silent()};
    EXPECT_THAT(counts(expected_devices(fleet, surveys, {}), 4), ElementsAre(8, 3, 3, 1));
    const std::vector<Event> events = survey_events(fleet, surveys, {});
    ASSERT_THAT(events, SizeIs(3));
    EXPECT_EQ(events[0].code, "devices_missing");
    EXPECT_EQ(events[0].node, 0);
    EXPECT_EQ(events[0].severity, "error");
    EXPECT_EQ(events[0].text, "a: it lists 7 devices; the fleet file declares 8");
    EXPECT_EQ(events[1].code, "devices_unexpected");
    EXPECT_EQ(events[2].code, "node_unreached");
    EXPECT_EQ(events[2].text, "d: no route to host");
}

NodeSurvey with_gpus(std::size_t gpus) {
    NodeSurvey survey = listed(2);
    survey.devices->resize(2 + gpus);
    for (std::size_t i = 2; i < survey.devices->size(); ++i) (*survey.devices)[i].kind = "gpu";
    return survey;
}

TEST(ExpectedDevices, AGpuThatIsGoneIsExpectedWhereItsPeersHaveIt) {
    Fleet fleet;
    fleet.nodes = {node("a", "x"), node("b", "x"), node("c", "x"), node("d", "y"), node("e", "x")};
    fleet.nodes[4].gpus = 0;
    const std::vector<NodeSurvey> surveys{with_gpus(8), with_gpus(8), with_gpus(7), with_gpus(0),
                                          with_gpus(0)};
    const std::vector<Device> devices = expected_devices(fleet, surveys, {.with_gpus = true});
    EXPECT_THAT(counts(devices, 5), ElementsAre(10, 10, 10, 2, 2));
    EXPECT_EQ(devices[29].kind, "gpu") << "the lost one";
    const std::vector<Event> events = survey_events(fleet, surveys, {.with_gpus = true});
    ASSERT_THAT(events, SizeIs(1));
    EXPECT_EQ(events[0].text, "c: it lists 7 GPUs; most nodes of its sku have 8");
    EXPECT_THAT(counts(expected_devices(fleet, surveys, {}), 5), ElementsAre(2, 2, 2, 2, 2))
        << "a plan without GPUs leaves them alone";
}

TEST(ExpectedDevices, GpusThatRanksMayNotUseAreToldUnlessTheFleetFileDoesWithout) {
    Fleet fleet;
    fleet.nodes = {node("a", "x"), node("b", "x"), node("c", "x")};
    fleet.nodes[1].gpus = 1;
    fleet.nodes[2].gpus = 8;
    std::vector<NodeSurvey> surveys(3, with_gpus(1));
    for (NodeSurvey& survey : surveys) survey.hidden_gpus = "7 of the node's 8 GPUs are kept";
    const std::vector<Event> events = survey_events(fleet, surveys, {.with_gpus = true});
    ASSERT_THAT(events, SizeIs(3));
    EXPECT_EQ(events[0].code, "gpus_hidden");
    EXPECT_EQ(events[0].node, 0);
    EXPECT_EQ(events[0].severity, "error");
    EXPECT_EQ(events[0].text, "a: 7 of the node's 8 GPUs are kept");
    EXPECT_EQ(events[1].code, "gpus_hidden");
    EXPECT_EQ(events[1].node, 2);
    EXPECT_EQ(events[2].code, "devices_missing");
    EXPECT_THAT(survey_events(fleet, surveys, {}), IsEmpty());
}

TEST(ExpectedDevices, ANodeWithNoDeviceAtAllIsTold) {
    Fleet fleet;
    fleet.nodes = {node("a", "x")};
    EXPECT_THAT(counts(expected_devices(fleet, {listed(0)}, {}), 1), ElementsAre(1));
    EXPECT_THAT(survey_events(fleet, {listed(0)}, {}), SizeIs(1));
}

}  // namespace
}  // namespace rackproof
