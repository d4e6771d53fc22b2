#include "reports/prometheus_series.hpp"

#include <fmt/core.h>

#include "core/number_text.hpp"
#include "core/utf8.hpp"

namespace rackproof {

std::string label_value(std::string_view text) {
    std::string out = "\"";
    for (const char c : printable(text)) {
        if (c == '\\' || c == '"') out += '\\';
        out += c;
    }
    return out + "\"";
}

std::string series_head(std::string_view name, std::string_view help) {
    return fmt::format("# HELP rackproof_{0} {1}\n# TYPE rackproof_{0} gauge\n", name, help);
}

std::string single_series(std::string_view name, std::string_view help, double value) {
    return series_head(name, help) + fmt::format("rackproof_{} {}\n", name, number_text(value));
}

}  // namespace rackproof
