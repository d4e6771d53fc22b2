#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "tests/support/suite_runner.hpp"
#include "tests/support/sysfs_tree.hpp"

namespace rackproof {
namespace {

using test::cases_for;
using test::SuiteRun;
using testing::DoubleNear;
using testing::Each;
using testing::HasSubstr;
using testing::SizeIs;

TEST(Cores, HasACaseForEachWork) {
    std::vector<std::pair<std::string, std::string>> found;
    for (const CaseSpec& spec : cases_for("cores")) found.emplace_back(spec.name, spec.unit);
    EXPECT_THAT(found, testing::ElementsAre(std::pair{"cores.integer", "1/s"},
                                            std::pair{"cores.fma", "FLOP/s"},
                                            std::pair{"cores.copy", "B/s"}));
}

TEST(Cores, RecordsTheRateOfAllCores) {
    for (const auto& [name, amount] :
         {std::pair{"cores.integer", 3000.0}, std::pair{"cores.fma", 3000.0},
          std::pair{"cores.copy", 2000.0}}) {
        SuiteRun cores{"cores", name};
        cores.run();
        const auto& recorded = cores.context.recorded.at(name);
        EXPECT_THAT(recorded.samples, SizeIs(20));
        EXPECT_THAT(recorded.samples, Each(DoubleNear(amount / 0.01, 1e-3)));
    }
}

TEST(Cores, SaysAtWhichTemperatureACoreWasWrongAndKeepsItsRate) {
    test::SysfsTree tree;
    tree.write("class/hwmon/hwmon0/name", "k10temp\n");
    tree.write("class/hwmon/hwmon0/temp1_input", "61500\n");
    SuiteRun cores{"cores", "cores.fma"};
    cores.context.host_sensors = find_sensors(tree.root());
    cores.device.script.wrong_checks = {4};
    try {
        cores.run();
        FAIL() << "nothing was thrown";
    } catch (const WrongAnswer& wrong) {
        EXPECT_THAT(wrong.what(), HasSubstr("the script says that it is wrong"));
        EXPECT_THAT(wrong.what(), HasSubstr("at 61.5 degC"));
    }
    EXPECT_THAT(cores.context.recorded.at("cores.fma").samples, SizeIs(4));
}

TEST(Cores, IsAWrongAnswerWithoutSensorsToo) {
    SuiteRun cores{"cores", "cores.copy"};
    cores.device.script.wrong_checks = {0};
    EXPECT_THROW(cores.run(), WrongAnswer);
    EXPECT_TRUE(cores.context.recorded.empty());
}

}  // namespace
}  // namespace rackproof
