#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"

namespace rackproof {

/// One field of a CSV text, and where it begins.
struct CsvField {
    std::string text;
    int line = 1;
    int column = 1;
};

/// Reads CSV as RFC 4180 has it (quotes, doubled quotes, line breaks in quotes; lines end in LF or
/// CRLF), record after record. Empty lines are passed over, and so is a byte order mark.
class CsvText {
  public:
    /// `text` must outlive this; `file` is for error messages.
    CsvText(std::string_view text, std::string file);

    /// The next record; nullopt at the end. Throws InputError, with line and column, at a quote
    /// that is not closed or has text behind it, and at bytes that are no UTF-8.
    [[nodiscard]] std::optional<std::vector<CsvField>> next();

    [[nodiscard]] InputPlace place_of(const CsvField& field) const {
        return {file_, field.line, field.column};
    }

  private:
    [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
    [[nodiscard]] bool at_line_end() const;
    void skip_line_end();
    char take();
    [[nodiscard]] CsvField field();
    void take_quoted(CsvField& field);
    [[noreturn]] void refuse(const CsvField& field, std::string_view problem) const;

    std::string_view text_;
    std::string file_;
    std::size_t at_ = 0;
    int line_ = 1;
    int column_ = 1;
};

}  // namespace rackproof
