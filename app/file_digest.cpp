#include "app/file_digest.hpp"

#include <algorithm>
#include <fstream>

#include "core/error.hpp"

namespace rackproof {
namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kMostPieces = 64;
constexpr std::size_t kChunk = std::size_t{1} << 20U;

}  // namespace

std::uint64_t piece_bytes(std::uint64_t file_bytes) {
    constexpr std::uint64_t kStep = kPage * kMostPieces;
    return std::max<std::uint64_t>(1, (file_bytes + kStep - 1) / kStep) * kPage;
}

FileDigest digest_of(const std::filesystem::path& path) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) {
        throw InputError{{path.string(), {}, {}}, "is missing, or is no file"};
    }
    FileDigest digest;
    const std::uint64_t size = std::filesystem::file_size(path, error);
    if (error) throw Error{"read the size of " + path.string(), error.message()};
    const std::uint64_t most = piece_bytes(size);
    std::ifstream file{path, std::ios::binary};
    if (!file) throw InputError{{path.string(), {}, {}}, "cannot be opened"};
    Sha256 whole;
    std::string chunk;
    while (digest.bytes < size) {
        CertifiedPiece piece{digest.bytes, std::min(most, size - digest.bytes), ""};
        Sha256 part;
        for (std::uint64_t done = 0; done < piece.bytes; done += chunk.size()) {
            chunk.resize(std::min<std::uint64_t>(kChunk, piece.bytes - done));
            file.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
            if (!file) throw Error{"read " + path.string(), "it ended, or cannot be read"};
            whole.add(chunk);
            part.add(chunk);
        }
        piece.sha256 = part.hex();
        digest.bytes += piece.bytes;
        digest.pieces.push_back(std::move(piece));
    }
    digest.sha256 = whole.hex();
    return digest;
}

}  // namespace rackproof
