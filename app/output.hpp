#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/descriptor.hpp"
#include "reports/reports.hpp"

namespace rackproof {

/// A text file that is written piece by piece beside its place and put there by finish(), whole or
/// not at all. All members throw Error.
class OutputFile {
  public:
    explicit OutputFile(const std::filesystem::path& path);
    ~OutputFile();
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;

    void write(std::string_view text);
    void finish();

  private:
    std::string path_;
    std::string temporary_;
    Descriptor file_;
    bool is_finished_ = false;
};

/// Writes `text` beside `path` and puts it in place by rename. Throws Error.
void write_text_file(const std::filesystem::path& path, std::string_view text);

/// Throws InputError if this build writes no HTML page.
void require_html();

/// Writes to stdout, all of it. Throws Error if it cannot (a full disk, a closed pipe).
void write_stdout(std::string_view text);

/// Writes to the file, or to stdout without one.
void write_to(const std::optional<std::filesystem::path>& output, std::string_view text);

/// By LC_ALL, LC_CTYPE or LANG, the first that is set; ASCII where none is, as under cron.
[[nodiscard]] Charset charset_of_locale();

/// Colour, characters and width for what goes to stdout: colour on a terminal unless NO_COLOR is
/// set and not empty, or TERM is "dumb"; 80 columns.
[[nodiscard]] TableStyle stdout_style();

/// Of what write_to() writes there: a file is no terminal, and has no colours.
[[nodiscard]] TableStyle style_for(const std::optional<std::filesystem::path>& output);

}  // namespace rackproof
