#include <algorithm>

#include "analysis/inventory_columns.hpp"
#include "analysis/inventory_keys.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

/// "the profile h200-8", or that it is provisional.
std::string name_of(const Profile& profile) {
    return (profile.provisional ? "the provisional profile " : "the profile ") +
           printable(profile.name);
}

std::string_view source_if_provisional(const Profile& profile) {
    return profile.provisional ? profile.source : std::string_view{};
}

void compare_values(const InventoryColumns& columns, const Profile& profile,
                    const Profile::Values& values, Verdict otherwise,
                    const std::vector<std::size_t>& nodes, std::vector<Deviation>& deviations) {
    const std::string against = name_of(profile) + " (" + printable(profile.source) + ") has it";
    for (const auto& [name, allowed] : values) {
        const Comparison comparison = comparison_of(name);
        for (const std::size_t node : nodes) {
            const std::string_view found = columns.value(name, node);
            const bool fits = std::ranges::any_of(allowed, [&](const std::string& one) {
                return !found.empty() && agree(comparison, found, one);
            });
            if (fits || allowed.empty()) continue;
            deviations.push_back({node, name, allowed.front(), against,
                                  found.empty() ? Verdict::NoData : otherwise, "profile",
                                  source_if_provisional(profile)});
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
        const auto add = [&](Draft draft) {
            draft.finding.provisional = source_if_provisional(profile);
            drafts.push_back(std::move(draft));
        };
        for (std::size_t i = 0; i < columns.run().nodes.size(); ++i) {
            if (!matches(profile.sku, columns.run().nodes[i].sku)) continue;
            anybody = true;
            if (columns.has_spoken(i)) {
                nodes.push_back(i);
            } else {
                add(no_data(
                    "profile", Place{.node = static_cast<std::int32_t>(i)}, kNoMetric,
                    "its inventory is not known, so " + name_of(profile) +
                        " was held against nothing",
                    "Run a plan with the suite hwcheck, or rackproof hwcheck, on the node."));
            }
        }
        if (!anybody) {
            add(no_data("profile", {}, kNoMetric,
                        name_of(profile) + " is for sku '" + printable(profile.sku) +
                            "', and no node is of it",
                        "Name the nodes' sku in the fleet file, or take the profile "
                        "that is meant for them."));
        }
        compare_values(columns, profile, profile.must, Verdict::Fail, nodes, deviations);
        compare_values(columns, profile, profile.should, Verdict::Watch, nodes, deviations);
    }
    tell_deviations(columns, std::move(deviations), drafts);
}

}  // namespace rackproof
