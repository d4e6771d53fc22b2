#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "reports/certificate.hpp"

namespace rackproof {

/// What a file's bytes are, whole and piece by piece: at most 64 pieces of whole pages.
struct FileDigest {
    std::uint64_t bytes = 0;
    std::string sha256;
    std::vector<CertifiedPiece> pieces;
};

/// Reads the file once, from its beginning to its end. Throws InputError if there is none, or
/// Error if it cannot be read.
[[nodiscard]] FileDigest digest_of(const std::filesystem::path& path);

/// How many bytes a piece of a file of so many bytes has.
[[nodiscard]] std::uint64_t piece_bytes(std::uint64_t file_bytes);

}  // namespace rackproof
