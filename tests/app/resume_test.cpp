#include "app/resume.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "core/error.hpp"
#include "core/version.hpp"
#include "runners/run_book.hpp"

namespace rackproof {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::string kPlan = R"(name = "tiny"
[[stage]]
name = "selftest"
[[stage.suite]]
suite = "selftest"
endings = ["pass"]
)";

const std::string kFleetFile = R"([[node]]
name = "n001"
)";

/// A run of a fleet of one node, begun by mpirun and not ended.
class Resume : public testing::Test {
  protected:
    Resume() {
        std::string name = (std::filesystem::temp_directory_path() / "resume-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw Error{"make a folder", name};
        folder_ = name;
        start_.tool_version = kVersion;
        start_.plan_toml = kPlan;
        start_.fleet_toml = kFleetFile;
        start_.launcher = "mpirun";
        start_.manifest.nodes.emplace_back().name = "n001";
    }
    ~Resume() override {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    Resume(const Resume&) = delete;
    Resume& operator=(const Resume&) = delete;

    void begin() { RunBook{start_, folder_ / "journal"}; }
    [[nodiscard]] std::filesystem::path file(const std::string& name, const std::string& text) {
        std::ofstream{folder_ / name} << text;
        return folder_ / name;
    }
    [[nodiscard]] std::string refusal(const std::optional<std::filesystem::path>& plan = {}) const {
        try {
            (void)resume_run(folder_, plan, where_);
        } catch (const InputError& error) {
            return error.what();
        }
        return "taken";
    }

    std::filesystem::path folder_;
    record::RunStarted start_;
    FleetArguments where_;
};

TEST_F(Resume, TakesPlanAndLauncherFromTheJournal) {
    begin();
    const ResumedRun run = resume_run(folder_, std::nullopt, where_);
    EXPECT_EQ(run.plan.name, "tiny");
    EXPECT_EQ(run.plan.toml, kPlan);
    EXPECT_EQ(run.launch.kind, LauncherKind::Mpirun);
    EXPECT_EQ(run.resumption->so_far.start.manifest.nodes.size(), 1U);
}

TEST_F(Resume, TheSamePlanAndFleetMayBeSaidAgain) {
    begin();
    where_.fleet = file("fleet.toml", kFleetFile);
    where_.launcher = "mpirun";
    EXPECT_EQ(refusal(file("plan.toml", kPlan)), "taken");
}

TEST_F(Resume, AnotherPlanOrFleetIsRefusedWithTheDifference) {
    begin();
    EXPECT_THAT(refusal(file("plan.toml", kPlan + "label = \"x\"\n")),
                AllOf(HasSubstr("plan.toml: is not the plan"), HasSubstr("+ 7: label = \"x\"")));
    where_.fleet = file("fleet.toml", "[[node]]\nname = \"n002\"\n");
    EXPECT_THAT(refusal(),
                AllOf(HasSubstr("fleet.toml: is not the fleet file"),
                      HasSubstr("- 2: name = \"n001\""), HasSubstr("+ 2: name = \"n002\"")));
}

TEST_F(Resume, AnotherLauncherOrAgentIsRefused) {
    FleetArguments begun;
    begun.rsh_agent = "ssh -p 2222";
    note_launch(begun, start_.environment);
    begin();
    EXPECT_THAT(refusal(), HasSubstr("--rsh-agent 'ssh -p 2222'; expected the same"));
    where_.rsh_agent = "ssh -p 2222";
    EXPECT_EQ(refusal(), "taken");
    where_.network = "eth0";
    EXPECT_THAT(refusal(), HasSubstr("was begun without --network"));
    where_.launcher = "slurm";
    EXPECT_THAT(refusal(), HasSubstr("was begun with --launcher mpirun"));
}

TEST_F(Resume, AnotherRackproofIsRefused) {
    start_.tool_version = "0.0.0";
    begin();
    EXPECT_THAT(refusal(), HasSubstr("was begun by rackproof 0.0.0"));
}

TEST_F(Resume, AnotherMachineIsRefusedWhereTheRunIsLocal) {
    start_.launcher = "local";
    start_.environment["host"] = "certainly-another-host";
    begin();
    EXPECT_THAT(refusal(), HasSubstr("certainly-another-host"));
}

TEST_F(Resume, AFolderWithoutARunIsRefused) {
    EXPECT_THAT(refusal(), HasSubstr("holds no run to go on with"));
}

}  // namespace
}  // namespace rackproof
