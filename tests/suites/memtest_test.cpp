#include <gmock/gmock.h>

#include "core/error.hpp"
#include "tests/support/suite_runner.hpp"

namespace rackproof {
namespace {

using test::cases_for;
using test::SuiteRun;
using testing::DoubleEq;
using testing::Each;

TEST(Memtest, RatesAreOfTheBytesWrittenAndRead) {
    SuiteRun memtest{"memtest", "memtest.address", {}};
    memtest.device.script.run_s = {0.5};
    memtest.run();
    const auto& recorded = memtest.context.recorded.at("memtest.address");
    EXPECT_THAT(recorded.samples, Each(DoubleEq(4000 / 0.5)));
    EXPECT_THAT(memtest.device.shares, Each(DoubleEq(0.97)));
}

TEST(Memtest, AWrongWordIsAWrongAnswer) {
    SuiteRun memtest{"memtest", "memtest.random", {}};
    memtest.device.script.wrong_checks = {0};
    EXPECT_THROW(memtest.run(), WrongAnswer);
}

TEST(Memtest, RunsOnGpus) {
    for (const CaseSpec& spec : cases_for("memtest", {})) EXPECT_EQ(device_kind(spec), "gpu");
    EXPECT_EQ(cases_for("memtest", {}).size(), 4U);
}

}  // namespace
}  // namespace rackproof
