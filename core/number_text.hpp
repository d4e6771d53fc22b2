#pragma once

#include <string>

namespace rackproof {

/// The shortest text that reads back as the same number: "0.1", "1e-09", "nan", "-inf".
[[nodiscard]] std::string number_text(double number);

}  // namespace rackproof
