#include "app/hwcheck_text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>
#include <vector>

#include "analysis/inventory_keys.hpp"
#include "core/utf8.hpp"
#include "reports/text_layout.hpp"

namespace rackproof {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kIndent = 4;

/// "cpu" of "cpu.model".
std::string group_of(const std::string& key) { return key.substr(0, key.find('.')); }

/// One line: a key, the parts that share the value, and the value.
struct Line {
    std::string key;
    std::string value;
    std::vector<std::string> parts;
};

std::vector<Line> lines_of(const Inventory& inventory) {
    std::vector<Line> lines;
    std::map<std::pair<std::string, std::string>, std::size_t> places;
    for (const InventoryItem& item : inventory.items) {
        if (item.value.empty()) continue;
        const auto [place, is_new] = places.emplace(std::pair{item.key, item.value}, lines.size());
        if (is_new) lines.push_back({item.key, item.value, {}});
        if (!item.part.empty()) lines[place->second].parts.push_back(item.part);
    }
    return lines;
}

std::string parts_text(const std::vector<std::string>& parts) {
    constexpr std::size_t kMost = 6;
    std::string text;
    for (std::size_t i = 0; i < std::min(parts.size(), kMost); ++i) {
        text += (i > 0 ? " " : "") + parts[i];
    }
    if (parts.size() > kMost) text += fmt::format(" and {} more", parts.size() - kMost);
    return text;
}

std::string known_text(const Inventory& inventory, std::size_t columns) {
    std::string text;
    std::string group;
    std::set<std::string> told;
    const std::vector<Line> lines = lines_of(inventory);
    for (const Line& first : lines) {
        group = group_of(first.key);
        if (!told.insert(group).second) continue;
        text += (text.empty() ? "" : "\n") + group + "\n";
        for (const Line& line : lines) {
            if (group_of(line.key) != group) continue;
            std::string name = line.key == group ? "" : line.key.substr(group.size() + 1);
            if (!line.parts.empty()) {
                name += (name.empty() ? "" : " ") + ("[" + parts_text(line.parts) + "]");
            }
            text += paragraph("  ", kIndent, clean(name + ": " + line.value), columns);
        }
    }
    return text;
}

/// By reason, so that "needs root" stands once.
std::string unknown_text(const Inventory& inventory, std::size_t columns) {
    std::map<std::string, std::vector<std::string>> by_reason;
    std::size_t count = 0;
    for (const InventoryItem& item : inventory.items) {
        if (!item.value.empty()) continue;
        ++count;
        std::vector<std::string>& keys = by_reason[item.why_unknown];
        if (keys.empty() || keys.back() != item.key) keys.push_back(item.key);
    }
    if (count == 0) return {};
    std::string text = fmt::format("\nnot known: {}\n", count);
    for (auto& [reason, keys] : by_reason) {
        std::ranges::sort(keys);
        keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
        std::string all;
        for (const std::string& key : keys) all += (all.empty() ? "" : ", ") + key;
        text += paragraph("  ", kIndent, clean(reason + ": " + all), columns);
    }
    return text;
}

std::string events_text(const Inventory& inventory, std::size_t columns) {
    if (inventory.events.empty()) return {};
    std::string text = "\nseen\n";
    for (const InventoryEvent& event : inventory.events) {
        const std::string part = event.part.empty() ? "" : " [" + event.part + "]";
        text +=
            paragraph("  ", kIndent,
                      clean(event.severity + " " + event.code + part + ": " + event.text), columns);
    }
    return text;
}

/// A label's value in Prometheus's text format.
std::string escaped(const std::string& text) {
    std::string out;
    for (const char c : printable(text)) {
        if (c == '\\' || c == '"') out += '\\';
        out += c;
    }
    return out;
}

bool is_counter(const InventoryItem& item) {
    const bool number =
        !item.value.empty() && item.value.find_first_not_of("0123456789") == std::string::npos;
    return number && comparison_of(item.key) == Comparison::Own && !is_identity(item.key);
}

}  // namespace

