#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/metric.hpp"
#include "core/outcome.hpp"
#include "core/run.hpp"
#include "results/csv_columns.hpp"

namespace rackproof::csv {

/// What is wrong with a field, as a sentence that says what was expected.
struct FieldProblem {
    Column column = Column::Node;
    std::string text;
};

/// When a value was taken: seconds since the run started, or since 1970.
struct EntryTime {
    double seconds = 0;
    bool absolute = false;
};

/// One row, each field checked by itself. Texts are views of the row.
struct Entry {
    std::string_view node;
    std::string_view metric;
    double value = kNoValue;   ///< as written, before its unit is scaled
    std::int32_t device = -1;  ///< -1 = measured on the node
    std::string_view peer;     ///< node of the other end; empty = no pair
    std::int32_t peer_device = -1;
    std::optional<std::int32_t> rep;
    std::int32_t attempt = 0;
    std::optional<EntryTime> time;
    std::optional<Outcome> outcome;
    std::optional<Direction> better;
    std::string_view unit;
    std::string_view reason;
};

/// Reads a row into `entry`; nullopt if all of its fields can be read. Names are checked for
/// emptiness alone: what they may hold is looked at once for each.
[[nodiscard]] std::optional<FieldProblem> parse_entry(const Columns& columns, const Row& row,
                                                      Entry& entry);

/// What is wrong with a name of a node (or any text that is kept), as the end of a sentence; empty
/// if nothing is: UTF-8 without control characters, at most 255 bytes.
[[nodiscard]] std::string name_problem(std::string_view name);

}  // namespace rackproof::csv
