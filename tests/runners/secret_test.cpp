#include "runners/secret.hpp"

#include <gmock/gmock.h>

#include <set>

#include "core/error.hpp"

namespace rackproof {
namespace {

TEST(SecretTest, ProvesByHexToo) {
    const Secret secret = Secret::random();
    const Secret same = Secret::from_hex(secret.hex());
    EXPECT_TRUE(same.proves(secret.proof("text"), "text"));
}

TEST(SecretTest, NoProofFitsAnotherTextOrSecret) {
    const Secret secret = Secret::random();
    const std::string proof = secret.proof("text");
    EXPECT_FALSE(secret.proves(proof, "texts"));
    EXPECT_FALSE(Secret::random().proves(proof, "text"));
    EXPECT_FALSE(secret.proves(proof.substr(1), "text"));
    EXPECT_FALSE(secret.proves("", "text"));
    std::string flipped = proof;
    flipped[7] = static_cast<char>(flipped[7] ^ 1);
    EXPECT_FALSE(secret.proves(flipped, "text"));
}

TEST(SecretTest, MalformedHexIsRefusedWithoutBeingShown) {
    const std::string good = Secret::random().hex();
    for (const std::string& bad :
         {std::string{}, good.substr(2), good + "00", "zz" + good.substr(2), good.substr(1),
          good.substr(0, 63) + "g"}) {
        try {
            (void)Secret::from_hex(bad);
            ADD_FAILURE() << "taken: " << bad;
        } catch (const InputError& error) {
            EXPECT_THAT(error.what(), testing::HasSubstr("64 hexadecimal digits"));
            if (!bad.empty()) {
                EXPECT_THAT(error.what(), testing::Not(testing::HasSubstr(bad)));
            }
        }
    }
}

TEST(RandomTest, UuidsAreOfVersion4AndDiffer) {
    const auto form = testing::MatchesRegex(
        "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) {
        const std::string uuid = random_uuid();
        EXPECT_THAT(uuid, form);
        seen.insert(uuid);
    }
    EXPECT_EQ(seen.size(), 100U);
}

}  // namespace
}  // namespace rackproof
