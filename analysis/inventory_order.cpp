#include <fmt/core.h>

#include <map>
#include <optional>
#include <string>

#include "analysis/inventory_columns.hpp"
#include "analysis/inventory_keys.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

/// Where a serial stands: the value with the kind of part ("gpu.serial"), so that a board's and a
/// chassis's of the same digits are two.
struct Spot {
    std::size_t node = 0;
    std::string_view column;
};
using Spots = std::map<std::pair<std::string_view, std::string_view>, Spot>;

Spots spots_of(const InventoryColumns& columns) {
    Spots spots;
    for (const InventoryColumn* column : columns.all()) {
        if (!is_identity(column->key)) continue;
        for (std::size_t i = 0; i < column->values.size(); ++i) {
            if (column->values[i].empty()) continue;
            spots.emplace(std::pair{key_of(column->key), std::string_view{column->values[i]}},
                          Spot{i, column->key});
        }
    }
    return spots;
}

std::string name_of(std::string_view column) {
    const std::string_view part = part_of(column);
    return std::string{key_of(column)} + (part.empty() ? "" : " of " + std::string{part});
}

Draft draft(const InventoryColumns& columns, std::size_t node, std::string_view column,
            Verdict verdict, std::string what) {
    Draft made;
    made.finding.verdict = verdict;
    made.finding.kind = verdict == Verdict::NoData ? FindingKind::Missing : FindingKind::Hardware;
    made.finding.rule = "order";
    made.finding.action =
        verdict == Verdict::Watch
            ? "Put the part where the delivery list has it, or correct the list."
            : "Look for the part with the vendor's delivery papers: until it is found it is not "
              "delivered.";
    made.place = columns.place_of_columns(node, {column});
    made.what = std::move(what);
    return made;
}

/// One ordered part of one node.
void check(const InventoryColumns& columns, const Spots& spots, std::size_t node,
           const std::string& label, const std::string& ordered, std::vector<Draft>& drafts) {
    const std::string_view found = columns.value(label, node);
    if (found == ordered) return;
    const std::string what =
        printable(name_of(label)) + " is ordered as '" + printable(ordered) + "'";
    const auto elsewhere = spots.find({key_of(label), ordered});
    if (elsewhere != spots.end()) {
        const Spot& spot = elsewhere->second;
        const std::string where =
            spot.node == node ? "this node" : columns.run().nodes[spot.node].name;
        drafts.push_back(draft(columns, node, label, Verdict::Watch,
                               fmt::format("{}, which is in {} as {}", what, printable(where),
                                           printable(name_of(spot.column)))));
    } else if (found.empty()) {
        const std::string why = columns.why_unknown(node, label);
        drafts.push_back(
            draft(columns, node, label, Verdict::NoData,
                  what + " and is not known" + (why.empty() ? "" : " (" + printable(why) + ")")));
    } else {
        drafts.push_back(draft(columns, node, label, Verdict::Fail,
                               what + ", which is nowhere; '" + printable(found) + "' is there"));
    }
}

}  // namespace

void compare_with_order(const InventoryColumns& columns, std::vector<Draft>& drafts) {
    std::optional<Spots> spots;  // most fleets have no such labels
    const std::vector<Node>& nodes = columns.run().nodes;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (!columns.has_spoken(i)) continue;
        for (const auto& [label, ordered] : nodes[i].labels) {
            if (!is_identity(label) || ordered.empty()) continue;
            if (!spots) spots = spots_of(columns);
            check(columns, *spots, i, label, ordered, drafts);
        }
    }
}

}  // namespace rackproof
