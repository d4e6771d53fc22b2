#pragma once

#include <toml++/toml.h>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"

namespace rackproof {

/// Parses TOML text. Throws InputError with line and column of what is no TOML (a key that stands
/// twice included).
[[nodiscard]] toml::table parse_toml(std::string_view text, const std::string& file);

/// Reads one table strictly: every getter checks the type and says what was expected, and
/// `refuse_unknown_keys` refuses what no getter asked for. All errors are InputError with file,
/// line and column.
class TomlTable {
  public:
    TomlTable(const toml::table& table, std::string file, std::string name);

    [[nodiscard]] std::optional<std::string> text(std::string_view key);
    [[nodiscard]] std::optional<std::int64_t> integer(std::string_view key, std::int64_t minimum,
                                                      std::int64_t maximum);
    [[nodiscard]] std::optional<double> number(std::string_view key);
    /// A number of seconds, more than 0.
    [[nodiscard]] std::optional<double> duration_s(std::string_view key);
    [[nodiscard]] std::optional<bool> boolean(std::string_view key);
    [[nodiscard]] std::vector<std::string> texts(std::string_view key);
    [[nodiscard]] std::optional<TomlTable> table(std::string_view key);
    /// An array of tables (`[[key]]`); empty if it is not there.
    [[nodiscard]] std::vector<TomlTable> tables(std::string_view key);
    /// The keys of a table whose keys are names that a person chose, in order.
    [[nodiscard]] std::vector<std::string> keys() const;
    /// Any value, for a reader that decides on the type itself; nullptr if it is not there.
    [[nodiscard]] const toml::node* raw(std::string_view key);

    /// Throws for a key that is missing.
    [[noreturn]] void refuse_missing(std::string_view key, std::string_view expected) const;
    void refuse_unknown_keys() const;

    [[nodiscard]] InputPlace place() const;
    /// Where `key` stands (its value), or the table itself if it is not there.
    [[nodiscard]] InputPlace place_of(std::string_view key) const;
    [[nodiscard]] const std::string& name() const { return name_; }

  private:
    [[nodiscard]] std::string path_of(std::string_view key) const;  ///< "stage.suite"
    [[noreturn]] void refuse_type(std::string_view key, std::string_view expected) const;

    std::reference_wrapper<const toml::table> table_;
    std::string file_;
    std::string name_;
    std::set<std::string, std::less<>> known_;
};

/// "a text", "a whole number", ...: what a TOML node is, for people.
[[nodiscard]] std::string_view toml_type(const toml::node& node);

/// Where a node stands.
[[nodiscard]] InputPlace toml_place(const toml::node& node, const std::string& file);

}  // namespace rackproof
