#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace rackproof {

/// What a job's launcher and ranks print: kept in a file up to a limit, so that a rank that prints
/// rubbish without end fills no disk. The last of it is kept at hand, for reasons.
class JobLog {
  public:
    static constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 20;

    /// A log that cannot be written costs a warning, never the run.
    explicit JobLog(const std::filesystem::path& file);
    ~JobLog();
    JobLog(const JobLog&) = delete;
    JobLog& operator=(const JobLog&) = delete;

    /// Takes in all that the descriptor has now. False once it is at its end.
    bool drain(int descriptor);

    /// The last lines that are not empty, fit to be shown on one line; empty if there were none.
    [[nodiscard]] std::string last_words() const;

  private:
    void take(std::string_view text);

    std::ofstream file_;
    std::uint64_t written_ = 0;
    std::uint64_t discarded_ = 0;
    std::string tail_;
};

}  // namespace rackproof
