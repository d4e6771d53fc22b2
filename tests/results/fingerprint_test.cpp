#include "results/fingerprint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace rackproof {
namespace {

std::string uuid_of(const std::vector<std::string>& parts) {
    Fingerprint fingerprint;
    for (const std::string& part : parts) fingerprint.add(part);
    return fingerprint.uuid();
}

TEST(Fingerprint, DependsOnEachByteAndOnWhereThePartsEnd) {
    std::set<std::string> seen;
    EXPECT_TRUE(seen.insert(uuid_of({})).second);
    EXPECT_TRUE(seen.insert(uuid_of({""})).second);
    EXPECT_TRUE(seen.insert(uuid_of({"ab"})).second);
    EXPECT_TRUE(seen.insert(uuid_of({"a", "b"})).second);
    EXPECT_TRUE(seen.insert(uuid_of({"b", "a"})).second);
    EXPECT_TRUE(seen.insert(uuid_of({std::string(16, '\0')})).second);
    EXPECT_TRUE(seen.insert(uuid_of({std::string(17, '\0')})).second);
    for (std::size_t i = 0; i < 40; ++i) {
        std::string text(40, 'x');
        text[i] = 'y';
        EXPECT_TRUE(seen.insert(uuid_of({text})).second) << i;
    }
    EXPECT_EQ(uuid_of({"ab", "c"}), uuid_of({"ab", "c"}));
}

TEST(Fingerprint, IsAUuidOfAFormOfOurOwn) {
    EXPECT_THAT(uuid_of({"a"}),
                ::testing::MatchesRegex(
                    "[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
}

}  // namespace
}  // namespace rackproof
