#include "analysis/inventory_columns.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <tuple>

#include "analysis/inventory_keys.hpp"
#include "analysis/rules.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

constexpr const char* kNotKnown = "hwcheck.not_known";

constexpr const char* kAfterMismatch =
    "Bring the node to what is expected (firmware, settings, part) or change what is expected, and "
    "check again.";
constexpr const char* kAfterUnknown =
    "Find out why it cannot be read there (permissions, driver, a missing part) and check again: "
    "what is not known is not known to be right.";

std::string quoted(std::string_view text) {
    constexpr std::size_t kMostBytes = 80;
    return "'" + shortened(printable(text), kMostBytes) + "'";
}

using Deviations = std::vector<const Deviation*>;

std::vector<std::string_view> columns_of(const Deviations& group) {
    std::vector<std::string_view> names;
    for (const Deviation* each : group) names.push_back(each->column);
    return names;
}

/// One key, on one or several parts.
std::string words_for_key(const InventoryColumns& columns, const Deviations& group) {
    const Deviation& first = *group.front();
    const std::string_view found = columns.value(first.column, first.node);
    std::vector<std::string> parts;
    for (const Deviation* each : group) {
        const std::string_view part = part_of(each->column);
        if (!part.empty()) parts.emplace_back(printable(part));
    }
    std::string text = printable(key_of(first.column));
    if (!parts.empty()) text += " of " + some_of(parts);
    if (found.empty()) {
        const std::string why = columns.why_unknown(first.node, first.column);
        text += " is not known" + (why.empty() ? "" : " (" + printable(why) + ")") + "; expected " +
                quoted(first.expected);
    } else {
        text += " is " + quoted(found) + " instead of " + quoted(first.expected);
    }
    return text + ", as " + first.against;
}

std::string words_for_many(const InventoryColumns& columns, const std::vector<Deviations>& groups) {
    std::vector<std::string> keys;
    std::size_t items = 0;
    for (const Deviations& group : groups) {
        keys.emplace_back(printable(key_of(group.front()->column)));
        items += group.size();
    }
    return fmt::format("{} items of its inventory are not as expected: {}; first: {}", items,
                       some_of(keys), words_for_key(columns, groups.front()));
}

Draft draft_of(const InventoryColumns& columns, const Deviation& first,
               const std::vector<std::string_view>& names, std::string what) {
    Draft draft;
    const bool unseen = first.verdict == Verdict::NoData;
    draft.finding.verdict = first.verdict;
    draft.finding.kind = unseen ? FindingKind::Missing : FindingKind::Drift;
    draft.finding.rule = first.rule;
    draft.finding.action = unseen ? kAfterUnknown : kAfterMismatch;
    draft.finding.provisional = first.provisional;
    draft.place = columns.place_of_columns(first.node, names);
    draft.what = std::move(what);
    return draft;
}

/// All deviations of one node, rule and verdict, from one provisional source or none.
void tell_node(const InventoryColumns& columns, const std::vector<Deviations>& groups,
               std::vector<Draft>& drafts) {
    constexpr std::size_t kMostKeys = 6;
    if (groups.size() <= kMostKeys) {
        for (const Deviations& group : groups) {
            drafts.push_back(draft_of(columns, *group.front(), columns_of(group),
                                      words_for_key(columns, group)));
        }
        return;
    }
    std::vector<std::string_view> names;
    for (const Deviations& group : groups)
        std::ranges::copy(columns_of(group), std::back_inserter(names));
    drafts.push_back(
        draft_of(columns, *groups.front().front(), names, words_for_many(columns, groups)));
}

}  // namespace

