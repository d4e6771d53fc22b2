#include "reports/acceptance_text.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "reports/text_layout.hpp"

namespace rackproof {
namespace {

using testing::HasSubstr;
using testing::Not;

Acceptance some_acceptance() {
    Acceptance acceptance;
    acceptance.contract = "annex B";
    acceptance.run_id = "id";
    acceptance.verdict = Verdict::Fail;
    acceptance.racks = {
        {"r0", Verdict::Pass, 16, {}, {}, {{Verdict::Pass, "of 16 nodes 0 are defects; 1 may be"}}},
        {"r1",
         Verdict::Fail,
         16,
         {{"n17", "n17 device 3: too slow"}},
         {{"n18", "never measured"}},
         {{Verdict::Fail, "of 16 nodes 2 are defects; 1 may be"},
          {Verdict::NoData, "1 nodes have no data"}}}};
    ContractCell cell{"gemm.bf16", "FLOP/s", "n17 device 3", {}};
    cell.attempts.push_back({0, Outcome::TimedOut, {}, {}, "slow <disk>"});
    cell.attempts.push_back({1, Outcome::Completed, 7.1e14, 0.5, "", ContractAttempt::Counts::Yes});
    acceptance.retested = {cell};
    return acceptance;
}

TEST(AcceptanceText, SaysWorstRacksFirstEachAttemptAndTheWhole) {
    const std::string text = acceptance_text(some_acceptance(), {});
    EXPECT_LT(text.find("x REFUSED    rack r1\n"), text.find("+ ACCEPTED   rack r0\n"));
    EXPECT_THAT(text, HasSubstr("             x of 16 nodes 2 are defects; 1 may be\n"
                                "             ? 1 nodes have no data\n"
                                "             - defect n17: n17 device 3: too slow\n"
                                "             - no data n18: never measured\n"));
    EXPECT_THAT(text, HasSubstr("\nAttempts\n  gemm.bf16 on n17 device 3\n"
                                "    attempt 0: timed_out, slow <disk>\n"
                                "    attempt 1: completed, 710 TFLOP/s (counts)\n"));
    EXPECT_THAT(text, HasSubstr("\nx REFUSED    1 of 2 racks accepted by the contract annex B\n"));
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(AcceptanceText, SaysThatNothingTookASecondAttempt) {
    Acceptance acceptance = some_acceptance();
    acceptance.retested.clear();
    EXPECT_THAT(acceptance_text(acceptance, {}), HasSubstr("\nEach cell took one attempt.\n"));
}

TEST(AcceptanceText, NamesTheStagesThatWereLeftOut) {
    Acceptance acceptance = some_acceptance();
    EXPECT_THAT(acceptance_text(acceptance, {}), Not(HasSubstr("Left out")));
    acceptance.left_out = {"stage pairs was not run"};
    EXPECT_THAT(acceptance_text(acceptance, {}),
                HasSubstr("\nLeft out\n  stage pairs was not run\n"));
    EXPECT_EQ(nlohmann::json::parse(acceptance_json(acceptance))["left_out"],
              nlohmann::json({"stage pairs was not run"}));
    acceptance.provisional = {"limit on gemm.*, from a sheet"};
    EXPECT_THAT(acceptance_text(acceptance, {}),
                HasSubstr("\nProvisional\n  limit on gemm.*, from a sheet\n"));
}

TEST(AcceptanceText, KeepsToItsColumnsWhateverTheNames) {
    Acceptance acceptance = some_acceptance();
    acceptance.contract = std::string(300, 'x');
    acceptance.racks[1].rack = "\x1b[2J\n" + std::string(300, 'y');
    acceptance.left_out = {"\x1b[2J\n" + std::string(300, 'v')};
    acceptance.racks[1].defects["\x07"] = std::string(300, 'z');
    acceptance.retested[0].attempts[0].reason = std::string(300, 'w');
    std::istringstream lines{acceptance_text(acceptance, {})};
    for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(display_width(line), 80U) << line;
        EXPECT_THAT(line, Not(HasSubstr("\x1b")));
        EXPECT_THAT(line, Not(HasSubstr("\x07")));
    }
}

TEST(AcceptanceJson, SaysWhatTheAcceptanceSays) {
    const std::string text = acceptance_json(some_acceptance());
    EXPECT_EQ(text, acceptance_json(some_acceptance()));
    EXPECT_EQ(text.back(), '\n');
    EXPECT_EQ(nlohmann::json::parse(text), nlohmann::json::parse(R"({
      "format": "rackproof-acceptance", "format_version": 1, "run_id": "id",
      "contract": "annex B", "acceptance": "refused",
      "racks": [
        {"rack": "r0", "acceptance": "accepted", "nodes": 16, "defects": [], "no_data": [],
         "clauses": [{"verdict": "pass", "sentence": "of 16 nodes 0 are defects; 1 may be"}]},
        {"rack": "r1", "acceptance": "refused", "nodes": 16,
         "defects": [{"node": "n17", "reason": "n17 device 3: too slow"}],
         "no_data": [{"node": "n18", "reason": "never measured"}],
         "clauses": [{"verdict": "fail", "sentence": "of 16 nodes 2 are defects; 1 may be"},
                     {"verdict": "no_data", "sentence": "1 nodes have no data"}]}],
      "retested": [
        {"metric": "gemm.bf16", "unit": "FLOP/s", "where": "n17 device 3", "attempts": [
          {"attempt": 0, "outcome": "timed_out", "value": null, "hours": null,
           "reason": "slow <disk>", "counts": false},
          {"attempt": 1, "outcome": "completed", "value": 7.1e14, "hours": 0.5, "reason": null,
           "counts": true}]}],
      "left_out": [],
      "provisional": []})"));
}

}  // namespace
}  // namespace rackproof
