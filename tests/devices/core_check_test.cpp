#include "devices/cpu/core_check.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <set>

#include "core/error.hpp"
#include "devices/cpu/affinity.hpp"

namespace rackproof::cpu {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::vector<int> same_core(std::size_t threads) {
    return std::vector<int>(threads, this_thread_cores().front());
}

/// What a core answers: by default the seed itself. Of each thread's passes and references, the
/// first is number 0.
struct Answers {
    std::function<std::uint64_t(int thread, int number, std::uint64_t right)> pass =
        [](int, int, std::uint64_t right) { return right; };
    std::function<std::uint64_t(int thread, int number, std::uint64_t right)> reference = pass;
};

class ScriptedKernel final : public CoreKernel {
  public:
    ScriptedKernel(const Answers& answers, int thread) : answers_{&answers}, thread_{thread} {}
    std::uint64_t pass(std::uint64_t seed) override {
        return answers_->pass(thread_, passes_++, seed);
    }
    std::uint64_t reference(std::uint64_t seed) override {
        return answers_->reference(thread_, references_++, seed);
    }
    [[nodiscard]] Work work() const override { return {.flops = 10, .bytes = 5}; }
    [[nodiscard]] std::string algorithm() const override { return "scripted"; }

  private:
    const Answers* answers_;
    int thread_;
    int passes_ = 0;
    int references_ = 0;
};

constexpr std::uint64_t kWrong = 0xBAD;
constexpr int kFirst = 4;  // passes before the first run: one a seed

class CoreCheckTest : public testing::Test {
  protected:
    /// What is said after so many runs; empty if nothing is.
    std::string said_by(std::size_t threads, int runs = 8) {
        ThreadPool pool{same_core(threads)};
        CoreCheck check{pool, CoreWork::Integer, 100, [&](int thread) {
                            return std::make_unique<ScriptedKernel>(answers_, thread);
                        }};
        for (int i = 0; i < runs; ++i) check.run();
        try {
            check.verify();
        } catch (const WrongAnswer& wrong) {
            EXPECT_THROW(check.verify(), WrongAnswer) << "it stays wrong";
            return wrong.what();
        }
        return "";
    }
    Answers answers_;
};

TEST_F(CoreCheckTest, CoresThatAgreeAreRight) {
    for (const std::size_t threads : {1, 2, 3, 8}) EXPECT_EQ(said_by(threads), "");
}

TEST_F(CoreCheckTest, ACoreThatIsWrongOnceIsNamedAndDoesNotReplay) {
    answers_.pass = [](int thread, int number, std::uint64_t right) {
        return thread == 2 && number == kFirst + 5 ? kWrong : right;
    };
    EXPECT_THAT(said_by(4), AllOf(HasSubstr("integer on each core"),
                                  HasSubstr("core " + std::to_string(same_core(1)[0]) +
                                            " has 0000000000000bad, not 0000000000000191 as "
                                            "8 of 8 results (seed 401)"),
                                  HasSubstr("with all at work: wrong in 0 of 3, alone: wrong in 0 "
                                            "of 3: does not replay")));
}

TEST_F(CoreCheckTest, ACoreThatStaysWrongReplays) {
    answers_.pass = [](int thread, int number, std::uint64_t right) {
        return thread == 0 && number >= kFirst + 2 ? kWrong : right;
    };
    EXPECT_THAT(said_by(3), AllOf(HasSubstr("with all at work: wrong in 3 of 3, alone: wrong in 3 "
                                            "of 3"),
                                  Not(HasSubstr("does not replay"))));
}

TEST_F(CoreCheckTest, ACoreThatIsWrongOnlyWhileOthersWorkSaysSo) {
    std::atomic<int> at_work = 0;
    answers_.pass = [&](int thread, int number, std::uint64_t right) {
        ++at_work;
        if (thread != 1) return right;
        return number >= kFirst && number < kFirst + 8 + 3 ? kWrong : right;
    };
    EXPECT_THAT(said_by(3), HasSubstr("wrong in 3 of 3, alone: wrong in 0 of 3"));
}

TEST_F(CoreCheckTest, OneThatIsWrongFromTheFirstOnIsOutvoted) {
    answers_.pass = [](int thread, int, std::uint64_t right) {
        return thread == 1 ? right ^ 1U : right;
    };
    EXPECT_THAT(said_by(2), HasSubstr("as 3 of 4 results"));
    answers_.reference = answers_.pass;
    EXPECT_THAT(said_by(3), HasSubstr("as 4 of 6 results"));
}

TEST_F(CoreCheckTest, AReferenceThatIsWrongIsToldAsOne) {
    answers_.reference = [](int thread, int, std::uint64_t right) {
        return thread == 1 ? right ^ 1U : right;
    };
    EXPECT_THAT(said_by(3), HasSubstr("'s reference has "));
}

TEST_F(CoreCheckTest, WhatNoMajoritySettlesIsWrongAllTheSame) {
    answers_.pass = [](int, int, std::uint64_t right) { return right ^ 1U; };
    EXPECT_THAT(said_by(1, 0),
                AllOf(HasSubstr("no result has a majority: core "), HasSubstr(", its reference ")));
    answers_.pass = answers_.reference = [](int thread, int, std::uint64_t right) {
        return thread == 1 ? right ^ 1U : right;
    };
    EXPECT_THAT(said_by(2, 0), AllOf(HasSubstr("no result has a majority"), HasSubstr("; core ")));
}

TEST_F(CoreCheckTest, ManyWrongCoresAreCounted) {
    answers_.pass = [](int thread, int number, std::uint64_t right) {
        return thread < 6 && number >= kFirst ? kWrong : right;
    };
    EXPECT_THAT(said_by(8), HasSubstr("; and 2 more cores"));
}

TEST_F(CoreCheckTest, SaysHowMuchItCheckedAndHow) {
    ThreadPool pool{same_core(3)};
    CoreCheck check{pool, CoreWork::Copy, 1,
                    [&](int thread) { return std::make_unique<ScriptedKernel>(answers_, thread); }};
    check.run();
    check.run();
    EXPECT_EQ(check.work().flops, 30);
    EXPECT_EQ(check.work().bytes, 15);
    EXPECT_THAT(check.variant().parameters, HasSubstr(R"("checked":6)"));
    EXPECT_THAT(check.variant().parameters, HasSubstr(R"("digest":")"));
    EXPECT_EQ(check.variant().algorithm, "scripted");
}

class EveryCoreWork : public testing::TestWithParam<CoreWork> {};

TEST_P(EveryCoreWork, GivesTheSameBitsByOtherInstructions) {
    for (const BuiltSet& built : built_instruction_sets()) {
        if (!built.runs_here) continue;
        const auto kernel = make_core_kernel(GetParam(), *built.set);
        std::set<std::uint64_t> seen;
        for (const std::uint64_t seed : {1U, 2U, 77U}) {
            const std::uint64_t digest = kernel->pass(seed);
            EXPECT_EQ(digest, kernel->reference(seed)) << built.set->name;
            EXPECT_EQ(digest, kernel->pass(seed)) << built.set->name;
            seen.insert(digest);
        }
        EXPECT_EQ(seen.size(), 3U) << "the seed counts";
        EXPECT_GT(kernel->work().flops + kernel->work().bytes, 0);
    }
}

TEST_P(EveryCoreWork, PassesOnThisMachine) {
    ThreadPool pool{this_thread_cores()};
    CoreCheck check{pool, GetParam(), 3,
                    [&](int) { return make_core_kernel(GetParam(), best_instruction_set()); }};
    for (int i = 0; i < 5; ++i) check.run();
    EXPECT_NO_THROW(check.verify());
}

INSTANTIATE_TEST_SUITE_P(All, EveryCoreWork,
                         testing::Values(CoreWork::Integer, CoreWork::VectorFma, CoreWork::Copy),
                         [](const auto& tested) { return std::string{to_string(tested.param)}; });

}  // namespace
}  // namespace rackproof::cpu
