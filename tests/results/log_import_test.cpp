#include "results/log_import.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"
#include "results/run_file.hpp"
#include "tests/results/csv_import_fixture.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof {
namespace {

using test::metric_named;
using test::row_of;
using testing::HasSubstr;

std::string burn(const std::string& rate, const std::string& verdict = "OK") {
    return "50.0%  proc'd: 1 (1 Gflop/s) - 1 (1 Gflop/s)   errors: 0 - 0   temps: 40 C - 41 C \n"
           "90.0%  proc'd: 2 (" +
           rate +
           " Gflop/s) - 2 (900 Gflop/s)   errors: 0 - 0   temps: 48 C "
           "- 49 C \nTested 2 GPUs:\n\tGPU 0: " +
           verdict + "\n\tGPU 1: OK\n";
}

class LogImports : public testing::Test {
  protected:
    std::filesystem::path write(const std::string& name, const std::string& text) {
        std::filesystem::create_directories((folder_ / name).parent_path());
        test::write_bytes(folder_ / name, text);
        return folder_ / name;
    }
    LogImport import_of(std::vector<std::filesystem::path> files) const {
        LogImport import;
        import.tool = LogTool::GpuBurn;
        import.files = std::move(files);
        import.tool_version = "test";
        return import;
    }
    std::string refusal(const LogImport& import) const {
        try {
            (void)import_logs(import);
        } catch (const InputError& error) {
            return error.what();
        }
        return "";
    }
    static double value(const rackproof::Run& run, const std::string& metric,
                        const std::string& node, std::int32_t device, std::size_t repetition = 0) {
        const Metric& found = metric_named(run, metric);
        const auto row = row_of(run, found, node, device);
        return row ? found.row(*row)[repetition] : -1;
    }

