#include "core/log.hpp"

#include <cstdio>
#include <string>

#include "core/utf8.hpp"

namespace rackproof {
namespace {

void write_line(std::string_view prefix, std::string_view text) {
    std::string line = "rackproof: ";
    line.append(prefix).append(printable(text)).append("\n");
    // One call for one line: stdio locks the stream, so lines of two threads do not mix.
    std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace

void log_info(std::string_view text) { write_line("", text); }
void log_warning(std::string_view text) { write_line("warning: ", text); }
void log_error(std::string_view text) { write_line("error: ", text); }

}  // namespace rackproof
