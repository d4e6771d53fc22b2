#include "core/number_text.hpp"

#include <charconv>
#include <iterator>

namespace rackproof {

std::string number_text(double number) {
    char buffer[32];
    const auto end = std::to_chars(std::begin(buffer), std::end(buffer), number).ptr;
    return {std::begin(buffer), end};
}

}  // namespace rackproof
