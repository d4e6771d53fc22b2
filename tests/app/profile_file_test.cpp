#include "app/profile_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/inventory_run.hpp"
#include "app/plan_file.hpp"
#include "core/error.hpp"

namespace rackproof {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Profile parse(const std::string& text) {
    const toml::table document = parse_toml(text, "p.toml");
    return parse_profile(TomlTable{document, "p.toml", ""});
}

constexpr const char* kProfile = R"(name = "h200-8"
sku = "h200-8"
source = "n001"
[must]
"cpu.model" = "EPYC"
"gpu.vbios@0" = ["96.00", "96.01"]
[should]
"kernel.release" = "6.1"
)";

TEST(ProfileFile, IsReadWithItsLists) {
    const Profile profile = parse(kProfile);
    EXPECT_EQ(profile.sku, "h200-8");
    EXPECT_THAT(profile.must.at("gpu.vbios@0"), ElementsAre("96.00", "96.01"));
    EXPECT_THAT(profile.should.at("kernel.release"), ElementsAre("6.1"));
}

void refused(const std::string& from, const std::string& to, const std::string& why) {
    std::string text = kProfile;
    text.replace(text.find(from), from.size(), to);
    try {
        (void)parse(text);
        FAIL() << to;
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(), HasSubstr(why));
        EXPECT_THAT(error.what(), HasSubstr("p.toml:"));
    }
}

TEST(ProfileFile, RefusesWhatIsNone) {
    refused("name = \"h200-8\"", "", "'name' is missing");
    refused("sku =", "skew =", "'sku' is missing");
    refused("\"EPYC\"", "3", "'cpu.model' is a whole number");
    refused("[\"96.00\", \"96.01\"]", "[]", "allows no value");
    refused("\"cpu.model\"", "\"gpu.serial@0\"", "differs from node to node");
    refused("\"kernel.release\"", "\"cpu.model\"", "stands in [must] and in [should]");
    refused("[should]", "[shall]", "unknown key 'shall'");
    refused("\"EPYC\"", "\"\"", "no plain text");
}

TEST(ProfileFile, IsWrittenFromAGoodNodeAndReadBack) {
    Inventory good;
    good.items = {{"cpu.model", "", "EPYC \"9654\" \\", "/proc", ""},
                  {"kernel.command_line", "", "a=b 'c'", "/proc", ""},
                  {"gpu.serial", "0", "1650", "NVML", ""},
                  {"edac.corrected", "mc0", "7", "/sys", ""},
                  {"bios.version", "", "", "/sys", "needs root"}};
    const Profile profile = golden_profile(good, "h200-8", "n001, today");
    EXPECT_EQ(parse(profile_text(profile)), profile);
    EXPECT_EQ(profile.must.size(), 1U);
    EXPECT_TRUE(profile.must.contains("cpu.model"));
    EXPECT_EQ(profile.should.size(), 1U) << "no serial, no counter, nothing unknown";
    EXPECT_TRUE(profile.should.contains("kernel.command_line"));
}

TEST(ProfileFile, StandsInAPlanAsItWas) {
    Profile profile = parse(kProfile);
    EXPECT_FALSE(profile.provisional);
    profile.provisional = true;
    const Policy policy = parse_plan_policy(hwcheck_plan({profile}), "plan");
    ASSERT_EQ(policy.profiles.size(), 1U);
    EXPECT_EQ(policy.profiles[0], profile);
    EXPECT_EQ(parse_plan(hwcheck_plan({profile}), "plan").policy.profiles.size(), 1U);
    EXPECT_TRUE(parse_plan_policy(hwcheck_plan({}), "plan").profiles.empty());
}

}  // namespace
}  // namespace rackproof
