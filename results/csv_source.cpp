#include "results/csv_source.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "core/utf8.hpp"

namespace rackproof::csv {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{4} << 20;
constexpr std::size_t kMostRowBytes = std::size_t{1} << 20;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::size_t find(std::string_view text, char wanted) {
    const void* found = std::memchr(text.data(), wanted, text.size());
    if (found == nullptr) return std::string_view::npos;
    return static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

void split_plain(std::string_view line, Row& row) {
    row.fields.clear();
    row.offsets.clear();
    std::size_t start = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] != ',') continue;
        row.fields.push_back(line.substr(start, i - start));
        row.offsets.push_back(start);
        start = i + 1;
    }
    row.fields.push_back(line.substr(start));
    row.offsets.push_back(start);
}

}  // namespace

Source::Source(std::filesystem::path path)
    : name_{path.string()},
      file_{::open(path.c_str(), O_RDONLY | O_CLOEXEC)},
      buffer_(kBufferBytes) {
    if (!file_) {
        throw InputError{{name_, {}, {}}, "cannot be opened: " + errno_text(errno)};
    }
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) {
        throw InputError{{name_, {}, {}}, "is a folder; expected a CSV file"};
    }
    fill();
    if (rest().starts_with(kByteOrderMark)) begin_ += kByteOrderMark.size();
}

void Source::fill() {
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
    end_ -= begin_;
    begin_ = 0;
    const std::size_t old_end = end_;
    while (end_ < buffer_.size() && !at_end_of_file_) {
        const ssize_t got = ::read(file_.get(), buffer_.data() + end_, buffer_.size() - end_);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw system_error("read " + name_, errno);
        at_end_of_file_ = got == 0;
        end_ += static_cast<std::size_t>(got);
    }
    fingerprint_.add({buffer_.data() + old_end, end_ - old_end});
}

void Source::use(std::size_t bytes) {
    line_ += static_cast<int>(std::ranges::count(rest().substr(0, bytes), '\n'));
    begin_ += bytes;
}

void Source::skip_line() {
    for (;;) {
        const std::size_t line_end = find(rest(), '\n');
        if (line_end != std::string_view::npos) {
            use(line_end + 1);
            return;
        }
        begin_ = end_;
        if (at_end_of_file_) return;
        fill();
    }
}

Source::Read Source::refuse(const Row& row, std::size_t offset, std::string problem, BadRow& bad) {
    bad = {name_, row.line, static_cast<int>(offset) + 1, std::move(problem)};
    skip_line();
    return Read::Bad;
}

Source::Read Source::next(Row& row, BadRow& bad) {
    for (;;) {
        row.line = line_;
        std::size_t line_end = find(rest(), '\n');
        if (rest().empty() && at_end_of_file_) return Read::End;
        const bool needs_more = line_end == std::string_view::npos && !at_end_of_file_;
        line_end = std::min(line_end, rest().size());
        if (line_end > kMostRowBytes) {
            return refuse(row, 0, "the row is longer than a megabyte", bad);
        }
        if (needs_more) {
            fill();
            continue;
        }
        std::string_view line = rest().substr(0, line_end);
        if (find(line, '"') != std::string_view::npos) {
            const Parsed parsed = parse_quoted(row);
            if (parsed.needs_more && rest().size() <= kMostRowBytes) {
                fill();
                continue;
            }
            if (parsed.needs_more || parsed.used > kMostRowBytes) {
                return refuse(row, 0, "the row is longer than a megabyte", bad);
            }
            if (!parsed.problem.empty()) {
                return refuse(row, parsed.problem_offset, parsed.problem, bad);
            }
            use(parsed.used);
            return Read::Row;
        }
        if (line.ends_with('\r')) line.remove_suffix(1);
        begin_ += std::min(line_end + 1, rest().size());
        ++line_;
        if (line.empty()) continue;
        split_plain(line, row);
        return Read::Row;
    }
}

bool Source::take_quoted_field(std::size_t& at, Row& row, Parsed& parsed) {
    const std::string_view data = rest();
    const std::size_t start = at++;
    std::string text;
    for (;;) {
        const std::size_t quote = data.find('"', at);
        if (quote == std::string_view::npos || (quote + 1 == data.size() && !at_end_of_file_)) {
            parsed.needs_more = !at_end_of_file_;
            parsed.problem = "a quote is not closed; expected '\"' at the end of the field";
            parsed.problem_offset = start;
            return false;
        }
        text.append(data, at, quote - at);
        at = quote + 1;
        if (at == data.size() || data[at] != '"') break;
        text += '"';
        ++at;
    }
    row.fields.emplace_back(unquoted_.emplace_back(std::move(text)));
    row.offsets.push_back(start);
    return true;
}

bool Source::take_plain_field(std::size_t& at, Row& row, Parsed& parsed) const {
    const std::string_view data = rest();
    const std::size_t start = at;
    at = std::min(data.find_first_of(",\"\n", at), data.size());
    if (at == data.size() && !at_end_of_file_) {
        parsed.needs_more = true;
        return false;
    }
    if (at < data.size() && data[at] == '"') {
        parsed.problem = "a quote stands within a field that does not begin with one";
        parsed.problem_offset = at;
        return false;
    }
    std::string_view text = data.substr(start, at - start);
    const bool last = at == data.size() || data[at] == '\n';
    if (last && text.ends_with('\r')) text.remove_suffix(1);
    row.fields.push_back(text);
    row.offsets.push_back(start);
    return true;
}

Source::Parsed Source::parse_quoted(Row& row) {
    row.fields.clear();
    row.offsets.clear();
    unquoted_.clear();
    const std::string_view data = rest();
    Parsed parsed;
    for (std::size_t at = 0;; ++at) {
        const bool is_quoted = at < data.size() && data[at] == '"';
        const bool taken =
            is_quoted ? take_quoted_field(at, row, parsed) : take_plain_field(at, row, parsed);
        if (!taken) return parsed;
        if (data.substr(at) == "\r" && !at_end_of_file_) {
            parsed.needs_more = true;
            return parsed;
        }
        if (data.substr(at).starts_with("\r\n")) ++at;
        if (at == data.size() || data[at] == '\n') {
            parsed.used = std::min(at + 1, data.size());
            return parsed;
        }
        if (data[at] != ',') {
            parsed.problem = "text follows a closing quote; expected ',' or the end of the line";
            parsed.problem_offset = at;
            return parsed;
        }
    }
}

BadRow Source::bad_field(const Row& row, std::size_t field, std::string problem) const {
    const std::size_t offset = field < row.offsets.size() ? row.offsets[field] : 0;
    return {name_, row.line, static_cast<int>(offset) + 1, std::move(problem)};
}

}  // namespace rackproof::csv
