#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rackproof {

/// What becomes of a row or line that cannot be understood: an error, or it is listed and left out.
enum class BadRows : std::uint8_t { Refuse, Skip };

namespace logs {

/// A log file in memory, read line after line.
class LogText {
  public:
    LogText(std::string name, std::string text, BadRows bad_lines);

    /// Throws InputError if the file cannot be opened, Error if it cannot be read; a file of more
    /// than 256 MiB is refused.
    [[nodiscard]] static LogText read(const std::filesystem::path& path, BadRows bad_lines);

    /// The next line without its line end (LF or CRLF) and without spaces at its end.
    [[nodiscard]] bool next(std::string_view& line);
    /// Of the line read last, from 1.
    [[nodiscard]] int line() const { return line_; }

    /// The log cannot be understood at this line: throws InputError that names it; with
    /// BadRows::Skip the sentence is kept, and the caller passes over the line.
    void refuse(int line, const std::string& problem);
    /// The same, whatever was asked for: the rest of the log would have no meaning.
    [[noreturn]] void refuse_all(int line, const std::string& problem) const;

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] const std::vector<std::string>& skipped() const { return skipped_; }

  private:
    std::string name_;
    std::string text_;
    BadRows bad_lines_;
    std::size_t at_ = 0;
    int line_ = 0;
    std::vector<std::string> skipped_;
};

/// The words of a line, between spaces and tabs.
[[nodiscard]] std::vector<std::string_view> words(std::string_view line);

/// All of `text` as a finite number times ten to the power of `shift`, rounded once: "97.32" with 9
/// is the number that 97.32e9 is in a program's text.
[[nodiscard]] std::optional<double> decimal(std::string_view text, int shift = 0);

/// Likewise of a number that a JSON document holds.
[[nodiscard]] double shifted(double number, int shift);

/// A whole number from 0 to `most`, all of `text`.
[[nodiscard]] std::optional<std::int64_t> whole(std::string_view text, std::int64_t most);

/// `text` in quotes for a sentence: printable and short.
[[nodiscard]] std::string in_quotes(std::string_view text);

/// `text` as one line for people: printable, each tab and line end a space, no spaces at its ends.
[[nodiscard]] std::string one_line(std::string_view text);

/// `text` in small letters, and everything but letters and digits one '_': a part of a metric's
/// name.
[[nodiscard]] std::string name_part(std::string_view text);

inline constexpr std::int32_t kMostDevices = 65'536;

}  // namespace logs
}  // namespace rackproof
