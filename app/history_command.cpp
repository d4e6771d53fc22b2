#include <algorithm>
#include <limits>
#include <utility>

#include "analysis/node_values.hpp"
#include "app/commands.hpp"
#include "app/judge_file.hpp"
#include "app/output.hpp"
#include "app/stored_past.hpp"
#include "app/waiver_file.hpp"
#include "core/error.hpp"
#include "core/index.hpp"
#include "core/utf8.hpp"
#include "reports/node_history.hpp"
#include "results/stored_metrics.hpp"
#include "results/utc_time.hpp"

namespace rackproof {
namespace {

std::vector<std::string> events_of(const Run& run, const std::string& node) {
    constexpr std::size_t kMost = 20;
    std::vector<std::string> events;
    std::size_t more = 0;
    for (const Event& event : run.events) {
        if (event.node < 0 || run.nodes[at(event.node)].name != node) continue;
        if (event.severity == "info") continue;
        if (events.size() == kMost) {
            ++more;
            continue;
        }
        events.push_back(event.severity + " " + event.code + ": " + event.text);
    }
    if (more > 0) events.push_back(std::to_string(more) + " more");
    return events;
}

/// What has no place in time comes last, and is said to have none.
double order_of(const NodeNight& night) {
    return parse_utc(night.started).value_or(std::numeric_limits<double>::infinity());
}

NodeNight night_in(const std::filesystem::path& path, const HistoryArguments& arguments) {
    NodeNight night;
    StoredMetrics metrics{path};
    const Run& facts = metrics.facts();
    night.started = facts.started;
    night.plan = facts.plan_name;
    const bool is_there =
        std::ranges::find(facts.nodes, arguments.node, &Node::name) != facts.nodes.end();
    if (!is_there) return night;
    night.values = values_of_node(facts, metrics, arguments.node);
    night.events = events_of(facts, arguments.node);
    const Judgement judgement = waived(judge_file(path, arguments.policy), arguments.waivers);
    const auto node = std::ranges::find(judgement.nodes, arguments.node, &NodeVerdict::node);
    night.verdict = node->verdict;
    for (const std::int32_t id : node->findings) {
        night.findings.push_back(judgement.findings[at(id)]);
    }
    return night;
}

}  // namespace

int history_command(const HistoryArguments& arguments) {
    std::vector<NodeNight> nights;
    for (const std::filesystem::path& path : run_files_in(arguments.folder)) {
        nights.push_back(night_in(path, arguments));
    }
    if (std::ranges::none_of(nights,
                             [](const NodeNight& night) { return night.verdict.has_value(); })) {
        throw InputError{{arguments.folder.string(), {}, {}},
                         "no run knows a node '" + printable(arguments.node) +
                             "'; expected the name of one of its nodes"};
    }
    std::ranges::stable_sort(nights, [](const NodeNight& a, const NodeNight& b) {
        return std::pair{order_of(a), a.plan} < std::pair{order_of(b), b.plan};
    });
    write_stdout(node_history(arguments.node, nights, stdout_style()));
    return 0;
}

}  // namespace rackproof
