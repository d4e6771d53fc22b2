#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reports/signature.hpp"

namespace rackproof {

/// No key's file and no certificate is longer; what is, is not read.
inline constexpr std::size_t kMostKeyBytes = 4096;
inline constexpr std::size_t kMostCertificateBytes = 65'536;

/// A file that a certificate speaks of, whole.
struct CertifiedFile {
    std::string role;  ///< "run", "policy", "waivers", "contract"
    std::uint64_t bytes = 0;
    std::string sha256;
    std::string name;  ///< without its folder; where to look for it, no more

    friend bool operator==(const CertifiedFile&, const CertifiedFile&) = default;
};

/// A text that is in one of the files or follows from them.
struct CertifiedPart {
    std::string name;  ///< "plan", "fleet", "verdicts", "acceptance"
    std::string sha256;

    friend bool operator==(const CertifiedPart&, const CertifiedPart&) = default;
};

/// Some bytes of the run file, so that it can be said where one has changed.
struct CertifiedPiece {
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
    std::string sha256;

    friend bool operator==(const CertifiedPiece&, const CertifiedPiece&) = default;
};

/// What is signed: docs/certificate.md has the format.
struct Certificate {
    std::string tool_version;
    std::string signed_at;  ///< ISO 8601, UTC
    std::string key;        ///< hexadecimal
    std::string run_id;
    std::string verdict;                ///< overall
    std::string acceptance = "none";    ///< what the contract says, if there is one
    std::string nodes;                  ///< "8, of them 4 pass, 0 watch, 3 fail, 1 no_data"
    std::vector<std::string> left_out;  ///< stages of the plan that were not run, and why
    std::vector<CertifiedFile> files;
    std::vector<CertifiedPart> parts;
    std::vector<CertifiedPiece> pieces;

    friend bool operator==(const Certificate&, const Certificate&) = default;
};

/// The certificate as a file: its lines, each with a check of its own, and the signature of all of
/// them. `certificate.key` is set to `key`'s. Texts from outside become printable.
[[nodiscard]] std::string signed_certificate(Certificate certificate, const SecretKey& key);

/// Reads a certificate that this key signed. Throws InputError that names `file`, and tells apart:
/// what is no certificate; one of another version of the format; a line that was changed (with its
/// number); another key; a signature that is not of this text.
[[nodiscard]] Certificate checked_certificate(std::string_view text, const std::string& file,
                                              const PublicKey& key);

}  // namespace rackproof
