#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof::fuzz {

/// Runs `action` on an input that is not trusted. An Error is the answer that bad input deserves;
/// any other exception, a signal or a sanitizer's report ends the fuzzer as a fault. False if the
/// input was refused.
template <class Action>
bool is_taken(Action action) {
    try {
        action();
        return true;
    } catch (const Error&) {
        return false;
    }
}

inline std::string text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

/// A folder of this process's own, in memory where there is /dev/shm.
inline const std::filesystem::path& folder() {
    static const test::ScratchFolder scratch;
    return scratch.path();
}

/// The input as a file of that name.
inline std::filesystem::path as_file(std::string_view bytes, const std::string& name) {
    const std::filesystem::path path = folder() / name;
    test::write_bytes(path, std::string{bytes});
    return path;
}

}  // namespace rackproof::fuzz
