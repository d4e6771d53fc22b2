#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rackproof {

/// A file that somebody has mailed in, in memory, read line after line. Nothing in it is trusted:
/// what does not fit is refused with file and line.
class MailedText {
  public:
    MailedText(std::string name, std::string text);

    /// Reads a file whole. Throws InputError, saying that `expected` was, if it is no regular file,
    /// empty, or larger than 256 MiB; Error if the reading fails.
    [[nodiscard]] static MailedText read(const std::filesystem::path& path,
                                         std::string_view expected);

    /// The next line without its end (LF or CRLF) and without white space behind it. Throws
    /// InputError for a line of more than 64 KiB: no tool writes one.
    [[nodiscard]] bool next(std::string_view& line);
    /// Reads on from the first line again.
    void rewind();
    /// Of the line read last, from 1.
    [[nodiscard]] int line() const { return line_; }
    /// The line that holds the byte at `offset`.
    [[nodiscard]] int line_at(std::size_t offset) const;

    /// Throws InputError that names this file and the line.
    [[noreturn]] void refuse(int line, std::string_view problem) const;
    /// "FILE:LINE", for people.
    [[nodiscard]] std::string place(int line) const;

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    std::string name_;
    std::string text_;
    std::size_t at_ = 0;
    int line_ = 0;
};

namespace mailed {

/// `text` without white space at its ends.
[[nodiscard]] std::string_view trimmed(std::string_view text);
/// What stands before the first `end`, or all of it; what follows remains in `text`.
[[nodiscard]] std::string_view take_until(std::string_view& text, char end);
/// `text` in quotes for a sentence: printable and short.
[[nodiscard]] std::string quoted(std::string_view text);
/// `text` in small letters (ASCII).
[[nodiscard]] std::string lower(std::string_view text);
/// A whole number from 0 on, all of `text`; none if it is no number or more than 64 bits hold.
[[nodiscard]] std::optional<std::uint64_t> whole(std::string_view text, int base = 10);
/// A number without exponent, all of `text`.
[[nodiscard]] std::optional<double> decimal(std::string_view text);

/// A number as the items of a living node have it: "400000000000", not "4e+11".
[[nodiscard]] std::string plain(double number);

/// One form for what nvidia-smi writes as 00000008:00:00.0, the kernel as 0008:00:00 and lspci as
/// 19:00.0 (domain 0 left out): "0008:00:00", without the function. None if `text` is no address.
[[nodiscard]] std::optional<std::string> pci_slot(std::string_view text);
/// The same with its function, "0008:00:00.0".
[[nodiscard]] std::optional<std::string> pci_function(std::string_view text);

}  // namespace mailed
}  // namespace rackproof
