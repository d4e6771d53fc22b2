#pragma once

#include <gtest/gtest.h>

#include <string>

namespace rackproof::test {

/// `text` with the first `from` in it replaced; a test whose text has none fails.
inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    if (at == std::string::npos) {
        ADD_FAILURE() << "the text has no '" << from << "'";
        return text;
    }
    return text.replace(at, from.size(), to);
}

}  // namespace rackproof::test
