#include "runners/first_message.hpp"

#include <charconv>
#include <string_view>

namespace rackproof {

std::chrono::milliseconds later_than_the_first_node(
    const std::function<const char*(const char*)>& variable) {
    constexpr int kMost_ms = 10'000;
    const char* node = variable("SLURM_NODEID");
    const char* given = variable(kSecondNodeLaterVariable);
    if (node == nullptr || given == nullptr || std::string_view{node} == "0") return {};
    const std::string_view text{given};
    int later_ms = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), later_ms);
    const bool is_number = error == std::errc{} && rest == text.data() + text.size();
    if (!is_number || later_ms < 0 || later_ms > kMost_ms) return {};
    return std::chrono::milliseconds{later_ms};
}

}  // namespace rackproof
