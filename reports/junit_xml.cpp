#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/index.hpp"
#include "reports/reports.hpp"
#include "reports/text_layout.hpp"

namespace rackproof {
namespace {

/// Text from outside as XML 1.0 may hold it (section 2.2), in an element or an attribute.
std::string xml_text(std::string_view text) {
    std::string out;
    const std::string valid = clean(text);
    for (std::size_t i = 0; i < valid.size(); ++i) {
        const std::string_view next = std::string_view{valid}.substr(i, 3);
        if (next == "\xEF\xBF\xBE" || next == "\xEF\xBF\xBF") {  // U+FFFE, U+FFFF: no characters
            out += "\xEF\xBF\xBD";
            i += 2;
            continue;
        }
        switch (valid[i]) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&apos;"; break;
            default: out += valid[i];
        }
    }
    return out;
}

std::string told_text(const Finding& finding) {
    std::string text = std::string{to_string(finding.verdict)} + ": " + finding.sentence;
    if (!finding.waived.empty()) text += " WAIVED " + finding.waived;
    return xml_text(text) + "\n" + xml_text("next: " + finding.action) + "\n";
}

struct TestCase {
    std::string_view name;
    Verdict verdict = Verdict::Pass;
    std::vector<const Finding*> findings;  ///< told of here, whether or not the verdict is theirs
    std::string_view without;              ///< what is to be said where no finding says it
};

/// The test cases of one test suite, written one after the other.
class TestSuite {
  public:
    void add(std::string_view suite, const TestCase& test_case) {
        const std::string inside = inside_of(test_case);
        ++tests_;
        cases_ += fmt::format(R"(    <testcase classname="rackproof.{}" name="{}")",
                              xml_text(suite), xml_text(test_case.name));
        cases_ += inside.empty() ? "/>\n" : ">" + inside + "</testcase>\n";
    }

    [[nodiscard]] std::string xml(std::string_view name) const {
        return fmt::format("  <testsuite name=\"{}\" {}>\n", xml_text(name), counts()) + cases_ +
               "  </testsuite>\n";
    }

    [[nodiscard]] std::string counts() const {
        return fmt::format(R"(tests="{}" failures="{}" errors="{}" skipped="{}")", tests_,
                           failures_, errors_, skipped_);
    }

    /// Counts another one's cases, too.
    void count(const TestSuite& other) {
        tests_ += other.tests_;
        failures_ += other.failures_;
        errors_ += other.errors_;
        skipped_ += other.skipped_;
    }

  private:
    std::string inside_of(const TestCase& test_case) {
        const Verdict verdict = test_case.verdict;
        const Finding* first = nullptr;
        std::string all;
        for (const Finding* finding : test_case.findings) {
            const bool decides = finding->waived.empty() && finding->verdict == verdict;
            if (first == nullptr && decides) first = finding;
            all += told_text(*finding);
        }
        if (verdict == Verdict::Fail || verdict == Verdict::NoData) {
            const char* element = verdict == Verdict::Fail ? "failure" : "error";
            ++(verdict == Verdict::Fail ? failures_ : errors_);
            return fmt::format(R"(<{0} type="{1}" message="{2}">{3}</{0}>)", element,
                               first != nullptr ? to_string(first->kind) : "verdict",
                               xml_text(first != nullptr ? first->sentence : test_case.without),
                               all);
        }
        if (!all.empty()) return "<system-out>" + all + "</system-out>";
        if (test_case.without.empty()) return "";
        ++skipped_;
        return fmt::format("<skipped message=\"{}\"/>", xml_text(test_case.without));
    }

