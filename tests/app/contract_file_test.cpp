#include "app/contract_file.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"

namespace rackproof {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr const char* kLimit = R"(
[[limit]]
case = "gemm.*"
unit = "FLOP/s"
min = 6.5e14
source = "annex B"
)";

Contract contract_from(const std::string& text) { return parse_contract(text, "c.toml"); }

TEST(ContractFile, SaysWhatThePersonWrote) {
    const Contract contract = contract_from(
        std::string{"name = \"annex\"\nallowed_defects = 0.06\n"
                    "retests = 1\nrepairs = 2\n"} +
        kLimit + "percentile = 5\n" + "[[hours]]\ncase = \"burnin.*\"\nmin = 48\nsource = \"4\"\n");
    Contract wanted;
    wanted.name = "annex";
    wanted.allowed_defects = 0.06;
    wanted.retests = 1;
    wanted.repairs = 2;
    wanted.limits = {{{"gemm.*", "FLOP/s", 6.5e14, std::nullopt, "annex B"}, 5.0}};
    wanted.hours = {{"burnin.*", 48, "4"}};
    EXPECT_EQ(contract, wanted);
}

TEST(ContractFile, AllowsNothingThatItDoesNotSay) {
    const Contract contract = contract_from(std::string{"name = \"annex\"\n"} + kLimit);
    EXPECT_EQ(contract.allowed_defects, 0);
    EXPECT_EQ(contract.retests, 0);
    EXPECT_EQ(contract.repairs, 0);
}

TEST(ContractFile, WhatIsWrongIsRefusedWithItsPlace) {
    const std::string name = "name = \"annex\"\n";
    const std::pair<std::string, std::string> wrong[] = {
        {kLimit, "'name' is missing"},
        {name, "at least one [[limit]] or [[hours]]"},
        {name + "allowed_defects = 1.5" + kLimit,
         "c.toml:2:19: 'allowed_defects' is 1.5; expected 0 to 1"},
        {name + "allowed_defects = nan" + kLimit, "'allowed_defects' is not finite"},
        {name + "retests = -1" + kLimit, "retests"},
        {name + "retest = 1" + kLimit, "retest"},
        {name + kLimit + "percentile = 101", "c.toml:8:14: 'percentile' is 101; expected 0 to 100"},
        {name + kLimit + "percentile = 100", "lets all values be outside; expected less"},
        {name + "[[limit]]\ncase = \"x\"\nmax = 1.0\nsource = \"y\"\npercentile = 0",
         "lets all values be outside; expected more"},
        {name + kLimit + "max = 7e14\npercentile = 5", "stands with both"},
        {name + kLimit + "max = 1.0", "'min' is above 'max'"},
        {name + "[[limit]]\ncase = \"x\"\nsource = \"y\"", "a minimum or a maximum"},
        {name + "[[limit]]\ncase = \"x\"\nmin = 1.0", "'source' is missing in [limit]"},
        {name + "[[limit]]\ncase = \"x\"\nmin = nan\nsource = \"y\"", "'min' is not finite"},
        {name + "[[hours]]\ncase = \"x\"\nsource = \"y\"", "a number of hours"},
        {name + "[[hours]]\ncase = \"x\"\nmin = -1\nsource = \"y\"", "'min' is -1"}};
    for (const auto& [text, problem] : wrong) {
        EXPECT_THAT([&] { (void)contract_from(text); },
                    ThrowsMessage<InputError>(HasSubstr(problem)))
            << text;
    }
}

}  // namespace
}  // namespace rackproof
