#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace rackproof {

/// SHA-256 (FIPS 180-4), so that `sha256sum` says the same of a file.
class Sha256 {
  public:
    Sha256();
    ~Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;

    void add(std::string_view bytes);

    /// 64 hexadecimal digits; once, at the end.
    [[nodiscard]] std::string hex();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

[[nodiscard]] std::string sha256_hex(std::string_view bytes);

/// "1f2e 3d4c ...": the first half of a text's SHA-256, for people to compare.
[[nodiscard]] std::string fingerprint(std::string_view bytes);

/// The half of an Ed25519 key (RFC 8032) that everybody may have.
class PublicKey {
  public:
    /// Reads what text() writes. Throws InputError that names `file`; says so if it is a secret
    /// key.
    [[nodiscard]] static PublicKey from_text(std::string_view text, const std::string& file);

    /// Throws InputError, without a place, if it is not 64 hexadecimal digits.
    [[nodiscard]] static PublicKey from_hex(std::string_view hex);

    /// Two lines: what it is, and the key.
    [[nodiscard]] std::string text() const;
    [[nodiscard]] std::string hex() const;

    /// True if `signature_hex` (128 hexadecimal digits) was made of this text with the secret half.
    [[nodiscard]] bool verifies(std::string_view text, std::string_view signature_hex) const;

    friend bool operator==(const PublicKey&, const PublicKey&) = default;

  private:
    friend class SecretKey;
    PublicKey() = default;
    std::array<unsigned char, 32> bytes_{};
};

/// The half that only its owner has. Wiped when it goes.
class SecretKey {
  public:
    [[nodiscard]] static SecretKey random();

    /// Reads what text() writes. Throws InputError that names `file`, and nothing of what is in it.
    [[nodiscard]] static SecretKey from_text(std::string_view text, const std::string& file);

    ~SecretKey();
    SecretKey(const SecretKey&) = default;
    SecretKey& operator=(const SecretKey&) = default;

    [[nodiscard]] std::string text() const;
    [[nodiscard]] PublicKey public_key() const;

    /// 128 hexadecimal digits.
    [[nodiscard]] std::string sign(std::string_view text) const;

  private:
    SecretKey() = default;
    std::array<unsigned char, 32> seed_{};
};

}  // namespace rackproof