    std::string cases_;
    std::size_t tests_ = 0;
    std::size_t failures_ = 0;
    std::size_t errors_ = 0;
    std::size_t skipped_ = 0;
};

/// What of a finding counts on a node: it fails only whom it blames.
Verdict counted(const Finding& finding, const std::string& node) {
    const std::string peer = finding.peer.value_or("");
    const bool is_blamed = finding.node == node || peer == node || peer.starts_with(node + "/");
    if (finding.waived.empty() && is_blamed) return finding.verdict;
    return std::min(finding.verdict, Verdict::Watch);
}

class Report {
  public:
    explicit Report(const Judgement& judgement) : judgement_{&judgement} {
        for (const Coverage& coverage : judgement.coverage) {
            suite_of_[coverage.metric] = coverage.suite;
        }
        for (const NodeVerdict& node : judgement.nodes) add_node(node);
        for (const RackVerdict& rack : judgement.racks) add_rack(rack);
        add_rest();
        for (const std::string& stage : judgement.left_out) {
            const std::string_view what = std::string_view{stage}.substr(0, stage.find(':'));
            add(Kind::Run, "run", {what, Verdict::Pass, {}, stage});
        }
        add(Kind::Run, "run",
            {"complete",
             judgement.run_complete ? Verdict::Pass : Verdict::NoData,
             {},
             judgement.run_complete ? "" : "the run did not bring every cell to its end"});
    }

    [[nodiscard]] std::string xml() const {
        TestSuite all;
        std::string text;
        for (const auto& [key, suite] : suites_) {
            all.count(suite);
            text += suite.xml(key.second);
        }
        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" +
               fmt::format("<testsuites name=\"rackproof {}\" {}>\n", xml_text(judgement_->run_id),
                           all.counts()) +
               text + "</testsuites>\n";
    }

  private:
    enum class Kind : std::uint8_t { OfTheRun, Node, Rack, Fleet, Run };

    void add(Kind kind, const std::string& suite, const TestCase& test_case) {
        suites_[{kind, suite}].add(suite, test_case);
    }

    /// A test case for each suite that the node has, and one for what belongs to none.
    void add_node(const NodeVerdict& node) {
        std::map<std::string, TestCase> by_suite;
        TestCase rest{node.node, Verdict::Pass, {}, "its verdict"};
        for (const auto& [suite, seen] : node.suites) {
            by_suite[suite] = {node.node,
                               Verdict::Pass,
                               {},
                               seen.completed == 0 ? "not measured"
                               : seen.judged == 0  ? "measured, and held against nothing"
                                                   : ""};
        }
        Verdict told_of = Verdict::Pass;
        for (const std::int32_t id : node.findings) {
            const Finding& finding = judgement_->findings[at(id)];
            const auto suite = suite_of_.find(finding.metric);
            const auto known = by_suite.find(suite == suite_of_.end() ? "" : suite->second);
            TestCase& test_case = known == by_suite.end() ? rest : known->second;
            const Verdict verdict = counted(finding, node.node);
            if (verdict == finding.verdict) told_.insert(id);
            test_case.findings.push_back(&finding);
            test_case.verdict = worst(test_case.verdict, verdict);
            told_of = worst(told_of, verdict);
        }
        // A node never passes here what it does not pass there.
        if (told_of < node.verdict) rest.verdict = node.verdict;
        if (rest.verdict == Verdict::Pass) rest.without = "";
        for (const auto& [suite, test_case] : by_suite) add(Kind::OfTheRun, suite, test_case);
        add(Kind::Node, "node", rest);
    }

    void add_rack(const RackVerdict& rack) {
        TestCase test_case{rack.rack, rack.verdict, {}, ""};
        if (rack.verdict != Verdict::Pass) test_case.without = "no node of it does better";
        for (const std::int32_t id : rack.findings) {
            test_case.findings.push_back(&judgement_->findings[at(id)]);
            told_.insert(id);
        }
        add(Kind::Rack, "rack", test_case);
    }

    /// Findings that no node and no rack has answered for.
    void add_rest() {
        for (const Finding& finding : judgement_->findings) {
            if (told_.contains(finding.id) || !finding.waived.empty()) continue;
            const std::string name = fmt::format("finding {}", finding.id);
            add(Kind::Fleet, "fleet", {name, finding.verdict, {&finding}, ""});
        }
    }

    const Judgement* judgement_;
    std::map<std::string, std::string> suite_of_;
    std::set<std::int32_t> told_;  ///< findings that some test case counts in full
    std::map<std::pair<Kind, std::string>, TestSuite> suites_;
};

}  // namespace

std::string junit_xml(const Judgement& judgement) { return Report{judgement}.xml(); }

}  // namespace rackproof
