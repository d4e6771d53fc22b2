#include "results/csv_columns.hpp"

#include <algorithm>
#include <set>

#include "core/utf8.hpp"

namespace rackproof::csv {
namespace {

constexpr std::array<std::string_view, kColumns> kNames = {
    "node", "metric", "value", "device", "peer", "run",     "time",    "rack",   "row",   "slot",
    "sku",  "vendor", "unit",  "better", "rep",  "attempt", "outcome", "reason", "waived"};

constexpr std::size_t kMostColumns = 1000;

[[noreturn]] void refuse(const Source& source, const Row& header, std::size_t field,
                         std::string problem) {
    const BadRow bad = source.bad_field(header, field, std::move(problem));
    throw InputError{bad.place(), bad.problem};
}

}  // namespace

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

Columns::Columns(const Source& source, const Row& header) : count_{header.fields.size()} {
    if (count_ > kMostColumns) refuse(source, header, 0, "more than 1000 columns");
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < count_; ++i) {
        const std::string_view name = trimmed(header.fields[i]);
        const bool fits = !name.empty() && printable(name) == name;
        if (!fits) refuse(source, header, i, "a column without a name; expected one in each field");
        if (!seen.insert(name).second) {
            refuse(source, header, i, "the column '" + std::string{name} + "' stands twice");
        }
        const auto* known = std::ranges::find(kNames, name);
        if (known == kNames.end()) {
            labels_.push_back({std::string{name}, i});
        } else {
            field_[static_cast<std::size_t>(known - kNames.begin())] = i;
        }
    }
    for (const Column required : {Column::Node, Column::Metric, Column::Value}) {
        if (has(required)) continue;
        refuse(source, header, 0,
               "the column '" + std::string{kNames[index(required)]} +
                   "' is missing; expected a first line with at least: node, metric, value");
    }
}

}  // namespace rackproof::csv
