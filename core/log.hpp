#pragma once

#include <string_view>

namespace rackproof {

/// One line on stderr: "rackproof: TEXT", "rackproof: warning: TEXT", "rackproof: error: TEXT".
/// Control characters in the text are replaced, so that no node's output forges a line.
/// Safe from any thread.
void log_info(std::string_view text);
void log_warning(std::string_view text);
void log_error(std::string_view text);

}  // namespace rackproof
