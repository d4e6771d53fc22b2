#include "app/judge_file.hpp"

#include <gmock/gmock.h>

#include "analysis/judgement.hpp"
#include "reports/reports.hpp"
#include "results/run_file.hpp"
#include "results/stored_metrics.hpp"
#include "tests/support/scratch_folder.hpp"
#include "tests/support/scripted_curves.hpp"

namespace rackproof {
namespace {

using test::Plant;
using test::Planted;

/// What is made of curves that stay in the file is what is made of them in memory.
TEST(JudgeFile, TelemetryThatStaysInTheFileIsJudgedAsInMemory) {
    const test::ScratchFolder folder;
    test::CurveScript script;
    script.period_s = 5;
    for (const Planted what :
         {Planted::Nothing, Planted::BadColdPlate, Planted::Throttles, Planted::SensorFreezes,
          Planted::SensorJumps, Planted::SensorDies, Planted::PowerFreezes}) {
        const rackproof::Run run = test::scripted_burnin(script, Plant{what, 13});
        write_run_file(run, folder / "run.h5");
        StoredMetrics stored{folder / "run.h5"};
        ASSERT_TRUE(stored.facts().telemetry.time.empty());
        const Judgement in_memory = judge(run, Policy{});
        EXPECT_EQ(verdict_json(judge(stored.facts(), stored, Policy{}, 1)),
                  verdict_json(in_memory));
        EXPECT_EQ(what == Planted::Nothing, exit_status(in_memory) == 0);
    }
}

}  // namespace
}  // namespace rackproof
