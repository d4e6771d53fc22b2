#include "app/csv_text.hpp"

#include "core/utf8.hpp"

namespace rackproof {

CsvText::CsvText(std::string_view text, std::string file) : text_{text}, file_{std::move(file)} {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
}

bool CsvText::at_line_end() const { return text_[at_] == '\n' || text_.substr(at_, 2) == "\r\n"; }

void CsvText::skip_line_end() {
    at_ += text_[at_] == '\r' ? 2 : 1;
    ++line_;
    column_ = 1;
}

char CsvText::take() {
    const char c = text_[at_++];
    ++column_;
    if (c == '\n') {
        ++line_;
        column_ = 1;
    }
    return c;
}

void CsvText::refuse(const CsvField& field, std::string_view problem) const {
    throw InputError{place_of(field), problem};
}

void CsvText::take_quoted(CsvField& field) {
    (void)take();
    while (true) {
        if (at_end()) refuse(field, "a quoted field is not closed; expected '\"'");
        const char c = take();
        if (c != '"') {
            field.text += c;
        } else if (!at_end() && text_[at_] == '"') {
            field.text += take();
        } else {
            break;
        }
    }
    if (!at_end() && text_[at_] != ',' && !at_line_end()) {
        refuse(field, "a quoted field has text behind it; expected ',' or the line's end");
    }
}

CsvField CsvText::field() {
    CsvField field{{}, line_, column_};
    if (!at_end() && text_[at_] == '"') {
        take_quoted(field);
    } else {
        while (!at_end() && text_[at_] != ',' && !at_line_end()) field.text += take();
    }
    if (valid_utf8(field.text) != field.text) refuse(field, "this is no UTF-8");
    return field;
}

std::optional<std::vector<CsvField>> CsvText::next() {
    while (!at_end() && at_line_end()) skip_line_end();
    if (at_end()) return std::nullopt;
    std::vector<CsvField> record{field()};
    while (!at_end() && text_[at_] == ',') {
        (void)take();
        record.push_back(field());
    }
    if (!at_end()) skip_line_end();
    return record;
}

}  // namespace rackproof
