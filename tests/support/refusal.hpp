#pragma once

#include <string>
#include <utility>

#include "core/error.hpp"

namespace rackproof::test {

/// What `use` is refused with, as a person would read it; "" where it is not refused.
template <class Use>
[[nodiscard]] std::string refusal(Use&& use) {
    try {
        std::forward<Use>(use)();
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

}  // namespace rackproof::test
