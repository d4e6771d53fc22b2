#include "app/contract_file.hpp"

#include <fmt/core.h>

#include <cmath>

#include "app/plan_file.hpp"
#include "app/toml_table.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

constexpr double kMostHours = 100'000;  ///< eleven years

/// A number within [lowest, highest].
std::optional<double> number_within(TomlTable& table, std::string_view key, double lowest,
                                    double highest) {
    std::optional<double> number = table.number(key);
    if (!number || (*number >= lowest && *number <= highest)) return number;
    throw InputError{table.place_of(key), fmt::format("'{}' is {:.6g}; expected {:.6g} to {:.6g}",
                                                      key, *number, lowest, highest)};
}

std::string required_text(TomlTable& table, std::string_view key, std::string_view expected) {
    const std::optional<std::string> text = table.text(key);
    if (!text || text->empty()) table.refuse_missing(key, expected);
    return *text;
}

ContractLimit parse_contract_limit(TomlTable& table) {
    ContractLimit wanted;
    Limit& limit = wanted.limit;
    limit.pattern = required_text(table, "case", "the name of a case, \"*\" for any characters");
    limit.unit = table.text("unit").value_or(limit.unit);
    limit.min = table.number("min");
    limit.max = table.number("max");
    limit.source = required_text(table, "source", "where the number stands in the contract");
    wanted.percentile = number_within(table, "percentile", 0, 100);
    if (!limit.min && !limit.max) table.refuse_missing("min", "a minimum or a maximum");
    if (limit.min && limit.max && *limit.min > *limit.max) {
        throw InputError{table.place_of("min"), "'min' is above 'max'"};
    }
    if (wanted.percentile && limit.min && limit.max) {
        throw InputError{table.place_of("percentile"),
                         "'percentile' stands with both 'min' and 'max'; expected one of them"};
    }
    const double all_outside = limit.min ? 100 : 0;
    if (wanted.percentile && *wanted.percentile == all_outside) {
        throw InputError{table.place_of("percentile"),
                         fmt::format("'percentile' {:.6g} lets all values be outside; expected {}",
                                     all_outside, limit.min ? "less" : "more")};
    }
    table.refuse_unknown_keys();
    return wanted;
}

ContractHours parse_hours(TomlTable& table) {
    ContractHours wanted;
    wanted.pattern = required_text(table, "case", "the name of a case, \"*\" for any characters");
    const std::optional<double> least = number_within(table, "min", 0, kMostHours);
    if (!least) table.refuse_missing("min", "a number of hours");
    wanted.hours = *least;
    wanted.source = required_text(table, "source", "where the number stands in the contract");
    table.refuse_unknown_keys();
    return wanted;
}

}  // namespace

Contract parse_contract(std::string_view text, const std::string& file) {
    const toml::table document = parse_toml(text, file);
    TomlTable root{document, file, ""};
    Contract contract;
    contract.name = required_text(root, "name", "the contract's name");
    contract.allowed_defects = number_within(root, "allowed_defects", 0, 1).value_or(0);
    contract.retests = static_cast<std::int32_t>(root.integer("retests", 0, 100).value_or(0));
    contract.repairs = static_cast<std::int32_t>(root.integer("repairs", 0, 100).value_or(0));
    for (TomlTable& limit : root.tables("limit"))
        contract.limits.push_back(parse_contract_limit(limit));
    for (TomlTable& hours : root.tables("hours")) contract.hours.push_back(parse_hours(hours));
    if (contract.limits.empty() && contract.hours.empty()) {
        root.refuse_missing("limit", "at least one [[limit]] or [[hours]]");
    }
    root.refuse_unknown_keys();
    return contract;
}

Contract read_contract(const std::filesystem::path& path) {
    return parse_contract(read_text_file(path, kMostPlanBytes), path.string());
}

}  // namespace rackproof
