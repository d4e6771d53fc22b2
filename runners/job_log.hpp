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

    /// The first and the last of it, fit to be shown on one line; empty if there was nothing. The
    /// cause mostly stands first, and what a launcher makes of it last.
    [[nodiscard]] std::string words() const;

    /// The same, as it was printed and at more length: for looking for something in it.
    [[nodiscard]] std::string printed() const { return head_ + '\n' + tail_; }

    /// Bytes beyond the limit: they are not in the file.
    [[nodiscard]] std::uint64_t discarded() const { return discarded_; }

  private:
    void take(std::string_view text);

    std::ofstream file_;
    std::uint64_t written_ = 0;
    std::uint64_t discarded_ = 0;
    std::string head_;
    std::string tail_;  ///< of what does not stand in the head
    bool gap_ = false;  ///< between the two
};

}  // namespace rackproof
