#include "runners/secret.hpp"

#include <sodium.h>

#include "core/error.hpp"

namespace rackproof {
namespace {

void ready_sodium() {
    if (sodium_init() < 0) throw Error{"start libsodium", "it found no source of randomness"};
}

std::string hex_of(std::string_view bytes) {
    std::string hex(2 * bytes.size() + 1, '\0');
    sodium_bin2hex(hex.data(), hex.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                   bytes.size());
    hex.pop_back();
    return hex;
}

}  // namespace

std::string random_bytes(std::size_t size) {
    ready_sodium();
    std::string bytes(size, '\0');
    randombytes_buf(bytes.data(), bytes.size());
    return bytes;
}

std::string random_uuid() {
    std::string bytes = random_bytes(16);
    bytes[6] = static_cast<char>((bytes[6] & 0x0F) | 0x40);
    bytes[8] = static_cast<char>((bytes[8] & 0x3F) | 0x80);
    const std::string hex = hex_of(bytes);
    std::string uuid;
    for (std::size_t i = 0; i < hex.size(); ++i) {
        if (i == 8 || i == 12 || i == 16 || i == 20) uuid += '-';
        uuid += hex[i];
    }
    return uuid;
}

Secret Secret::random() {
    ready_sodium();
    Secret secret;
    static_assert(sizeof secret.bytes_ == crypto_auth_KEYBYTES);
    randombytes_buf(secret.bytes_.data(), secret.bytes_.size());
    return secret;
}

Secret Secret::from_hex(std::string_view hex) {
    ready_sodium();
    Secret secret;
    std::size_t length = 0;
    const char* end = nullptr;
    const int result = sodium_hex2bin(secret.bytes_.data(), secret.bytes_.size(), hex.data(),
                                      hex.size(), nullptr, &length, &end);
    if (result != 0 || length != secret.bytes_.size() || end != hex.data() + hex.size()) {
        throw InputError{"the run's secret is malformed: expected 64 hexadecimal digits"};
    }
    return secret;
}

std::string Secret::hex() const {
    return hex_of({reinterpret_cast<const char*>(bytes_.data()), bytes_.size()});
}

std::string Secret::proof(std::string_view text) const {
    std::string result(crypto_auth_BYTES, '\0');
    crypto_auth(reinterpret_cast<unsigned char*>(result.data()),
                reinterpret_cast<const unsigned char*>(text.data()), text.size(), bytes_.data());
    return result;
}

bool Secret::proves(std::string_view claimed, std::string_view text) const {
    return claimed.size() == crypto_auth_BYTES &&
           crypto_auth_verify(reinterpret_cast<const unsigned char*>(claimed.data()),
                              reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                              bytes_.data()) == 0;
}

}  // namespace rackproof
