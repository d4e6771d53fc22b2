#include "analysis/run_facts.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "analysis/inventory_keys.hpp"

namespace rackproof {
namespace {

/// By name: how many say what.
class FactCounts {
  public:
    void add(const std::string& name, const std::string& value) {
        if (!value.empty()) ++counts_[name][value];
    }

    [[nodiscard]] std::vector<RunFact> facts() const {
        std::vector<RunFact> facts;
        for (const auto& [name, values] : counts_) {
            RunFact fact{name, {}, 0, 0};
            for (const auto& [value, count] : values) {
                fact.known += count;
                if (count <= fact.holders) continue;
                fact.value = value;
                fact.holders = count;
            }
            facts.push_back(std::move(fact));
        }
        return facts;
    }

  private:
    std::map<std::string, std::map<std::string, std::int64_t>> counts_;
};

/// Of a run there is one set of them, whatever measured with which.
std::string libraries_of(const Run& run) {
    std::set<std::string> names;
    for (const Variant& variant : run.variants) {
        if (!variant.library.empty()) names.insert(variant.library);
    }
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

}  // namespace

std::vector<RunFact> run_facts(const Run& run) {
    FactCounts counts;
    for (const auto& [name, value] : run.environment) counts.add("environment " + name, value);
    counts.add("launcher", run.launcher);
    counts.add("libraries", libraries_of(run));
    counts.add("plan", run.plan_name);
    counts.add("rackproof", run.tool_version);
    for (const Node& node : run.nodes) {
        counts.add("node sku", node.sku);
        counts.add("node vendor", node.vendor);
    }
    for (const Device& device : run.devices) {
        counts.add("device kind", device.kind);
        counts.add("device model", device.model);
        counts.add("device driver", device.driver);
        counts.add("device vbios", device.vbios);
    }
    for (const InventoryColumn& column : run.inventory) {
        if (comparison_of(column.key) == Comparison::Own) continue;
        const std::string name{key_of(column.key)};
        for (const std::string& value : column.values) counts.add(name, value);
    }
    return counts.facts();
}

std::vector<FactDifference> differing_facts(const std::vector<std::vector<RunFact>>& runs) {
    std::map<std::string, FactDifference> by_name;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        for (const RunFact& fact : runs[i]) {
            FactDifference& found = by_name[fact.name];
            found.name = fact.name;
            found.of_run.resize(runs.size());
            found.of_run[i] = fact;
        }
    }
    std::vector<FactDifference> differences;
    for (auto& [name, each] : by_name) {
        const bool same = std::ranges::all_of(each.of_run, [&each = each](const auto& fact) {
            return fact && agree(comparison_of(each.name), fact->value, each.of_run.front()->value);
        });
        if (!same) differences.push_back(std::move(each));
    }
    return differences;
}

}  // namespace rackproof
