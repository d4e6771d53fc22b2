#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "results/csv_source.hpp"

namespace rackproof::csv {

/// The columns that mean something; any other is a label of the node.
enum class Column : std::uint8_t {
    Node,
    Metric,
    Value,
    Device,
    Peer,
    Run,
    Time,
    Rack,
    NodeRow,
    Slot,
    Sku,
    Vendor,
    Unit,
    Better,
    Rep,
    Attempt,  ///< this and the next three: what `rackproof report --csv` adds
    Outcome,
    Reason,
    Waived,
};
inline constexpr std::size_t kColumns = 19;

/// A field without the spaces around it.
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// Which field of a row is which column.
class Columns {
  public:
    /// From the first row. Throws InputError, with its place, if a required column is missing or
    /// one stands twice.
    Columns(const Source& source, const Row& header);

    [[nodiscard]] bool has(Column column) const { return field_[index(column)].has_value(); }
    /// The field's number in the row; only if the column is there.
    [[nodiscard]] std::size_t field(Column column) const { return *field_[index(column)]; }
    /// The text of a row's field; empty if the column is not there.
    [[nodiscard]] std::string_view text(const Row& row, Column column) const {
        const auto& field = field_[index(column)];
        return field ? row.fields[*field] : std::string_view{};
    }
    [[nodiscard]] std::size_t count() const { return count_; }

    struct Label {
        std::string name;
        std::size_t field = 0;
    };
    [[nodiscard]] const std::vector<Label>& labels() const { return labels_; }

  private:
    static std::size_t index(Column column) { return static_cast<std::size_t>(column); }

    std::array<std::optional<std::size_t>, kColumns> field_;
    std::vector<Label> labels_;
    std::size_t count_ = 0;
};

}  // namespace rackproof::csv
