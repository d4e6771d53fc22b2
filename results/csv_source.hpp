#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/descriptor.hpp"
#include "core/error.hpp"
#include "results/fingerprint.hpp"

namespace rackproof::csv {

/// What is wrong with one row, and where: lines and columns count from 1, columns in bytes.
struct BadRow {
    std::string file;
    int line = 1;
    int column = 1;
    std::string problem;

    [[nodiscard]] InputPlace place() const { return {file, line, column}; }
};

/// The fields of one row; valid until the next row is read.
struct Row {
    std::vector<std::string_view> fields;
    std::vector<std::size_t> offsets;  ///< of each field in the row, in bytes
    int line = 1;                      ///< where the row begins
};

/// Reads CSV as RFC 4180 has it, row after row, through a buffer of bounded size: quotes, doubled
/// quotes, line ends in quotes; lines end in LF or CRLF. Empty lines are passed over, and so is a
/// byte order mark at the start.
class Source {
  public:
    /// Throws InputError if the file cannot be opened or is a folder.
    explicit Source(std::filesystem::path path);

    enum class Read : std::uint8_t { Row, Bad, End };
    /// The next row into `row`; Bad if it is none, with the reason in `bad`, and the row is passed
    /// over. A row of more than a megabyte is bad. Throws Error if the file cannot be read.
    [[nodiscard]] Read next(Row& row, BadRow& bad);

    /// What is wrong with a field, at its place.
    [[nodiscard]] BadRow bad_field(const Row& row, std::size_t field, std::string problem) const;

    [[nodiscard]] const std::string& name() const { return name_; }
    /// Of all bytes that were read so far.
    [[nodiscard]] const Fingerprint& fingerprint() const { return fingerprint_; }

  private:
    /// How far a row with quotes was understood.
    struct Parsed {
        std::size_t used = 0;  ///< bytes, its line end with them
        bool needs_more = false;
        std::string problem;  ///< with what was expected; empty if there is none
        std::size_t problem_offset = 0;
    };

    [[nodiscard]] std::string_view rest() const { return {buffer_.data() + begin_, end_ - begin_}; }
    void fill();
    void use(std::size_t bytes);
    void skip_line();
    [[nodiscard]] Parsed parse_quoted(Row& row);
    [[nodiscard]] bool take_quoted_field(std::size_t& at, Row& row, Parsed& parsed);
    [[nodiscard]] bool take_plain_field(std::size_t& at, Row& row, Parsed& parsed) const;
    [[nodiscard]] Read refuse(const Row& row, std::size_t offset, std::string problem, BadRow& bad);

    std::string name_;
    Descriptor file_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    bool at_end_of_file_ = false;
    int line_ = 1;
    std::deque<std::string> unquoted_;  ///< fields that had quotes; views of them stay valid
    Fingerprint fingerprint_;
};

}  // namespace rackproof::csv
