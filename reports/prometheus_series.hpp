#pragma once

#include <string>
#include <string_view>

namespace rackproof {

// Pieces of Prometheus's text exposition format 0.0.4; names begin with "rackproof_", which is
// added here.

/// A label's value, quoted. Printable, and so on one line: texts that differ may become alike.
[[nodiscard]] std::string label_value(std::string_view text);

/// HELP and TYPE of a gauge.
[[nodiscard]] std::string series_head(std::string_view name, std::string_view help);

/// A gauge without labels.
[[nodiscard]] std::string single_series(std::string_view name, std::string_view help, double value);

}  // namespace rackproof
