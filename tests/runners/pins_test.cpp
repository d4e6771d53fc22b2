#include "runners/pins.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"
#include "runners/plan_cases.hpp"
#include "runners/run_book.hpp"
#include "runners/run_plan.hpp"
#include "suites/gemm_shape.hpp"
#include "suites/parameters_check.hpp"
#include "suites/suite.hpp"
#include "tests/runners/sample_start.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

SuiteEntry gpu_suite(const std::string& name) {
    Parameters given;
    given.set("precision", std::vector<std::string>{"bf16"});
    given.set("device", std::string{"gpu"});
    if (name != "calibration") given.set("algorithm", std::string{"calibrated"});
    SuiteEntry entry;
    entry.suite = name;
    entry.parameters = with_defaults(*find_suite(name), given);
    return entry;
}

/// Calibration, then gemm, on nodes of one GPU each: three of sku "x", one of "y".
class PinsTest : public testing::Test {
  protected:
    PinsTest() : start_{test::sample_start(0, {})} {
        Plan plan;
        plan.stages = {{.name = "calibrate", .suites = {gpu_suite("calibration")}},
                       {.name = "measure", .suites = {gpu_suite("gemm")}}};
        std::vector<Node> nodes(4);
        std::vector<Device> devices(4);
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            nodes[i].name = "n" + std::to_string(i);
            nodes[i].sku = i == 3 ? "y" : "x";
            devices[i].node = static_cast<std::int32_t>(i);
            devices[i].kind = "gpu";
        }
        start_.manifest = make_manifest(plan, nodes, devices);
    }

    [[nodiscard]] std::filesystem::path path() const { return folder_.path() / "journal"; }

    static void choose(RunBook& book, std::int32_t cell, const GemmAlgorithm& chosen,
                       Outcome outcome = Outcome::Completed) {
        Variant variant;
        variant.library = chosen.library;
        variant.parameters = R"({"chosen":")" + chosen.algorithm + R"("})";
        book.write(record::Samples{cell, 0, {1.0}, {}, variant});
        book.end_cell(cell, 0, {outcome, ""});
    }
    [[nodiscard]] std::vector<std::string> told() const {
        std::vector<std::string> texts;
        for (const Event& event : run_from_journal(path()).events) {
            if (event.code == "calibrated") texts.push_back(event.severity + " " + event.text);
        }
        return texts;
    }
    /// What a rank of the node is handed.
    static std::vector<std::string> pinned(const RunBook& book, std::int32_t node) {
        CaseSpec spec = book.manifest().cases.at(1);
        pin_algorithm(spec, node, book);
        return spec.parameters.texts(kPinned);
    }

    test::ScratchFolder folder_;
    record::RunStarted start_;
};

TEST_F(PinsTest, WhatMostHaveChosenHoldsForTheWholeSkuAndNoOther) {
    RunBook book{start_, path()};
    EXPECT_THAT(pinned(book, 0), IsEmpty());
    choose(book, 0, {"lib 1", "odd"});
    choose(book, 1, {"lib 1", "usual"});
    choose(book, 2, {"lib 1", "usual"});
    for (const std::int32_t node : {0, 1, 2}) {
        EXPECT_THAT(pinned(book, node), ElementsAre("lib 1: usual"));
    }
    EXPECT_THAT(pinned(book, 3), IsEmpty());
}

TEST_F(PinsTest, OfAsManyTheFirstCounts) {
    RunBook book{start_, path()};
    choose(book, 1, {"lib 1", "b"});
    choose(book, 0, {"lib 1", "c"});
    choose(book, 2, {"lib 1", "a"});
    EXPECT_THAT(pinned(book, 1), ElementsAre("lib 1: c"));
}

TEST_F(PinsTest, EachVersionOfTheLibraryHasItsOwn) {
    RunBook book{start_, path()};
    choose(book, 0, {"lib 1", "a"});
    choose(book, 1, {"lib 2", "b"});
    choose(book, 2, {"lib 2", "b"});
    EXPECT_THAT(pinned(book, 0), ElementsAre("lib 2: b", "lib 1: a"));
}

TEST_F(PinsTest, OnlyACompletedCalibrationCounts) {
    RunBook book{start_, path()};
    choose(book, 0, {"lib 1", "a"}, Outcome::WrongAnswer);
    choose(book, 1, {"lib 1", "b"}, Outcome::Failed);
    EXPECT_THAT(pinned(book, 0), IsEmpty());
    choose(book, 2, {"lib 1", "c"});
    EXPECT_THAT(pinned(book, 0), ElementsAre("lib 1: c"));
}

TEST_F(PinsTest, ARunThatGoesOnPinsTheSame) {
    {
        RunBook book{start_, path()};
        choose(book, 0, {"lib 1", "a"});
        choose(book, 1, {"lib 1", "b"}, Outcome::Lost);
    }
    Resumption resumption = claim_run(path());
    RunBook book{resumption.so_far, std::move(resumption.claim)};
    EXPECT_THAT(pinned(book, 2), ElementsAre("lib 1: a"));
    choose(book, 2, {"lib 1", "c"});
    EXPECT_THAT(pinned(book, 2), ElementsAre("lib 1: a"));
}

