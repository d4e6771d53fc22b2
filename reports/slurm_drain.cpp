#include "reports/slurm_drain.hpp"

#include "core/fleet.hpp"
#include "core/utf8.hpp"
#include "reports/text_layout.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kLongestReason = 200;

std::string reason_for(const Judgement& judgement, const NodeVerdict& node) {
    std::string why = "verdict fail";
    for (const std::int32_t index : node.findings) {
        const Finding& finding = judgement.findings.at(static_cast<std::size_t>(index));
        if (finding.verdict != Verdict::Fail || !finding.waived.empty()) continue;
        why = finding.sentence;
        break;
    }
    return shortened(clean("rackproof: " + why), kLongestReason);
}

/// Of a node that does not fail: the failing finding that somebody bears, if there is one.
std::string borne_by(const Judgement& judgement, const NodeVerdict& node) {
    constexpr std::size_t kLongestLine = 400;
    for (const std::int32_t index : node.findings) {
        const Finding& finding = judgement.findings.at(static_cast<std::size_t>(index));
        if (finding.verdict != Verdict::Fail || finding.waived.empty()) continue;
        return shortened(clean(node.node + ": waived " + finding.waived + ": " + finding.sentence),
                         kLongestLine);
    }
    return {};
}

}  // namespace

DrainCommands drain_commands(const Judgement& judgement) {
    DrainCommands drain;
    for (const NodeVerdict& node : judgement.nodes) {
        if (node.verdict != Verdict::Fail) {
            std::string borne = borne_by(judgement, node);
            if (!borne.empty()) drain.borne.push_back(std::move(borne));
            continue;
        }
        if (!host_name_problem(node.node).empty()) {
            drain.refused.push_back(clean(node.node));
            continue;
        }
        drain.commands.push_back({"scontrol", "update", "NodeName=" + node.node, "State=DRAIN",
                                  "Reason=" + reason_for(judgement, node)});
    }
    return drain;
}

std::string drain_script(const Judgement& judgement) {
    const DrainCommands drain = drain_commands(judgement);
    std::string script;
    for (const std::vector<std::string>& command : drain.commands) {
        std::string line;
        for (const std::string& word : command) {
            line.append(line.empty() ? "" : " ").append(shell_word(word));
        }
        script += line + "\n";
    }
    for (const std::string& name : drain.refused) {
        script += "# failed, but no host name that Slurm could know: " + name + "\n";
    }
    for (const std::string& borne : drain.borne) script += "# not drained: " + borne + "\n";
    return script;
}

std::string shell_word(std::string_view word) {
    constexpr std::string_view kPlain =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./:=,+@%";
    if (!word.empty() && word.find_first_not_of(kPlain) == std::string_view::npos) {
        return std::string{word};
    }
    std::string quoted = "'";
    for (const char c : word) {
        if (c == '\'') {
            quoted += "'\\''";
        } else {
            quoted += c;
        }
    }
    return quoted + "'";
}

}  // namespace rackproof
