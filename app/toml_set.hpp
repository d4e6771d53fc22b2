#pragma once

#include <toml++/toml.h>
#include <string>
#include <string_view>

namespace rackproof {

/// Applies "KEY=VALUE" to a parsed document. KEY is a path of keys and, for lists, positions from
/// 0 on, with dots between: "fleet.nodes", "fault.0.size". VALUE is TOML; what is no TOML is taken
/// as a text. Tables on the way are made. Throws InputError if there is no '=', or the path leads
/// through something that is neither table nor list, or to a position that the list lacks. Later
/// errors about the value name "--set KEY" as their file.
void set_toml(toml::table& document, std::string_view assignment);

}  // namespace rackproof
