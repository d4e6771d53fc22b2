#pragma once

#include <string>
#include <string_view>

namespace rackproof {

/// The cores that stand in both lists ("0-3,8"), as such a list; empty if there are none. What is
/// no such list holds no cores.
[[nodiscard]] std::string shared_cores(std::string_view a, std::string_view b);

}  // namespace rackproof
