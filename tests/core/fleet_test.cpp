#include "core/fleet.hpp"

#include <gmock/gmock.h>

#include "tests/support/refusal.hpp"

namespace rackproof {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string refusal(std::string_view list, std::size_t most = 100) {
    return test::refusal([&] { (void)expand_hosts(list, most); });
}

TEST(HostName, AcceptsWhatAHostMayBeCalled) {
    for (const char* name :
         {"n001", "N001", "3com", "r12-n03", "n001.rack1.example", "a", "n1.2x"}) {
        EXPECT_THAT(host_name_problem(name), IsEmpty()) << name;
    }
    EXPECT_THAT(host_name_problem(std::string(63, 'a')), IsEmpty());
}

TEST(HostName, RefusesWhatAShellOrAnOptionMightBe) {
    for (const char* name : {"",
                             "-n001",
                             "n001-",
                             "--host",
                             "n 1",
                             "n1;reboot",
                             "$(x)",
                             "n1\n",
                             "n_1",
                             "n1..x",
                             ".n1",
                             "n1.",
                             "n1/x",
                             "n1:2",
                             "n1,n2",
                             "10.0.0.1",
                             "\xC3\xA9t\xC3\xA9",
                             "*",
                             "n[1-2]",
                             "n1.-x"}) {
        EXPECT_THAT(host_name_problem(name), Not(IsEmpty())) << name;
    }
    EXPECT_THAT(host_name_problem(std::string(64, 'a')), HasSubstr("more than 63"));
    std::string labels;
    for (int i = 0; i < 64; ++i) labels += "abc.";
    EXPECT_THAT(host_name_problem(labels + "abc"), HasSubstr("more than 253"));
}

TEST(ExpandHosts, RangesKeepTheirWidth) {
    EXPECT_THAT(expand_hosts("n[008-011]", 9), ElementsAre("n008", "n009", "n010", "n011"));
    EXPECT_THAT(expand_hosts("n[9-10,7]-ib,gpu1", 9),
                ElementsAre("n9-ib", "n10-ib", "n7-ib", "gpu1"));
    EXPECT_THAT(expand_hosts("a,b[1-2].rack", 9), ElementsAre("a", "b1.rack", "b2.rack"));
}

TEST(ExpandHosts, RefusesWhatIsNoList) {
    EXPECT_THAT(refusal("n[3-1]"), HasSubstr("runs backwards"));
    EXPECT_THAT(refusal("n[1-"), HasSubstr("not closed"));
    EXPECT_THAT(refusal("n[1-x]"), HasSubstr("where a number is expected"));
    EXPECT_THAT(refusal("n[]"), HasSubstr("where a number is expected"));
    EXPECT_THAT(refusal("n[1,]"), HasSubstr("ends in a comma"));
    EXPECT_THAT(refusal("n1,"), HasSubstr("ends in a comma"));
    EXPECT_THAT(refusal("n1,,n2"), HasSubstr("is no host name"));
    EXPECT_THAT(refusal("n[1-2]x[1-2]"), HasSubstr("is no host name"));
    EXPECT_THAT(refusal("n[1-9999999999]"), HasSubstr("where a number is expected"));
    EXPECT_THAT(refusal(""), HasSubstr("is empty"));
}

TEST(ExpandHosts, StopsAtTheMost) {
    EXPECT_THAT(refusal("n[0-999999999]"), HasSubstr("more than 100 hosts"));
    EXPECT_EQ(expand_hosts("n[1-100]", 100).size(), 100U);
}

TEST(TakesPart, OnlyWhatIsUpDoes) {
    Node node;
    node.name = "n3";
    EXPECT_TRUE(takes_part(node));
    for (const char* state : {"drained", "down*", "", "UP"}) {
        node.state = state;
        EXPECT_FALSE(takes_part(node)) << state;
    }
    node.state = "drained";
    EXPECT_EQ(why_no_part(node), "n3 takes no part: drained");
    node.labels["reason"] = "bad\nDIMM";
    EXPECT_EQ(why_no_part(node),
              "n3 takes no part: drained, bad\xEF\xBF\xBD"
              "DIMM");
}

TEST(SameHost, ComparesWithoutCaseAndWithoutAMissingDomain) {
    EXPECT_TRUE(same_host("n001", "N001"));
    EXPECT_TRUE(same_host("n001", "n001.rack1"));
    EXPECT_TRUE(same_host("n001.rack1", "n001"));
    EXPECT_FALSE(same_host("n001.rack1", "n001.rack2"));
    EXPECT_FALSE(same_host("n001", "n0011"));
    EXPECT_FALSE(same_host("n001", ""));
}

}  // namespace
}  // namespace rackproof
