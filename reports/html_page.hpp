#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "reports/html_assets.hpp"
#include "reports/verdict_json.hpp"

namespace rackproof {

/// Takes the next piece of a text.
using TextSink = std::function<void(std::string_view)>;

/// False of a build that has no Apache ECharts: it writes no HTML page.
[[nodiscard]] bool can_write_html();

/// Text as HTML may hold it, in an element or an attribute; html_text() is for text from outside,
/// and cleans it first.
[[nodiscard]] std::string html_escaped(std::string_view text);
[[nodiscard]] std::string html_text(std::string_view text);

/// Takes the blocks of JSON that a page's scripts read by their names.
class HtmlBlocks {
  public:
    explicit HtmlBlocks(const TextSink& sink) : sink_{&sink} {}
    void add(std::string_view name, const Json& json) const;
    /// What script_text() made of the JSON.
    void add_text(std::string_view name, std::string_view text) const;

  private:
    const TextSink* sink_;
};

/// One self-contained page: what all have is in reports/html/page.html, and this is the rest.
struct HtmlPage {
    std::string title;            ///< plain text
    std::string headline;         ///< HTML: what is said before any script has run
    std::string without_scripts;  ///< HTML: what is said besides where none may
    std::span<const HtmlAsset> scripts;
    std::function<void(const HtmlBlocks&)> write_data;
};

/// Nothing in it may be fetched, and no script run but those that were built in. Throws Error if
/// can_write_html() is false.
void write_html_page(const HtmlPage& page, const TextSink& sink);

}  // namespace rackproof
