#include <algorithm>

#include "analysis/inventory_columns.hpp"
#include "analysis/inventory_keys.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

void compare_values(const InventoryColumns& columns, const Profile& profile,
                    const Profile::Values& values, Verdict otherwise,
                    const std::vector<std::size_t>& nodes, std::vector<Deviation>& deviations) {
    const std::string against =
        "the profile " + printable(profile.name) + " (" + printable(profile.source) + ") has it";
    for (const auto& [name, allowed] : values) {
        const Comparison comparison = comparison_of(name);
        for (const std::size_t node : nodes) {
            const std::string_view found = columns.value(name, node);
            const bool fits = std::ranges::any_of(allowed, [&](const std::string& one) {
                return !found.empty() && agree(comparison, found, one);
            });
            if (fits || allowed.empty()) continue;
            deviations.push_back({node, name, allowed.front(), against,
                                  found.empty() ? Verdict::NoData : otherwise, "profile"});
        }
    }
}

}  // namespace

void compare_with_profiles(const InventoryColumns& columns, const Policy& policy,
                           std::vector<Draft>& drafts) {
    std::vector<Deviation> deviations;
    for (const Profile& profile : policy.profiles) {
        std::vector<std::size_t> nodes;
        bool anybody = false;
        for (std::size_t i = 0; i < columns.run().nodes.size(); ++i) {
            if (!matches(profile.sku, columns.run().nodes[i].sku)) continue;
            anybody = true;
            if (columns.has_spoken(i)) {
                nodes.push_back(i);
            } else {
                drafts.push_back(no_data(
                    "profile", Place{.node = static_cast<std::int32_t>(i)}, kNoMetric,
                    "its inventory is not known, so the profile " + printable(profile.name) +
                        " was held against nothing",
                    "Run a plan with the suite hwcheck, or rackproof hwcheck, on the node."));
            }
        }
        if (!anybody) {
            drafts.push_back(no_data("profile", {}, kNoMetric,
                                     "the profile " + printable(profile.name) + " is for sku '" +
                                         printable(profile.sku) + "', and no node is of it",
                                     "Name the nodes' sku in the fleet file, or take the profile "
                                     "that is meant for them."));
        }
        compare_values(columns, profile, profile.must, Verdict::Fail, nodes, deviations);
        compare_values(columns, profile, profile.should, Verdict::Watch, nodes, deviations);
    }
    tell_deviations(columns, std::move(deviations), drafts);
}

}  // namespace rackproof
