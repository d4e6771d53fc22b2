// What holds for every suite of this build, whatever it measures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "core/error.hpp"
#include "tests/support/suite_runner.hpp"

namespace rackproof {
namespace {

using test::MemoryContext;
using test::ScriptedClock;
using test::ScriptedDevice;

class EverySuite : public testing::TestWithParam<const Suite*> {
  protected:
    [[nodiscard]] static const Suite& suite() { return *GetParam(); }
    [[nodiscard]] static std::vector<CaseSpec> cases() {
        return suite().cases(with_defaults(suite(), {}));
    }
};

std::set<std::string_view> unit_symbols() {
    std::set<std::string_view> symbols;
    for (int unit = 0; unit <= static_cast<int>(Unit::Ampere); ++unit) {
        symbols.insert(symbol(static_cast<Unit>(unit)));
    }
    return symbols;
}

TEST_P(EverySuite, IsFoundByItsName) {
    EXPECT_EQ(find_suite(suite().name()), &suite());
    EXPECT_FALSE(suite().summary().empty());
    EXPECT_LE(suite().summary().size(), 66U) << "beside its name on one line";
}

TEST_P(EverySuite, DocumentsItsParametersAndTakesItsOwnDefaults) {
    std::set<std::string> names;
    for (const ParameterSpec& spec : suite().parameters()) {
        EXPECT_TRUE(names.insert(spec.name).second) << spec.name;
        EXPECT_FALSE(spec.help.empty()) << spec.name;
        Parameters one;
        one.set(spec.name, spec.default_value);
        EXPECT_NO_THROW((void)with_defaults(suite(), one)) << spec.name;
    }
}

TEST_P(EverySuite, HasCasesThatSayWhatTheyAre) {
    ASSERT_FALSE(cases().empty());
    std::set<std::string> names;
    const std::string prefix = std::string{suite().name()} + ".";
    for (const CaseSpec& spec : cases()) {
        EXPECT_TRUE(names.insert(spec.name).second) << spec.name;
        EXPECT_TRUE(spec.name.starts_with(prefix)) << spec.name;
        EXPECT_EQ(spec.name.find('/'), std::string::npos) << spec.name;
        EXPECT_TRUE(unit_symbols().contains(spec.unit)) << spec.name << " in " << spec.unit;
        EXPECT_FALSE(spec.definition.empty()) << spec.name;
        EXPECT_EQ(spec.scope, suite().scope()) << spec.name;
        EXPECT_FALSE(spec.parameters.all().empty()) << spec.name;
        EXPECT_TRUE(spec.suite.empty()) << "set by the caller";
    }
}

TEST_P(EverySuite, GivesEachCaseRepetitionsAndTime) {
    for (const CaseSpec& spec : cases()) {
        EXPECT_GE(spec.repetitions, 1) << spec.name;
        EXPECT_GT(spec.expected_s, 0) << spec.name;
        EXPECT_GT(spec.deadline_s, spec.expected_s) << spec.name;
        EXPECT_TRUE(std::isfinite(spec.deadline_s)) << spec.name;
    }
}

TEST_P(EverySuite, NamesCompanionsAfterTheirLead) {
    const std::vector<CaseSpec> all = cases();
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto lead = static_cast<std::size_t>(all[i].lead);
        ASSERT_LE(lead, i) << all[i].name;
        EXPECT_EQ(static_cast<std::size_t>(all[lead].lead), lead) << all[i].name;
        const std::string prefix = lead == i ? "" : all[lead].name + ".";
        EXPECT_TRUE(all[i].name.starts_with(prefix)) << all[i].name;
    }
}

TEST_P(EverySuite, GivesTheSameCasesAgain) { EXPECT_EQ(cases(), cases()); }

class SuiteOfHardware : public EverySuite {
  public:
    [[nodiscard]] static std::vector<const Suite*> all() {
        std::vector<const Suite*> suites{all_suites().begin(), all_suites().end()};
        std::erase(suites, find_suite("selftest"));  // which needs none
        std::erase(suites, find_suite("hwcheck"));   // nor does it: it reads what there is
        return suites;
    }
};

/// A device that can do nothing, and no ranks to talk to: what needs either is skipped with a
/// reason, and nothing is recorded.
TEST_P(SuiteOfHardware, IsUnsupportedWithoutIt) {
    const std::vector<CaseSpec> all = cases();
    for (const CaseSpec& spec : all) {
        if (all[static_cast<std::size_t>(spec.lead)].name != spec.name) continue;
        ScriptedClock clock;
        ScriptedDevice device{clock};
        device.unsupported = "this device does nothing";
        MemoryContext context{test::lead_and_companions(all, spec.name), device, clock};
        EXPECT_THROW(suite().run(spec, context), Unsupported) << spec.name;
        EXPECT_TRUE(context.recorded.empty()) << spec.name;
    }
}

INSTANTIATE_TEST_SUITE_P(Suites, EverySuite,
                         testing::ValuesIn(all_suites().begin(), all_suites().end()),
                         [](const auto& one) { return std::string{one.param->name()}; });

INSTANTIATE_TEST_SUITE_P(Suites, SuiteOfHardware, testing::ValuesIn(SuiteOfHardware::all()),
                         [](const auto& one) { return std::string{one.param->name()}; });

TEST(Suites, StandInTheTableInOrder) {
    std::vector<std::string_view> names;
    for (const Suite* suite : all_suites()) names.push_back(suite->name());
    EXPECT_THAT(names, testing::ElementsAre("calibration", "gemm", "membw", "p2p", "memtest",
                                            "cores", "collectives", "burnin", "power_swing",
                                            "tcp_loss", "hwcheck", "selftest", "late_arrival"));
    EXPECT_EQ(find_suite("gem"), nullptr);
    EXPECT_EQ(find_suite(""), nullptr);
}

}  // namespace
}  // namespace rackproof
