#include "reports/signature.hpp"

#include <sodium.h>

#include "core/error.hpp"

namespace rackproof {
namespace {

constexpr std::string_view kSecretHead = "rackproof-secret-key 1\n";
constexpr std::string_view kPublicHead = "rackproof-public-key 1\n";

void ready_sodium() {
    if (sodium_init() < 0) throw Error{"start libsodium", "it found no source of randomness"};
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

template <std::size_t kSize>
std::string hex_of(const std::array<unsigned char, kSize>& bytes) {
    std::string hex(2 * kSize + 1, '\0');
    sodium_bin2hex(hex.data(), hex.size(), bytes.data(), kSize);
    hex.pop_back();
    return hex;
}

/// Lower case alone: each key and signature has one form.
template <std::size_t kSize>
bool read_hex(std::string_view hex, std::array<unsigned char, kSize>& bytes) {
    if (hex.size() != 2 * kSize ||
        hex.find_first_not_of("0123456789abcdef") != std::string_view::npos) {
        return false;
    }
    std::size_t length = 0;
    return sodium_hex2bin(bytes.data(), kSize, hex.data(), hex.size(), nullptr, &length, nullptr) ==
               0 &&
           length == kSize;
}

/// The one line that stands behind `head`.
std::string_view line_behind(std::string_view head, std::string_view text) {
    if (!text.starts_with(head) || !text.ends_with('\n')) return {};
    text.remove_prefix(head.size());
    text.remove_suffix(1);
    return text;
}

}  // namespace

struct Sha256::State {
    crypto_hash_sha256_state sodium;
};

Sha256::Sha256() : state_{std::make_unique<State>()} {
    ready_sodium();
    crypto_hash_sha256_init(&state_->sodium);
}

Sha256::~Sha256() = default;

void Sha256::add(std::string_view bytes) {
    crypto_hash_sha256_update(&state_->sodium, bytes_of(bytes), bytes.size());
}

std::string Sha256::hex() {
    std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
    crypto_hash_sha256_final(&state_->sodium, digest.data());
    return hex_of(digest);
}

std::string sha256_hex(std::string_view bytes) {
    Sha256 digest;
    digest.add(bytes);
    return digest.hex();
}

std::string fingerprint(std::string_view bytes) {
    constexpr std::size_t kGroups = 8;
    constexpr std::size_t kDigits = 4;
    const std::string hex = sha256_hex(bytes);
    std::string text;
    for (std::size_t i = 0; i < kGroups; ++i) {
        text.append(i > 0 ? " " : "").append(hex, i * kDigits, kDigits);
    }
    return text;
}

PublicKey PublicKey::from_hex(std::string_view hex) {
    ready_sodium();
    PublicKey key;
    static_assert(sizeof key.bytes_ == crypto_sign_PUBLICKEYBYTES);
    if (!read_hex(hex, key.bytes_)) {
        throw InputError{"a public key is malformed: expected 64 hexadecimal digits"};
    }
    return key;
}

PublicKey PublicKey::from_text(std::string_view text, const std::string& file) {
    if (text.starts_with(kSecretHead)) {
        throw InputError{{file, {}, {}},
                         "is a secret key; expected the public one (the file that ends in .pub)"};
    }
    PublicKey key;
    if (!read_hex(line_behind(kPublicHead, text), key.bytes_)) {
        throw InputError{{file, {}, {}},
                         "is no public key; expected one as 'rackproof keygen' writes it"};
    }
    return key;
}

std::string PublicKey::hex() const { return hex_of(bytes_); }

std::string PublicKey::text() const { return std::string{kPublicHead} + hex() + "\n"; }

bool PublicKey::verifies(std::string_view text, std::string_view signature_hex) const {
    ready_sodium();
    std::array<unsigned char, crypto_sign_BYTES> signature{};
    return read_hex(signature_hex, signature) &&
           crypto_sign_verify_detached(signature.data(), bytes_of(text), text.size(),
                                       bytes_.data()) == 0;
}

SecretKey SecretKey::random() {
    ready_sodium();
    SecretKey key;
    static_assert(sizeof key.seed_ == crypto_sign_SEEDBYTES);
    randombytes_buf(key.seed_.data(), key.seed_.size());
    return key;
}

SecretKey SecretKey::from_text(std::string_view text, const std::string& file) {
    if (text.starts_with(kPublicHead)) {
        throw InputError{{file, {}, {}}, "is a public key; expected the secret one"};
    }
    ready_sodium();
    SecretKey key;
    if (!read_hex(line_behind(kSecretHead, text), key.seed_)) {
        throw InputError{{file, {}, {}},
                         "is no secret key; expected one as 'rackproof keygen' writes it"};
    }
    return key;
}

SecretKey::~SecretKey() { sodium_memzero(seed_.data(), seed_.size()); }

std::string SecretKey::text() const { return std::string{kSecretHead} + hex_of(seed_) + "\n"; }

PublicKey SecretKey::public_key() const {
    PublicKey key;
    std::array<unsigned char, crypto_sign_SECRETKEYBYTES> both{};
    crypto_sign_seed_keypair(key.bytes_.data(), both.data(), seed_.data());
    sodium_memzero(both.data(), both.size());
    return key;
}

std::string SecretKey::sign(std::string_view text) const {
    std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> public_half{};
    std::array<unsigned char, crypto_sign_SECRETKEYBYTES> both{};
    std::array<unsigned char, crypto_sign_BYTES> signature{};
    crypto_sign_seed_keypair(public_half.data(), both.data(), seed_.data());
    crypto_sign_detached(signature.data(), nullptr, bytes_of(text), text.size(), both.data());
    sodium_memzero(both.data(), both.size());
    return hex_of(signature);
}

}  // namespace rackproof
