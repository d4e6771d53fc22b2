#pragma once

#include <string>

#include "app/toml_table.hpp"
#include "core/parameters.hpp"
#include "suites/suite.hpp"

namespace rackproof {

/// The suite's parameters as this table sets them, each of the suite's own type and within its
/// bounds, the rest at their defaults. Sizes may be written as texts ("256 MiB"). Throws
/// InputError at the value's place. Keys that are no parameters are left for
/// `refuse_unknown_keys`.
[[nodiscard]] Parameters read_parameters(const Suite& suite, TomlTable& table);

/// "gemm, membw, ...".
[[nodiscard]] std::string suite_names();

}  // namespace rackproof
