#include "reports/html_history.hpp"

#include <gmock/gmock.h>

#include <numeric>

#include "analysis/nightly_table.hpp"
#include "tests/support/fleet.hpp"
#include "tests/support/held_past.hpp"

namespace rackproof {
namespace {

using test::add_steady_metric;
using test::end_row;
using test::make_fleet;

rackproof::Run night(double rate, int nodes = 4) {
    rackproof::Run run = make_fleet(nodes, 2);
    add_steady_metric(run, {}, rate);
    return run;
}

HtmlDetail worst(const rackproof::Run& run, std::vector<std::int32_t> nodes) {
    HtmlDetail detail = detail_of(run, {}, 1);
    detail.worst = std::move(nodes);
    return detail;
}

Json past_of(const rackproof::Run& run, const HtmlHistory& history, Past& past) {
    return html_past_metric(Survey{run}, run.metrics.at(0), 0, history, past);
}

TEST(HtmlHistory, HasALineForEachDeviceOfTheNodesThatDidNotPass) {
    const rackproof::Run tonight = night(3e12);
    test::HeldPast past{{night(1e12), night(2e12)}, tonight};
    const HtmlHistory history = history_of(tonight, worst(tonight, {3, 1}), 1, &past);
    EXPECT_THAT(history.nodes, testing::ElementsAre(3, 1));
    EXPECT_EQ(html_history(tonight, history, &past)["nights"].size(), 3U);
    const Json json = past_of(tonight, history, past);
    ASSERT_EQ(json["lines"].size(), 4U);
    EXPECT_EQ(json["lines"][0]["node"], 1);
    EXPECT_EQ(json["lines"][1]["device"], 1);
    std::vector<float> rates;
    const WorseScale scale{identity_of(tonight.metrics[0])};
    for (const double rate : {1e12, 2e12, 3e12}) {  // as a table keeps them, by their logarithms
        const auto kept = static_cast<float>(scale.worse(rate));
        rates.push_back(static_cast<float>(scale.value(static_cast<double>(kept))));
        EXPECT_NEAR(static_cast<double>(rates.back()) / rate, 1, 1e-5);
    }
    EXPECT_EQ(json["lines"][0]["values"], packed(rates));
    ASSERT_EQ(json["usual"].size(), 1U);
    EXPECT_EQ(json["usual"][0], packed(rates));
}

TEST(HtmlHistory, WhatHasNoNumberTonightHasNoLine) {
    rackproof::Run tonight = night(1e12);
    for (const std::size_t row : {2U, 3U}) {
        end_row(tonight, tonight.metrics[0], row, Outcome::Lost, "gone");
    }
    test::HeldPast past{{night(1e12)}, tonight};
    const HtmlHistory history = history_of(tonight, worst(tonight, {1}), 1, &past);
    EXPECT_TRUE(past_of(tonight, history, past).is_null());
}

TEST(HtmlHistory, WhoHasNoRoomIsCounted) {
    const rackproof::Run tonight = night(1e12, 100);
    test::HeldPast past{{night(1e12, 100)}, tonight};
    std::vector<std::int32_t> all(100);
    std::iota(all.begin(), all.end(), 0);
    const HtmlHistory history = history_of(tonight, worst(tonight, all), 2'000, &past);
    EXPECT_FALSE(history.nodes.empty());
    EXPECT_EQ(history.nodes.size() + history.left_out, 100U);
    EXPECT_GT(history.left_out, 0U);
}

TEST(HtmlHistory, WithoutEarlierRunsThereIsNone) {
    const rackproof::Run tonight = night(1e12);
    const HtmlHistory history = history_of(tonight, worst(tonight, {1}), 1, nullptr);
    EXPECT_TRUE(history.nodes.empty());
    EXPECT_TRUE(html_history(tonight, history, nullptr)["nights"].empty());
}

}  // namespace
}  // namespace rackproof
