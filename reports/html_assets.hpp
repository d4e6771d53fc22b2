#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace rackproof {

/// A file of reports/html/ or of Apache ECharts, as it was when this program was built.
struct HtmlAsset {
    std::string_view name;
    std::string_view text;
};

/// Every page, its style, and the scripts of all pages in their order: reports/html/.
[[nodiscard]] std::string_view html_page();
[[nodiscard]] std::string_view html_style();
[[nodiscard]] std::span<const HtmlAsset> html_scripts();

/// What follows these in one kind of page.
[[nodiscard]] std::span<const HtmlAsset> html_report_scripts();
[[nodiscard]] std::span<const HtmlAsset> html_comparison_scripts();

/// ECharts' script, and the notice and licences that go with it. Empty where npm had not brought it
/// when this was built.
struct Echarts {
    std::string_view script;
    std::span<const HtmlAsset> licences;
};
[[nodiscard]] std::optional<Echarts> echarts();

}  // namespace rackproof