TEST_F(PinsTest, ACaseThatDoesNotAskIsLeftAlone) {
    RunBook book{start_, path()};
    choose(book, 0, {"lib 1", "a"});
    CaseSpec spec = start_.manifest.cases[1];
    spec.parameters.set("algorithm", std::string{"own"});
    const CaseSpec before = spec;
    pin_algorithm(spec, 0, book);
    EXPECT_EQ(spec, before);
}

TEST_F(PinsTest, WhatIsPinnedStandsInTheJournal) {
    {
        RunBook book{start_, path()};
        choose(book, 0, {"lib 1", "a"});
        choose(book, 1, {"lib 1", "b"});
        choose(book, 2, {"lib 1", "b"});
        tell_pins(0, book);
        tell_pins(1, book);
    }
    EXPECT_THAT(told(), ElementsAre("info calibration.bf16, sku x: b of lib 1 (2 of 3 chose it)"));
}

TEST_F(PinsTest, ThatNothingIsPinnedIsToldWhereADeviceWasToChoose) {
    {
        RunBook book{start_, path()};
        for (const std::int32_t cell : {0, 1}) book.end_cell(cell, 0, {Outcome::Skipped, "no"});
        book.end_cell(2, 0, {Outcome::Excluded, "drained"});
        choose(book, 3, {"lib 1", "a"}, Outcome::WrongAnswer);
        tell_pins(0, book);
    }
    EXPECT_THAT(told(), ElementsAre("warning calibration.bf16, sku y: nothing; no device has "
                                    "completed its calibration"));
}

TEST_F(PinsTest, WhatWasToldBeforeTheControllerEndedIsNotToldAgain) {
    {
        RunBook book{start_, path()};
        choose(book, 0, {"lib 1", "a"});
        tell_pins(0, book);
    }
    for (const std::string sku : {"y", "neither"}) {
        Resumption resumption = claim_run(path());
        RunBook book{resumption.so_far, std::move(resumption.claim)};
        if (sku == "y") choose(book, 3, {"lib 1", "b"});
        tell_pins(0, book);
    }
    EXPECT_THAT(told(), ElementsAre("info calibration.bf16, sku x: a of lib 1 (1 of 1 chose it)",
                                    "info calibration.bf16, sku y: b of lib 1 (1 of 1 chose it)"));
}

TEST_F(PinsTest, ARanksTextCannotForgeLinesOfAnEvent) {
    {
        RunBook book{start_, path()};
        choose(book, 0, {"lib\n1", "a\\u001b[2J"});
        tell_pins(0, book);
    }
    ASSERT_EQ(told().size(), 1U);
    EXPECT_THAT(told()[0], Not(HasSubstr("\n")));
    EXPECT_THAT(told()[0], Not(HasSubstr("\x1b")));
}

TEST(ChosenBy, WhatIsNoChoiceIsNone) {
    const auto chosen = [](std::string parameters) {
        Variant variant;
        variant.parameters = std::move(parameters);
        variant.library = "lib 1";
        return chosen_by(variant);
    };
    EXPECT_EQ(chosen(R"({"chosen":"a"})"), (GemmAlgorithm{"lib 1", "a"}));
    EXPECT_FALSE(chosen(R"({"chosen":7})"));
    EXPECT_FALSE(chosen(R"("chosen")"));
    EXPECT_FALSE(chosen("{}"));
    EXPECT_FALSE(chosen("{"));
    EXPECT_FALSE(chosen(R"({"chosen":")" + std::string(1000, 'x') + R"("})"));
}

TEST(CalibrationOf, IsOneOfAStageBeforeWithTheSameProduct) {
    std::vector<CaseSpec> cases(2);
    cases[0].suite = "calibration";
    cases[0].parameters = gpu_suite("calibration").parameters;
    cases[0].parameters.set("precision", std::string{"bf16"});
    cases[1].stage = 1;
    cases[1].parameters = cases[0].parameters;
    EXPECT_EQ(calibration_of(cases, cases[1]), 0);
    cases[1].parameters.set("size", std::int64_t{4096});
    EXPECT_FALSE(calibration_of(cases, cases[1]));
    cases[1].parameters = cases[0].parameters;
    cases[1].stage = 0;
    EXPECT_FALSE(calibration_of(cases, cases[1])) << "nothing waits within a stage";
}

TEST(RequireCalibration, NamesTheCaseThatLacksOne) {
    std::vector<CaseSpec> cases(1);
    cases[0].name = "gemm.bf16";
    cases[0].parameters = gpu_suite("gemm").parameters;
    try {
        require_calibration(cases, cases[0]);
        FAIL() << "it was taken";
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(), HasSubstr("gemm.bf16 wants a calibrated algorithm"));
    }
    cases[0].parameters.set("algorithm", std::string{"own"});
    EXPECT_NO_THROW(require_calibration(cases, cases[0]));
}

}  // namespace
}  // namespace rackproof
