#pragma once

#include <string>
#include <string_view>

#include "runners/launcher.hpp"

namespace rackproof {

/// True if the search of PATH would find the program.
[[nodiscard]] bool is_on_path(std::string_view program);

/// What a program prints (both of its outputs), once it has ended with status 0. Throws Error, with
/// its last words, if it ends otherwise, does not end within `patience_s`, or prints over 16 MiB.
[[nodiscard]] std::string output_of(const Command& command, double patience_s);

}  // namespace rackproof
