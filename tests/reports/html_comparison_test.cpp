#include "reports/html_comparison.hpp"

#include <gmock/gmock.h>

#include <string>

#include "reports/html_data.hpp"
#include "tests/support/fleet.hpp"

namespace rackproof {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kHostileName = "</script><img src=x onerror=alert(1)>\u202e";

ComparedMetric some_population(double centre, std::size_t values) {
    ComparedMetric metric;
    metric.identity = {"gemm.bf16", "gemm", "FLOP/s", Direction::HigherIsBetter};
    for (std::size_t i = 0; i < values; ++i) {
        metric.values.push_back(centre * (1 + 0.001 * static_cast<double>(i % 7)));
        metric.node.push_back(static_cast<std::int32_t>(i));
        metric.rack.push_back(static_cast<std::int32_t>(i / 4));
    }
    return metric;
}

struct Compared {
    rackproof::Run a = test::make_fleet(32, 2);
    rackproof::Run b = test::make_fleet(30, 2);
    HtmlComparison comparison;

    Compared(const std::string& name, std::size_t values) {
        b.devices[0].driver = name;
        ComparedPair pair{{"a.h5", {{Verdict::Pass, 31}, {Verdict::Fail, 1}}},
                          {name, {{Verdict::Pass, 30}}},
                          {compare(some_population(7e14, values), some_population(6.9e14, values)),
                           only_in_one(some_population(1, 4), name)},
                          "no power was read"};
        comparison = {name, {&a, &b}, {pair}};
    }
    Compared(const Compared&) = delete;
    Compared& operator=(const Compared&) = delete;
};

TEST(HtmlComparisonData, HasRunsMetricsAndWhatDiffers) {
    const Compared compared{"b.h5", 96};
    const Json data = html_comparison_data(compared.comparison);
    EXPECT_EQ(data["runs"][0]["name"], "a.h5");
    EXPECT_EQ(data["runs"][0]["racks"], 2);
    EXPECT_EQ(data["runs"][0]["nodes"], 32);
    EXPECT_EQ(data["runs"][0]["devices"], 64);
    EXPECT_EQ(data["runs"][0]["judged"], 32);
    EXPECT_EQ(data["runs"][0]["verdicts"],
              (Json{{"pass", 31}, {"watch", 0}, {"no_data", 0}, {"fail", 1}}));
    EXPECT_EQ(data["pairs"][0]["no_energy"], "no power was read");
    const Json& metric = data["pairs"][0]["metrics"][0];
    EXPECT_EQ(metric["standing"], "worse");
    EXPECT_EQ(metric["effect_size"], "large");
    EXPECT_EQ(metric["interval"]["by"], "racks");
    EXPECT_EQ(metric["a"]["quantiles"]["type"], "f32");
    const Json& refused = data["pairs"][0]["metrics"][1];
    EXPECT_EQ(refused["refused"], "only in b.h5");
    for (const char* none : {"standing", "difference", "interval", "effect"}) {
        EXPECT_TRUE(refused[none].is_null()) << none;
    }
    EXPECT_TRUE(refused["a"]["quantiles"].is_null());
    EXPECT_EQ(data["facts"]["list"][0]["name"], "device driver");
    EXPECT_EQ(data["facts"]["list"][0]["of_run"],
              (Json::array({nullptr, Json::array({"b.h5", 1, 1})})));
}

TEST(HtmlComparisonData, DoesNotGrowWithTheFleet) {
    const Compared few{"b.h5", 200};
    const Compared many{"b.h5", 20'000};
    EXPECT_LT(html_comparison_data(many.comparison).dump().size(),
              html_comparison_data(few.comparison).dump().size() + 100);
}

TEST(HtmlComparison, HoldsHostileNamesAsTextsAlone) {
    if (!can_write_html()) GTEST_SKIP() << "this build has no Apache ECharts";
    const auto page_of = [](const std::string& name) {
        const Compared compared{name, 96};
        std::string page;
        write_html(compared.comparison, [&page](std::string_view text) { page += text; });
        return page;
    };
    const auto count_of = [](const std::string& text, const std::string& part) {
        std::size_t count = 0;
        for (std::size_t at = text.find(part); at != std::string::npos;
             at = text.find(part, at + 1)) {
            ++count;
        }
        return count;
    };
    const std::string innocent = page_of("b.h5");
    const std::string hostile = page_of(kHostileName);
    for (const char* mark : {"<img", "</script>", "<script"}) {
        EXPECT_EQ(count_of(hostile, mark), count_of(innocent, mark)) << mark;
    }
    EXPECT_THAT(hostile, Not(HasSubstr("\u202e")));
    EXPECT_THAT(hostile, HasSubstr("&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;"));
    EXPECT_THAT(hostile, HasSubstr("\\u003c/script\\u003e\\u003cimg"));
    EXPECT_THAT(innocent, HasSubstr("<span id=\"headline\">b.h5 against a.h5</span>"));
    EXPECT_THAT(innocent, HasSubstr("<pre>b.h5 against a.h5\n"));
    EXPECT_EQ(page_of("b.h5"), innocent);
}

}  // namespace
}  // namespace rackproof
