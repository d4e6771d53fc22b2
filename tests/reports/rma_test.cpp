#include "reports/rma.hpp"

#include <gmock/gmock.h>

namespace rackproof {
namespace {

using testing::HasSubstr;
using testing::Not;

/// n1 with two devices, of which the second fails, and n2, which fails as a whole.
struct Failed {
    Run run;
    Judgement judgement;

    Failed() {
        run.run_id = "id-1";
        run.started = "2026-11-23T04:41:11Z";
        for (const char* name : {"n1", "n2"}) {
            Node& node = run.nodes.emplace_back();
            node.name = name;
            node.rack = "r1";
            node.slot = "7";
            node.vendor = "acme";
        }
        for (std::int32_t i = 0; i < 2; ++i) {
            Device& device = run.devices.emplace_back();
            device.index = i;
            device.model = "H200";
            device.serial = "S" + std::to_string(i);
            device.uuid = "GPU-" + std::to_string(i);
        }
        run.inventory.push_back({"serial", Scope::Node, "dmi", {"NS1", "NS2"}});
        Finding slow;
        slow.verdict = Verdict::Fail;
        slow.node = "n1";
        slow.device = "1";
        slow.metric = "gemm.fp64";
        slow.observed = 6.48e11;
        slow.expected = 7.21e11;
        slow.unit = "FLOP/s";
        slow.sentence = "=HYPERLINK(\"x\") is 10 % slow, \"quoted\"";
        Finding node = slow;
        node.level = Level::Node;
        node.node = "n2";
        node.device.reset();
        node.sentence = "n2 is slow";
        Finding watch = slow;
        watch.verdict = Verdict::Watch;
        watch.sentence = "only watched";
        Finding fleet = slow;
        fleet.level = Level::Fleet;
        fleet.node = "";
        fleet.sentence = "everybody";
        judgement.findings = {node, slow, watch, fleet};
    }
};

TEST(Rma, NamesThePartItsSerialAndTheEvidence) {
    const Failed failed;
    const std::string text = rma_text(failed.run, failed.judgement);
    EXPECT_THAT(text, HasSubstr("n1 device 1\n  rack     r1, slot 7\n"));
    EXPECT_THAT(text, HasSubstr("  serial   S1\n"));
    EXPECT_THAT(text, HasSubstr("  uuid     GPU-1\n"));
    EXPECT_THAT(text, HasSubstr("(seen 648 GFLOP/s, expected 721 GFLOP/s)"));
    EXPECT_THAT(text, HasSubstr("n2\n  rack     r1, slot 7\n"));
    EXPECT_THAT(text, HasSubstr("  serial   NS2\n"));
    EXPECT_THAT(text, HasSubstr("  vbios    not known\n"));
    EXPECT_THAT(text, HasSubstr("2 parts of run id-1, begun 2026-11-23T04:41:11Z"));
    EXPECT_THAT(text, Not(HasSubstr("only watched")));
    EXPECT_THAT(text, Not(HasSubstr("everybody")));
}

TEST(Rma, AWaivedPartSaysSo) {
    Failed failed;
    failed.judgement.findings[1].waived = "until 2026-12-31 by ann: known";
    EXPECT_THAT(rma_text(failed.run, failed.judgement),
                HasSubstr("WAIVED until 2026-12-31 by ann: known"));
}

TEST(Rma, ACsvCellIsNoFormula) {
    const Failed failed;
    const std::string text = rma_csv(failed.run, failed.judgement);
    EXPECT_THAT(text, HasSubstr("n1,r1,-,7,unknown,acme,device,1,,H200,S1,GPU-1,"));
    EXPECT_THAT(text, HasSubstr(",\"'=HYPERLINK(\"\"x\"\") is 10 % slow, \"\"quoted\"\"\","));
    EXPECT_THAT(text, HasSubstr("n2,r1,-,7,unknown,acme,node,,,,NS2,"));
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
}

TEST(Rma, NothingFailedIsSaid) {
    const Failed failed;
    EXPECT_EQ(rma_text(failed.run, {}), "no device, node or link fails in run id-1\n");
}

}  // namespace
}  // namespace rackproof
