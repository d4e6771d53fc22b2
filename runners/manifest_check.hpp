#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/error.hpp"
#include "core/manifest.hpp"

namespace rackproof {

/// Throws InputError: a record and its manifest cannot both be true.
[[noreturn]] void contradicts(const std::string& what);

/// "node 7 does not exist"
[[nodiscard]] std::string numbered(const char* what, std::int64_t number);

template <class Items>
[[nodiscard]] bool is_index(std::int64_t number, const Items& items) {
    return number >= 0 && static_cast<std::size_t>(number) < items.size();
}

/// How many targets of a scope there are; for pairs, members that they may have.
[[nodiscard]] std::size_t targets_of(const Manifest& manifest, Scope scope);

/// A manifest from a journal: throws InputError unless every index in it points to something, names
/// are unique, and every case has room for a sample.
void check_manifest(const Manifest& manifest);

}  // namespace rackproof
