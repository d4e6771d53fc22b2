#include "reports/verdict_marks.hpp"

#include <algorithm>

namespace rackproof {

std::string_view mark(Verdict verdict) noexcept {
    switch (verdict) {
        case Verdict::Pass: return "+ PASS";
        case Verdict::Watch: return "! WATCH";
        case Verdict::NoData: return "? NO DATA";
        case Verdict::Fail: return "x FAIL";
    }
    return "? UNKNOWN";
}

std::string coloured(std::string_view text, Verdict verdict, const TableStyle& style) {
    if (style.colour == Colour::Never) return std::string{text};
    // ANSI: red, magenta, yellow, green.
    const std::string_view code = verdict == Verdict::Fail     ? "31"
                                  : verdict == Verdict::NoData ? "35"
                                  : verdict == Verdict::Watch  ? "33"
                                                               : "32";
    return std::string{"\x1b["}.append(code).append("m").append(text).append("\x1b[0m");
}

std::size_t table_columns(const TableStyle& style) {
    return static_cast<std::size_t>(std::max(style.columns, 40));
}

}  // namespace rackproof