std::string inventory_text(const Inventory& inventory, const TableStyle& style) {
    const auto columns = static_cast<std::size_t>(std::max(style.columns, 40));
    return known_text(inventory, columns) + unknown_text(inventory, columns) +
           events_text(inventory, columns);
}

std::string inventory_json(const Inventory& inventory, const Judgement& judgement,
                           const std::string& read_at) {
    Json items = Json::array();
    for (const InventoryItem& item : inventory.items) {
        Json one{{"key", valid_utf8(item.key)}, {"part", valid_utf8(item.part)}};
        one["value"] = item.value.empty() ? Json{} : Json(valid_utf8(item.value));
        one["source"] = valid_utf8(item.source);
        if (item.value.empty()) one["why_unknown"] = valid_utf8(item.why_unknown);
        items.push_back(std::move(one));
    }
    Json events = Json::array();
    for (const InventoryEvent& event : inventory.events) {
        events.push_back({{"part", valid_utf8(event.part)},
                          {"severity", event.severity},
                          {"code", valid_utf8(event.code)},
                          {"text", valid_utf8(event.text)}});
    }
    const Json all{{"format", "rackproof-inventory"},
                   {"format_version", 1},
                   {"node", judgement.nodes.empty() ? "" : valid_utf8(judgement.nodes[0].node)},
                   {"read", read_at},
                   {"items", std::move(items)},
                   {"events", std::move(events)},
                   {"verdicts", Json::parse(verdict_json(judgement))}};
    return all.dump(1) + "\n";
}

std::string inventory_metrics(const Inventory& inventory, const Judgement& judgement) {
    const std::string node = escaped(judgement.nodes.empty() ? "" : judgement.nodes[0].node);
    const auto read_s = std::chrono::duration_cast<std::chrono::seconds>(
                            std::chrono::system_clock::now().time_since_epoch())
                            .count();
    std::string text;
    const auto head = [&](const char* name, const char* type, const char* help) {
        text += fmt::format("# HELP rackproof_hwcheck_{0} {2}\n# TYPE rackproof_hwcheck_{0} {1}\n",
                            name, type, help);
    };
    head("time_seconds", "gauge", "When the node was read, since 1970.");
    text += fmt::format("rackproof_hwcheck_time_seconds{{node=\"{}\"}} {}\n", node, read_s);
    head("verdict", "gauge", "1 for the verdict that stands, 0 for the others.");
    for (const Verdict verdict : {Verdict::Pass, Verdict::Watch, Verdict::NoData, Verdict::Fail}) {
        const bool stands = !judgement.nodes.empty() && judgement.nodes[0].verdict == verdict;
        text += fmt::format("rackproof_hwcheck_verdict{{node=\"{}\",verdict=\"{}\"}} {}\n", node,
                            to_string(verdict), stands ? 1 : 0);
    }
    head("findings", "gauge", "Findings by verdict.");
    for (const Verdict verdict : {Verdict::Watch, Verdict::NoData, Verdict::Fail}) {
        text += fmt::format("rackproof_hwcheck_findings{{node=\"{}\",verdict=\"{}\"}} {}\n", node,
                            to_string(verdict),
                            std::ranges::count(judgement.findings, verdict, &Finding::verdict));
    }
    head("items", "gauge", "Items of the inventory, known and not.");
    const auto unknown = std::ranges::count_if(
        inventory.items, [](const InventoryItem& item) { return item.value.empty(); });
    text += fmt::format(
        "rackproof_hwcheck_items{{node=\"{0}\",known=\"yes\"}} {1}\n"
        "rackproof_hwcheck_items{{node=\"{0}\",known=\"no\"}} {2}\n",
        node, static_cast<std::ptrdiff_t>(inventory.items.size()) - unknown, unknown);
    head("count", "untyped", "A counter of the hardware, as it stands.");
    for (const InventoryItem& item : inventory.items) {
        if (!is_counter(item)) continue;
        text += fmt::format("rackproof_hwcheck_count{{node=\"{}\",key=\"{}\",part=\"{}\"}} {}\n",
                            node, escaped(item.key), escaped(item.part), item.value);
    }
    return text;
}

}  // namespace rackproof
