#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "hwcheck/mailed_text.hpp"

namespace rackproof {

/// More different ones than a log of one machine tells of: what has more is refused.
inline constexpr std::size_t kMostLogFaults = 4096;

/// One fault that a log tells of: how often, from when to when, and its first message.
class LogFault {
  public:
    /// In the line of `text` read last. `lead` is what it means, `time` as the log has it; either
    /// may be empty.
    void seen(const MailedText& text, std::string_view message, const std::string& lead,
              const std::string& time);

    [[nodiscard]] int first_line() const { return first_line_; }
    /// "LEAD. The log: MESSAGE (PLACE, TIME; 3 times, last TIME)": printable, of bounded length.
    [[nodiscard]] std::string words(const std::string& place) const;

  private:
    std::uint64_t count_ = 0;
    int first_line_ = 0;
    std::string lead_;
    std::string message_;
    std::string first_time_;
    std::string last_time_;
};

}  // namespace rackproof