InventoryColumns::InventoryColumns(const Survey& survey)
    : survey_{&survey}, spoken_(survey.run->nodes.size(), false) {
    // Columns of other origin (imported, simulated) are facts that explain, not an inventory.
    if (std::ranges::find(survey.run->inventory, kNotKnown, &InventoryColumn::key) ==
        survey.run->inventory.end()) {
        return;
    }
    for (const InventoryColumn& column : survey.run->inventory) {
        const bool of_a_rank = column.key.starts_with("nvml.") || column.key.starts_with("worker.");
        const bool whole = column.values.size() == survey.run->nodes.size();
        if (column.scope != Scope::Node || of_a_rank || !whole) continue;
        columns_.push_back(&column);
        by_name_.emplace(column.key, &column);
        for (std::size_t i = 0; i < column.values.size(); ++i) {
            if (!column.values[i].empty()) spoken_[i] = true;
        }
    }
    for (std::size_t i = 0; i < survey.run->devices.size(); ++i) {
        const std::string& uuid = survey.run->devices[i].uuid;
        if (!uuid.empty()) gpus_.emplace(uuid, static_cast<std::int32_t>(i));
    }
}

const InventoryColumn* InventoryColumns::find(std::string_view column) const {
    const auto found = by_name_.find(column);
    return found == by_name_.end() ? nullptr : found->second;
}

std::string_view InventoryColumns::value(std::string_view column, std::size_t node) const {
    const InventoryColumn* found = find(column);
    if (found == nullptr) return {};
    return found->values[node];
}

/// The column of that name holds "KEY: why; KEY: why".
std::string InventoryColumns::why_unknown(std::size_t node, std::string_view column) const {
    const InventoryColumn* told = find(kNotKnown);
    if (told == nullptr) return {};
    const std::string text = "; " + told->values[node];
    const std::string name = "; " + std::string{column} + ": ";
    const std::size_t found = text.find(name);
    if (found == std::string::npos) return {};
    const std::size_t begin = found + name.size();
    return text.substr(begin, text.find("; ", begin) - begin);
}

Place InventoryColumns::place_of_columns(std::size_t node,
                                         const std::vector<std::string_view>& columns) const {
    Place place{.node = static_cast<std::int32_t>(node)};
    const std::string_view part = part_of(columns.front());
    const bool one_gpu = !part.empty() && std::ranges::all_of(columns, [part](auto column) {
        return column.starts_with("gpu.") && part_of(column) == part;
    });
    const InventoryColumn* uuids = one_gpu ? find("gpu.uuid@" + std::string{part}) : nullptr;
    if (uuids == nullptr) return place;
    const auto device = gpus_.find(uuids->values[node]);
    if (device == gpus_.end()) return place;
    return place_of(run(), Scope::Device, Target{device->second, -1}).value_or(place);
}

void tell_deviations(const InventoryColumns& columns, std::vector<Deviation> deviations,
                     std::vector<Draft>& drafts) {
    const auto owner = [](const Deviation& d) {
        return std::tuple{d.node, d.verdict, std::string_view{d.rule}, d.provisional};
    };
    const auto group_of = [](const Deviation& d, const InventoryColumns& all) {
        return std::tuple{key_of(d.column), d.expected, std::string_view{d.against},
                          all.value(d.column, d.node)};
    };
    std::ranges::sort(deviations, [&](const Deviation& a, const Deviation& b) {
        return std::tuple{owner(a), group_of(a, columns), a.column} <
               std::tuple{owner(b), group_of(b, columns), b.column};
    });
    std::vector<Deviations> groups;
    const auto tell = [&] {
        if (!groups.empty()) tell_node(columns, groups, drafts);
        groups.clear();
    };
    for (const Deviation& each : deviations) {
        if (!groups.empty() && owner(*groups.front().front()) != owner(each)) tell();
        const bool joins =
            !groups.empty() && group_of(*groups.back().front(), columns) == group_of(each, columns);
        if (!joins) groups.emplace_back();
        groups.back().push_back(&each);
    }
    tell();
}

bool is_governed(const Policy& policy, std::string_view sku, std::string_view column) {
    return std::ranges::any_of(policy.profiles, [&](const Profile& profile) {
        const std::string name{column};
        return matches(profile.sku, sku) &&
               (profile.must.contains(name) || profile.should.contains(name));
    });
}

void judge_inventory(const Survey& survey, const Policy& policy, std::size_t threads,
                     std::vector<Draft>& drafts) {
    const InventoryColumns columns{survey};
    compare_with_profiles(columns, policy, drafts);
    compare_with_majority(columns, policy, threads, drafts);
    compare_with_order(columns, drafts);
}

}  // namespace rackproof
