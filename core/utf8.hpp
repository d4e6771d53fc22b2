#pragma once

#include <string>
#include <string_view>

namespace rackproof {

/// `text` with every byte that is no part of well-formed UTF-8 (RFC 3629) replaced by U+FFFD.
[[nodiscard]] std::string valid_utf8(std::string_view text);

/// `text` made fit for a terminal or a log line: valid UTF-8, and each control character (C0, C1
/// and DEL) replaced by U+FFFD, so that nothing from outside moves a cursor or forges a line.
[[nodiscard]] std::string printable(std::string_view text);

/// The first `most` bytes of `text`, cut between characters; with "..." at its end if cut.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t most);

}  // namespace rackproof
