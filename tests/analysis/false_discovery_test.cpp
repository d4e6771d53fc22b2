#include "analysis/false_discovery.hpp"

#include <gmock/gmock.h>

namespace rackproof {
namespace {

TEST(DiscoveryThreshold, IsThatOfBenjaminiAndHochbergsExample) {
    // Benjamini & Hochberg 1995, section 3.2: 15 comparisons, q = 0.05: the first four.
    const std::vector<double> p{0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
                                0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000};
    EXPECT_EQ(discovery_threshold(p, 15, 0.05), 0.0095);
}

TEST(DiscoveryThreshold, LargePValuesMayBeLeftOutButNotTheirCount) {
    EXPECT_EQ(discovery_threshold({0.0001, 0.0004, 0.0019, 0.0095}, 15, 0.05), 0.0095);
    EXPECT_EQ(discovery_threshold({0.0095}, 15, 0.05), -1);
}

TEST(DiscoveryThreshold, OfNothingIsNothing) {
    EXPECT_EQ(discovery_threshold({}, 100, 0.05), -1);
    EXPECT_EQ(discovery_threshold({0.5, 0.9}, 2, 0.05), -1);
}

TEST(DiscoveryThreshold, FindsTheLargestOfAllAtItsOwnRank) {
    EXPECT_EQ(discovery_threshold({0.01, 0.025, 0.0375, 0.05}, 4, 0.05), 0.05);
    EXPECT_EQ(discovery_threshold({0.01, 0.025, 0.0376, 0.0501}, 4, 0.05), 0.025);
}

TEST(DiscoveryThreshold, DoesNotDependOnTheOrder) {
    EXPECT_EQ(discovery_threshold({0.04, 0.001, 0.9}, 3, 0.05),
              discovery_threshold({0.9, 0.04, 0.001}, 3, 0.05));
}

TEST(LocalFalseRates, TellOneNearTheHealthyFromManyThatAreFar) {
    std::vector<double> p(200, 1e-12);
    p.push_back(1e-4);
    EXPECT_EQ(discovery_threshold(p, 1000, 0.001), 1e-4);
    const std::vector<double> rates = local_false_rates(p, 1000);
    EXPECT_LT(rates.front(), 1e-11);
    EXPECT_NEAR(rates.back(), 0.09, 1e-12);
    p.insert(p.end(), 9, 5e-5);
    EXPECT_NEAR(local_false_rates(p, 1000)[200], 0.009, 1e-12);
}

TEST(DiscoveryThreshold, ManySmallOnesHelpEachOther) {
    EXPECT_EQ(discovery_threshold({0.02, 0.02}, 2, 0.03), 0.02);
    EXPECT_EQ(discovery_threshold({0.02, 0.9}, 2, 0.03), -1);
}

}  // namespace
}  // namespace rackproof
