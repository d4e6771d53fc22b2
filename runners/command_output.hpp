#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "runners/child_process.hpp"

namespace rackproof {

/// True if the search of PATH would find the program.
[[nodiscard]] bool is_on_path(std::string_view program);

/// A program that is asked something by being run. Nothing here waits, not even for the end of one
/// that ran out of time; who destroys it before it has answered has it killed and reaped.
class AskedProgram {
  public:
    /// Throws Error if the program cannot be executed.
    AskedProgram(const Command& command, double patience_s);

    /// What it has printed (both of its outputs), once it has ended with status 0; nullopt until
    /// then. Throws Error, with its last words, if it ends otherwise, has not ended within
    /// `patience_s`, or prints over 16 MiB.
    [[nodiscard]] std::optional<std::string> answer();

    /// Readable (poll) when it is worth while to ask for the answer; -1 when only time can tell.
    [[nodiscard]] int output() const { return open_ ? child_.output() : -1; }

  private:
    std::string attempted_;
    double patience_s_;
    SteadyClock::time_point start_ = SteadyClock::now();
    ChildProcess child_;
    std::string text_;
    bool open_ = true;
};

/// The same for those who have nothing else to do meanwhile.
[[nodiscard]] std::string output_of(const Command& command, double patience_s);

/// The lines of what it printed, without their ends.
[[nodiscard]] std::vector<std::string_view> printed_lines(std::string_view text);

}  // namespace rackproof
