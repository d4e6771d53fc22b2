#include "reports/signature.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"

namespace rackproof {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

// RFC 8032, section 7.1, test 1: of the empty text.
constexpr const char* kSeed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
constexpr const char* kPublic = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
constexpr const char* kSigned =
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b4"
    "6bd25bf5f0595bbe24655141438e7a100b";

SecretKey known_key() {
    return SecretKey::from_text(std::string{"rackproof-secret-key 1\n"} + kSeed + "\n", "k");
}

TEST(Sha256, IsThatOfTheStandard) {
    // FIPS 180-4's examples, as NIST publishes them.
    EXPECT_EQ(sha256_hex("abc"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    Sha256 parts;
    parts.add("a");
    parts.add("bc");
    EXPECT_EQ(parts.hex(), sha256_hex("abc"));
    EXPECT_EQ(fingerprint("abc"), "ba78 16bf 8f01 cfea 4141 40de 5dae 2223");
}

TEST(Signature, IsThatOfTheStandard) {
    EXPECT_EQ(known_key().public_key().hex(), kPublic);
    EXPECT_EQ(known_key().sign(""), kSigned);
    EXPECT_TRUE(PublicKey::from_hex(kPublic).verifies("", kSigned));
}

TEST(Signature, HoldsForItsTextAndItsKeyAlone) {
    const SecretKey key = SecretKey::random();
    const std::string signature = key.sign("rack 12");
    EXPECT_TRUE(key.public_key().verifies("rack 12", signature));
    EXPECT_FALSE(key.public_key().verifies("rack 13", signature));
    EXPECT_FALSE(SecretKey::random().public_key().verifies("rack 12", signature));
    EXPECT_FALSE(key.public_key().verifies("rack 12", signature + "00"));
    EXPECT_FALSE(key.public_key().verifies("rack 12", ""));
}

TEST(Signature, HasOneFormOnly) {
    std::string upper{kSigned};
    for (char& c : upper) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
    EXPECT_FALSE(PublicKey::from_hex(kPublic).verifies("", upper));
    // The order of the group added to S: the same point, and no signature by RFC 8032, 5.1.7.
    const std::string malleable =
        std::string{kSigned}.substr(0, 64) +
        "4c8c7872aa064e049dbb3013fbf29380d25bf5f0595bbe24655141438e7a101b";
    EXPECT_FALSE(PublicKey::from_hex(kPublic).verifies("", malleable));
}

TEST(Keys, ReadBackAsTheyWereWritten) {
    const SecretKey key = SecretKey::random();
    EXPECT_EQ(SecretKey::from_text(key.text(), "k").public_key(), key.public_key());
    EXPECT_EQ(PublicKey::from_text(key.public_key().text(), "k.pub"), key.public_key());
    EXPECT_NE(key.public_key(), SecretKey::random().public_key());
}

TEST(Keys, WhatIsNoneOrTheOtherHalfIsRefusedByName) {
    const SecretKey key = known_key();
    EXPECT_THAT([&] { (void)PublicKey::from_text(key.text(), "a.key"); },
                ThrowsMessage<InputError>(HasSubstr("a.key: is a secret key")));
    EXPECT_THAT([&] { (void)SecretKey::from_text(key.public_key().text(), "a.pub"); },
                ThrowsMessage<InputError>(HasSubstr("a.pub: is a public key")));
    for (const std::string& text : {std::string{}, std::string{"rackproof-secret-key 1\n"},
                                    key.text().substr(0, key.text().size() - 1), key.text() + "\n",
                                    "rackproof-secret-key 2\n" + std::string{kSeed} + "\n"}) {
        EXPECT_THAT([&] { (void)SecretKey::from_text(text, "a.key"); },
                    ThrowsMessage<InputError>(HasSubstr("a.key: is no secret key")));
        EXPECT_THAT([&] { (void)SecretKey::from_text(text, "a.key"); },
                    ThrowsMessage<InputError>(Not(HasSubstr(kSeed))));
    }
    EXPECT_THROW((void)PublicKey::from_hex("12"), InputError);
}

}  // namespace
}  // namespace rackproof
