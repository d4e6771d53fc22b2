#include "analysis/ring_rates.hpp"

#include <gmock/gmock.h>

#include "analysis/searches.hpp"
#include "tests/analysis/judge_support.hpp"

namespace rackproof {
namespace {

using rackproof::test::by_rule;
using rackproof::test::make_fleet;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// Four nodes whose pairs reach 10 GB/s, but for those of n2 with 8, and a ring of all of them.
class Rings : public testing::Test {
  protected:
    Rings() { run_.groups = {{0, 1, 2, 3}}; }

    void add_pairs(const std::string& parameters, double factor, std::int32_t last = 3) {
        Metric& metric =
            add("pairs" + std::to_string(run_.metrics.size()), Scope::NodePair, parameters);
        for (std::int32_t a = 0; a < last; ++a) {
            for (std::int32_t b = a + 1; b <= last; ++b) {
                add_row(metric, {a, b}, factor * (a == 2 || b == 2 ? 8e9 : 10e9));
            }
        }
    }
    void add_ring(const std::string& operation, const std::string& device, double busbw) {
        Metric& metric = add("ring", Scope::Group,
                             R"({"operation": ")" + operation + R"(", "device": ")" + device +
                                 R"(", "bytes": 67108864})");
        add_row(metric, {0, -1}, busbw);
    }
    Metric& add(const std::string& name, Scope scope, const std::string& parameters) {
        Metric metric;
        metric.name = name;
        metric.suite = "collectives";
        metric.scope = scope;
        metric.unit = "B/s";
        metric.repetitions = 1;
        metric.parameters = parameters;
        run_.metrics.push_back(std::move(metric));
        return run_.metrics.back();
    }
    static void add_row(Metric& metric, Target target, double value) {
        const std::size_t row = metric.add_row(target, 0, Outcome::Completed);
        metric.variant[row] = 0;
        metric.values[row] = value;
    }
    [[nodiscard]] std::vector<Finding> expected() const {
        return by_rule(judge(run_, {}), "expected");
    }

    static constexpr const char* kLarge =
        R"({"operation": "send_receive", "device": "cpu", "bytes": 67108864})";
    static constexpr const char* kSmall =
        R"({"operation": "send_receive", "device": "cpu", "bytes": 8})";
    rackproof::Run run_ = make_fleet(4, 1);
};

TEST_F(Rings, OneFarSlowerThanItsSlowestNodesPairsIsWatched) {
    add_ring("all_gather", "cpu", 3.9e9);
    add_pairs(kLarge, 1);
    const std::vector<Finding> found = expected();
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].verdict, Verdict::Watch);
    EXPECT_EQ(*found[0].expected, 8e9);
    EXPECT_THAT(found[0].sentence, AllOf(HasSubstr("51.2 % below"), HasSubstr("slowest node, n2")));
    EXPECT_THAT(why_search_is_due(judge(run_, {}), {"ring"}), HasSubstr("slowest node, n2"));
}

TEST_F(Rings, OneAsFastAsExpectedIsNoFindingAndNotKnownToBeWell) {
    add_ring("all_gather", "cpu", 4.1e9);
    add_pairs(kLarge, 1);
    EXPECT_THAT(expected(), IsEmpty());
    EXPECT_THAT(why_search_is_due(judge(run_, {}), {"ring"}), HasSubstr("held against nothing"));
}

TEST_F(Rings, TheLargestMessageCounts) {
    add_ring("all_gather", "cpu", 3.9e9);
    add_pairs(kLarge, 1);
    add_pairs(kSmall, 0.001);
    EXPECT_THAT(expected(), SizeIs(1));
}

TEST_F(Rings, CpusThatAddMayBeSlowerThanTheirNetworkAndGpusMayNot) {
    add_ring("all_reduce", "cpu", 1e9);
    add_pairs(kLarge, 1);
    EXPECT_THAT(expected(), IsEmpty());
    run_.metrics.clear();
    add_ring("all_reduce", "gpu", 1e9);
    add_pairs(kLarge, 1);
    EXPECT_THAT(expected(), IsEmpty());  // the pairs of CPUs say nothing of GPUs
    add_pairs(R"({"operation": "send_receive", "device": "gpu", "bytes": 67108864})", 1);
    EXPECT_THAT(expected(), SizeIs(1));
}

TEST_F(Rings, WithoutAPairOfEachNodeNothingIsExpected) {
    add_ring("all_gather", "cpu", 1e9);
    add_pairs(kLarge, 1, 2);
    EXPECT_THAT(expected(), IsEmpty());
}

TEST_F(Rings, AWholeRunThatIsSlowIsNotExpectedToBeFaster) {
    add_ring("all_gather", "cpu", 0.4e9);
    add_pairs(kLarge, 0.05);
    EXPECT_THAT(expected(), IsEmpty());
}

}  // namespace
}  // namespace rackproof
