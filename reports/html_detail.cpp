#include "reports/html_detail.hpp"

#include <algorithm>
#include <numeric>

#include "core/index.hpp"

namespace rackproof {
namespace {

/// With their values as float32 this is about 4 MB of page.
constexpr std::size_t kMostValues = 750'000;

/// Worst first, then who has more findings; in the run's order else.
std::vector<std::int32_t> not_passed(const Judgement& judgement) {
    std::vector<std::int32_t> worst;
    for (std::size_t i = 0; i < judgement.nodes.size(); ++i) {
        const NodeVerdict& node = judgement.nodes[i];
        if (node.verdict != Verdict::Pass || node.waived > 0) {
            worst.push_back(static_cast<std::int32_t>(i));
        }
    }
    std::ranges::stable_sort(worst, [&](std::int32_t a, std::int32_t b) {
        const NodeVerdict& x = judgement.nodes[at(a)];
        const NodeVerdict& y = judgement.nodes[at(b)];
        if (x.verdict != y.verdict) return x.verdict > y.verdict;
        return x.findings.size() > y.findings.size();
    });
    return worst;
}

}  // namespace

HtmlDetail detail_of(const Run& facts, const Judgement& judgement, std::size_t metrics) {
    HtmlDetail detail;
    detail.worst = not_passed(judgement);
    const std::size_t nodes = facts.nodes.size();
    const std::size_t values = (nodes + facts.devices.size()) * std::max<std::size_t>(metrics, 1);
    detail.is_all = values <= kMostValues;
    if (detail.is_all) {
        detail.nodes.resize(nodes);
        std::iota(detail.nodes.begin(), detail.nodes.end(), 0);
    } else {
        const std::size_t a_node = std::max<std::size_t>(values / nodes, 1);
        const std::size_t room = kMostValues / a_node;
        const std::size_t taken = std::min(detail.worst.size(), room);
        detail.left_out = detail.worst.size() - taken;
        detail.nodes.assign(detail.worst.begin(),
                            detail.worst.begin() + static_cast<std::ptrdiff_t>(taken));
        std::ranges::sort(detail.nodes);
    }
    detail.of_node.assign(nodes, -1);
    for (std::size_t i = 0; i < detail.nodes.size(); ++i) {
        detail.of_node[at(detail.nodes[i])] = static_cast<std::int32_t>(i);
    }
    detail.of_device.assign(facts.devices.size(), -1);
    for (std::size_t i = 0; i < facts.devices.size(); ++i) {
        const std::int32_t node = facts.devices[i].node;
        if (node < 0 || at(node) >= nodes || detail.of_node[at(node)] < 0) continue;
        detail.of_device[i] = static_cast<std::int32_t>(detail.devices.size());
        detail.devices.push_back(static_cast<std::int32_t>(i));
    }
    return detail;
}

}  // namespace rackproof
