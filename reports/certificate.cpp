#include "reports/certificate.hpp"

#include <fmt/core.h>

#include <charconv>
#include <optional>

#include "core/error.hpp"
#include "core/utf8.hpp"
#include "reports/text_layout.hpp"

namespace rackproof {
namespace {

constexpr std::string_view kFormat = "rackproof-certificate ";
constexpr int kVersion = 1;
constexpr std::size_t kCheckDigits = 8;
constexpr std::string_view kCheckMark = " #";

/// A line's check: of its text and its place, so that lines cannot change places either.
std::string check_of(std::size_t number, std::string_view line) {
    return sha256_hex(fmt::format("{} ", number).append(line)).substr(0, kCheckDigits);
}

std::string outside(std::string_view text) {
    constexpr std::size_t kMostBytes = 255;
    return shortened(clean(text), kMostBytes);
}

std::vector<std::string> certificate_lines(const Certificate& certificate) {
    std::vector<std::string> lines{
        fmt::format("{}{}", kFormat, kVersion),
        "tool_version " + outside(certificate.tool_version),
        "signed " + outside(certificate.signed_at),
        "key " + certificate.key,
        "run_id " + outside(certificate.run_id),
        "verdict " + certificate.verdict,
        "acceptance " + certificate.acceptance,
        "nodes " + certificate.nodes,
    };
    for (const std::string& stage : certificate.left_out) {
        lines.push_back("left_out " + outside(stage));
    }
    for (const CertifiedFile& file : certificate.files) {
        lines.push_back(fmt::format("file {} {} {} {}", file.role, file.bytes, file.sha256,
                                    outside(file.name)));
    }
    for (const CertifiedPart& part : certificate.parts) {
        lines.push_back(fmt::format("part {} {}", part.name, part.sha256));
    }
    for (const CertifiedPiece& piece : certificate.pieces) {
        lines.push_back(fmt::format("piece {} {} {}", piece.offset, piece.bytes, piece.sha256));
    }
    return lines;
}

std::string with_check(std::size_t number, std::string_view line) {
    return std::string{line}.append(kCheckMark).append(check_of(number, line)).append("\n");
}

std::string body_of(const Certificate& certificate) {
    std::string body;
    std::size_t number = 0;
    for (const std::string& line : certificate_lines(certificate))
        body += with_check(++number, line);
    return body;
}

/// Takes the next word and the space behind it off `line`.
std::string next_word(std::string_view& line) {
    const std::size_t end = line.find(' ');
    std::string word{line.substr(0, end)};
    line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
    return word;
}

std::uint64_t take_number(std::string_view& line) {
    const std::string word = next_word(line);
    std::uint64_t number = 0;
    const auto parsed = std::from_chars(word.data(), word.data() + word.size(), number);
    // What is no number reads as one that is not written the same: see exact().
    return parsed.ec == std::errc{} ? number : 0;
}

void read_line(std::string_view line, Certificate& certificate) {
    const std::string what = next_word(line);
    if (what == "tool_version") certificate.tool_version = line;
    if (what == "signed") certificate.signed_at = line;
    if (what == "key") certificate.key = line;
    if (what == "run_id") certificate.run_id = line;
    if (what == "verdict") certificate.verdict = line;
    if (what == "acceptance") certificate.acceptance = line;
    if (what == "nodes") certificate.nodes = line;
    if (what == "left_out") certificate.left_out.emplace_back(line);
    if (what == "file") {
        CertifiedFile file;
        file.role = next_word(line);
        file.bytes = take_number(line);
        file.sha256 = next_word(line);
        file.name = line;
        certificate.files.push_back(std::move(file));
    }
    if (what == "part") {
        std::string name = next_word(line);
        certificate.parts.push_back({std::move(name), std::string{line}});
    }
    if (what == "piece") {
        CertifiedPiece piece;
        piece.offset = take_number(line);
        piece.bytes = take_number(line);
        piece.sha256 = line;
        certificate.pieces.push_back(std::move(piece));
    }
}

/// A file's text cut into its lines; what stands behind the last end of line is one, too.
std::vector<std::string_view> cut(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        lines.push_back(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return lines;
}

/// One text that claims to be a certificate, cut up.
struct SignedText {
    std::string_view body;  ///< what is signed
    std::string_view signature;
    Certificate certificate;
};

constexpr std::string_view kSignature = "signature ";

[[noreturn]] void refuse(const std::string& file, std::string_view problem) {
    throw InputError{{file, {}, {}}, problem};
}

[[noreturn]] void refuse_line(const std::string& file, std::size_t number) {
    throw InputError{{file, static_cast<int>(number), {}},
                     "this line was changed after it was signed, or is cut off"};
}

void check_format(std::string_view first, const std::string& file) {
    if (!first.starts_with(kFormat)) {
        refuse(file, "is no certificate; expected a file that 'rackproof sign' wrote");
    }
    const std::string_view rest = first.substr(kFormat.size());
    const std::string version{rest.substr(0, rest.find(' '))};
    if (version == std::to_string(kVersion)) return;
    // Its check says whether this is another format or a changed byte.
    const std::string_view line = first.substr(0, first.find(kCheckMark));
    if (first != std::string{line}.append(kCheckMark).append(check_of(1, line))) {
        refuse_line(file, 1);
    }
    refuse(file, fmt::format("is a certificate of format version {}; this rackproof knows {} alone",
                             printable(version), kVersion));
}

/// Checks line by line that nothing changed by accident.
SignedText read_claim(std::string_view text, const std::string& file) {
    const std::vector<std::string_view> lines = cut(text);
    if (lines.empty()) refuse(file, "is empty; expected a certificate");
    check_format(lines.front(), file);
    SignedText claim;
    for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
        const std::size_t mark = lines[i].rfind(kCheckMark);
        const std::string_view line = lines[i].substr(0, mark);
        if (mark == std::string_view::npos ||
            lines[i].substr(mark + kCheckMark.size()) != check_of(i + 1, line)) {
            refuse_line(file, i + 1);
        }
        read_line(line, claim.certificate);
    }
    const std::string_view last = lines.back();
    if (!last.starts_with(kSignature) || !text.ends_with('\n')) refuse_line(file, lines.size());
    claim.signature = last.substr(kSignature.size());
    claim.body = text.substr(0, text.size() - last.size() - 1);
    return claim;
}

std::optional<PublicKey> key_in(const Certificate& certificate) {
    try {
        return PublicKey::from_hex(certificate.key);
    } catch (const InputError&) {
        return std::nullopt;
    }
}

}  // namespace

std::string signed_certificate(Certificate certificate, const SecretKey& key) {
    certificate.key = key.public_key().hex();
    const std::string body = body_of(certificate);
    return body + std::string{kSignature} + key.sign(body) + "\n";
}

Certificate checked_certificate(std::string_view text, const std::string& file,
                                const PublicKey& key) {
    const SignedText claim = read_claim(text, file);
    if (!key.verifies(claim.body, claim.signature)) {
        const std::optional<PublicKey> signer = key_in(claim.certificate);
        if (signer && *signer != key && signer->verifies(claim.body, claim.signature)) {
            refuse(file, fmt::format("was signed with another key: {}; expected {}", signer->hex(),
                                     key.hex()));
        }
        throw InputError{{file, static_cast<int>(cut(text).size()), {}},
                         "the signature is not of this text: it was changed, or the text was, on "
                         "purpose"};
    }
    // What was signed is read in one way only.
    if (body_of(claim.certificate) != claim.body) {
        refuse(file, "is signed, and is no certificate that this rackproof can read");
    }
    return claim.certificate;
}

}  // namespace rackproof