    test::ScratchFolder folder_;
};

TEST_F(LogImports, TheNodeComesFromTheFilesPath) {
    LogImport import =
        import_of({write("n2/burn.log", burn("880")), write("n1/burn.log", burn("890"))});
    EXPECT_THAT(refusal(import), HasSubstr("does not say which node it is of; expected --node"));
    import.node_pattern = "{node}/burn.log";
    const rackproof::Run run = import_logs(import).run;
    ASSERT_EQ(run.nodes.size(), 2U);
    EXPECT_EQ(run.nodes[0].name, "n1");
    EXPECT_EQ(value(run, "gpu-burn.rate", "n1", 0), 890e9);
    EXPECT_EQ(value(run, "gpu-burn.rate", "n2", 0), 880e9);
    EXPECT_EQ(value(run, "gpu-burn.rate", "n2", 1), 900e9);
    EXPECT_TRUE(run.complete);
    import.node_pattern = "burn-{node}.log";
    EXPECT_THAT(refusal(import), HasSubstr("its path does not end as --node-from"));
}

TEST_F(LogImports, WhatIsMadeIsARunFileThatReadsBack) {
    LogImport import = import_of({write("a.log", burn("880"))});
    import.node = "n1";
    const rackproof::Run run = import_logs(import).run;
    write_run_file(run, folder_ / "out.h5");
    const rackproof::Run read = read_run_file(folder_ / "out.h5");
    EXPECT_EQ(value(read, "gpu-burn.rate", "n1", 0), 880e9);
    EXPECT_EQ(read.run_id, run.run_id);
    EXPECT_EQ(read.environment.at("imported"), "gpu-burn");
}

TEST_F(LogImports, TheFleetNamesNodesAndWhatTheyMustHave) {
    Fleet fleet;
    for (const char* name : {"n1", "n10", "n3"}) {
        FleetNode& node = fleet.nodes.emplace_back();
        node.node.name = name;
        node.node.rack = "r7";
        node.devices = 3;
    }
    LogImport import =
        import_of({write("burn_n10.txt", burn("880")), write("burn_n1.txt", burn("890"))});
    import.fleet = &fleet;
    const rackproof::Run run = import_logs(import).run;
    ASSERT_EQ(run.nodes.size(), 3U);
    EXPECT_EQ(run.nodes[0].rack, "r7");
    EXPECT_EQ(run.nodes[2].state, "absent");
    EXPECT_EQ(value(run, "gpu-burn.rate", "n10", 0), 880e9);
    EXPECT_EQ(value(run, "gpu-burn.rate", "n1", 0), 890e9);
    const Metric& rate = metric_named(run, "gpu-burn.rate");
    const auto absent = row_of(run, rate, "n1", 2);
    ASSERT_TRUE(absent);
    EXPECT_EQ(rate.outcome[*absent], Outcome::Skipped);
    import.node_pattern = "{node}.txt";
    EXPECT_THAT(refusal(import), HasSubstr("in several ways"));
    import.node_pattern.reset();
    import.node = "n4";
    EXPECT_THAT(refusal(import), HasSubstr("the fleet file names no node 'n4'"));
}

TEST_F(LogImports, SeveralLogsOfANodeAreRepetitionsAndTheWorstOutcomeStands) {
    LogImport import =
        import_of({write("1.log", burn("880")), write("2.log", burn("890", "FAULTY")),
                   write("3.log", burn("870"))});
    import.node = "n1";
    const rackproof::Run run = import_logs(import).run;
    EXPECT_EQ(value(run, "gpu-burn.rate", "n1", 0, 0), 880e9);
    EXPECT_EQ(value(run, "gpu-burn.rate", "n1", 0, 1), 890e9);
    EXPECT_EQ(value(run, "gpu-burn.rate", "n1", 0, 2), 870e9);
    const Metric& rate = metric_named(run, "gpu-burn.rate");
    EXPECT_EQ(rate.outcome[*row_of(run, rate, "n1", 0)], Outcome::WrongAnswer);
    EXPECT_EQ(rate.outcome[*row_of(run, rate, "n1", 1)], Outcome::Completed);
}

TEST_F(LogImports, TheSameLogTwiceIsRefused) {
    LogImport import = import_of({write("1.log", burn("880")), write("2.log", burn("880"))});
    import.node = "n1";
    EXPECT_THAT(refusal(import), HasSubstr("holds the same bytes as"));
}

TEST_F(LogImports, SkippedLinesMakeTheRunIncomplete) {
    LogImport import = import_of({write("1.log", burn("880") + "hello\n")});
    import.node = "n1";
    EXPECT_THAT(refusal(import), HasSubstr("1.log:6: 'hello'"));
    import.bad_lines = BadRows::Skip;
    const LogImported imported = import_logs(import);
    EXPECT_FALSE(imported.run.complete);
    ASSERT_EQ(imported.skipped.size(), 1U);
    EXPECT_THAT(imported.skipped[0], HasSubstr("1.log:6:"));
}

TEST_F(LogImports, ALogOfSeveralNodesIsOfNoOneNode) {
    LogImport import = import_of(
        {write("1.jsonl", "{\"node\": \"n1\", \"a/b\": 1}\n{\"node\": \"n2\", \"a/b\": 1}\n")});
    import.tool = LogTool::Superbench;
    EXPECT_EQ(import_logs(import).run.nodes.size(), 2U);
    import.node = "n1";
    EXPECT_THAT(refusal(import), HasSubstr("names 2 nodes itself"));
}

TEST_F(LogImports, OneMetricIsOneThing) {
    LogImport import = import_of({write("1.jsonl", "{\"node\": \"n1\", \"gemm-flops/x\": 1}\n"),
                                  write("2.jsonl", "{\"node\": \"n2\", \"gemm-flops/x:0\": 1}\n")});
    import.tool = LogTool::Superbench;
    EXPECT_THAT(refusal(import), HasSubstr("expected one of them"));
}

TEST_F(LogImports, EachNodeKnowsItsFile) {
    LogImport import = import_of({write("1.log", burn("880"))});
    import.node = "n1";
    const rackproof::Run run = import_logs(import).run;
    ASSERT_EQ(run.events.size(), 1U);
    EXPECT_EQ(run.events[0].code, "import.file");
    EXPECT_THAT(run.events[0].text, HasSubstr("1.log"));
}

TEST(NodeInPath, IsWhatThePatternLeavesOpen) {
    EXPECT_EQ(node_in_path("/logs/burn-n001.log", "burn-{node}.log"), "n001");
    EXPECT_EQ(node_in_path("/logs/n001/burn.log", "{node}/burn.log"), "n001");
    EXPECT_EQ(node_in_path("/logs/n001/burn.3.log", "{node}/*.log"), "n001");
    EXPECT_EQ(node_in_path("/logs/nccl_N1_G4_c3-006.log", "nccl_N1_G*_{node}.log"), "c3-006");
    EXPECT_FALSE(node_in_path("/logs/n001/burn.log", "{node}.log.gz"));
    EXPECT_FALSE(node_in_path("/logs/a-b.log", "*{node}.log"));
    EXPECT_THROW((void)node_in_path("/logs/n001.log", "n001.log"), InputError);
    EXPECT_THROW((void)node_in_path("/logs/n001.log", "{node}{node}"), InputError);
}

TEST(LogTools, HaveNames) {
    EXPECT_EQ(log_tool_from("nccl-tests"), LogTool::NcclTests);
    EXPECT_EQ(to_string(LogTool::GpuBurn), "gpu-burn");
    EXPECT_FALSE(log_tool_from("csv"));
}

}  // namespace
}  // namespace rackproof
