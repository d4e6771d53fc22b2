#include "app/toml_table.hpp"

#include <cmath>

#include "core/utf8.hpp"

namespace rackproof {
namespace {

InputPlace place_at(const toml::source_region& region, const std::string& file) {
    if (region.begin.line == 0) return {file, {}, {}};
    return {region.path ? *region.path : file, static_cast<int>(region.begin.line),
            static_cast<int>(region.begin.column)};
}

std::string quoted(std::string_view key) { return "'" + printable(key) + "'"; }

}  // namespace

toml::table parse_toml(std::string_view text, const std::string& file) {
    try {
        return toml::parse(text, file);
    } catch (const toml::parse_error& error) {
        throw InputError{place_at(error.source(), file), std::string{error.description()}};
    }
}

std::string_view toml_type(const toml::node& node) {
    switch (node.type()) {
        case toml::node_type::string: return "a text";
        case toml::node_type::integer: return "a whole number";
        case toml::node_type::floating_point: return "a number";
        case toml::node_type::boolean: return "true or false";
        case toml::node_type::array: return "a list";
        case toml::node_type::table: return "a table";
        default: return "a date or time";
    }
}

InputPlace toml_place(const toml::node& node, const std::string& file) {
    return place_at(node.source(), file);
}

TomlTable::TomlTable(const toml::table& table, std::string file, std::string name)
    : table_{table}, file_{std::move(file)}, name_{std::move(name)} {}

const toml::node* TomlTable::raw(std::string_view key) {
    known_.emplace(key);
    return table_.get().get(key);
}

void TomlTable::refuse_type(std::string_view key, std::string_view expected) const {
    const toml::node* node = table_.get().get(key);
    throw InputError{place_of(key), quoted(key) + " is " + std::string{toml_type(*node)} +
                                        "; expected " + std::string{expected}};
}

std::optional<std::string> TomlTable::text(std::string_view key) {
    const toml::node* node = raw(key);
    if (node == nullptr) return std::nullopt;
    if (!node->is_string()) refuse_type(key, "a text");
    return node->as_string()->get();
}

std::optional<std::int64_t> TomlTable::integer(std::string_view key, std::int64_t minimum,
                                               std::int64_t maximum) {
    const toml::node* node = raw(key);
    if (node == nullptr) return std::nullopt;
    if (!node->is_integer()) refuse_type(key, "a whole number");
    const std::int64_t value = node->as_integer()->get();
    if (value < minimum || value > maximum) {
        throw InputError{place_of(key), quoted(key) + " is " + std::to_string(value) +
                                            "; expected a whole number from " +
                                            std::to_string(minimum) + " to " +
                                            std::to_string(maximum)};
    }
    return value;
}

std::optional<double> TomlTable::number(std::string_view key) {
    const toml::node* node = raw(key);
    if (node == nullptr) return std::nullopt;
    const std::optional<double> value = node->value<double>();
    if (!node->is_number() || !value) refuse_type(key, "a number");
    if (!std::isfinite(*value)) {
        throw InputError{place_of(key), quoted(key) + " is not finite; expected a finite number"};
    }
    return value;
}

std::optional<double> TomlTable::duration_s(std::string_view key) {
    const std::optional<double> value = number(key);
    if (value && !(*value > 0)) {
        throw InputError{place_of(key), quoted(key) + " is " + std::to_string(*value) +
                                            "; expected a number of seconds above 0"};
    }
    return value;
}

std::optional<bool> TomlTable::boolean(std::string_view key) {
    const toml::node* node = raw(key);
    if (node == nullptr) return std::nullopt;
    if (!node->is_boolean()) refuse_type(key, "true or false");
    return node->as_boolean()->get();
}

std::vector<std::string> TomlTable::texts(std::string_view key) {
    const toml::node* node = raw(key);
    if (node == nullptr) return {};
    if (!node->is_array()) refuse_type(key, "a list of texts");
    std::vector<std::string> items;
    for (const toml::node& item : *node->as_array()) {
        if (!item.is_string()) {
            throw InputError{toml_place(item, file_), quoted(key) + " holds " +
                                                          std::string{toml_type(item)} +
                                                          "; expected a list of texts"};
        }
        items.push_back(item.as_string()->get());
    }
    return items;
}

std::optional<TomlTable> TomlTable::table(std::string_view key) {
    const toml::node* node = raw(key);
    if (node == nullptr) return std::nullopt;
    if (!node->is_table()) refuse_type(key, "a table, [" + std::string{key} + "]");
    return TomlTable{*node->as_table(), file_, path_of(key)};
}

std::vector<TomlTable> TomlTable::tables(std::string_view key) {
    const toml::node* node = raw(key);
    if (node == nullptr) return {};
    const std::string expected = "a list of tables, each headed [[" + std::string{key} + "]]";
    if (!node->is_array()) refuse_type(key, expected);
    std::vector<TomlTable> found;
    for (const toml::node& item : *node->as_array()) {
        if (!item.is_table()) {
            throw InputError{
                toml_place(item, file_),
                quoted(key) + " holds " + std::string{toml_type(item)} + "; expected " + expected};
        }
        found.emplace_back(*item.as_table(), file_, path_of(key));
    }
    return found;
}

std::vector<std::string> TomlTable::keys() const {
    std::vector<std::string> names;
    for (const auto& [key, value] : table_.get()) names.emplace_back(key.str());
    return names;
}

std::string TomlTable::path_of(std::string_view key) const {
    return (name_.empty() ? "" : name_ + ".").append(key);
}

void TomlTable::refuse_missing(std::string_view key, std::string_view expected) const {
    throw InputError{place(), "'" + std::string{key} + "' is missing in " +
                                  (name_.empty() ? "the file" : "[" + name_ + "]") + "; expected " +
                                  std::string{expected}};
}

void TomlTable::refuse_unknown_keys() const {
    for (const auto& [key, value] : table_.get()) {
        if (known_.contains(key.str())) continue;
        std::string expected;
        for (const std::string& name : known_) expected += (expected.empty() ? "" : ", ") + name;
        throw InputError{place_at(key.source(), file_),
                         "unknown key " + quoted(key.str()) +
                             (name_.empty() ? "" : " in [" + name_ + "]") +
                             "; expected one of: " + expected};
    }
}

InputPlace TomlTable::place() const { return place_at(table_.get().source(), file_); }

InputPlace TomlTable::place_of(std::string_view key) const {
    const toml::node* node = table_.get().get(key);
    return node == nullptr ? place() : toml_place(*node, file_);
}

}  // namespace rackproof
