#include "app/toml_set.hpp"

#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "app/toml_table.hpp"
#include "core/error.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

std::vector<std::string> steps_of(std::string_view path) {
    std::vector<std::string> steps{""};
    for (const char c : path) {
        if (c == '.') {
            steps.emplace_back();
        } else {
            steps.back() += c;
        }
    }
    return steps;
}

[[noreturn]] void refuse(std::string_view key, std::string_view problem) {
    throw InputError{"--set " + printable(key) + ": " + std::string{problem}};
}

/// The member of `parent` that a step leads to; a table that is not there yet is made.
toml::node& follow(toml::node& parent, const std::string& step, std::string_view key) {
    if (toml::table* table = parent.as_table()) {
        if (table->get(step) == nullptr) table->insert(step, toml::table{});
        return *table->get(step);
    }
    toml::array* list = parent.as_array();
    if (list == nullptr) refuse(key, "'" + printable(step) + "' is inside of a plain value");
    std::size_t position = 0;
    const auto parsed = std::from_chars(step.data(), step.data() + step.size(), position);
    if (parsed.ec != std::errc{} || parsed.ptr != step.data() + step.size() ||
        position >= list->size()) {
        refuse(key, "'" + printable(step) + "' is no position in the list; expected 0 to " +
                        std::to_string(list->size()) + ", the last left out");
    }
    return *list->get(position);
}

/// The value as a document of one key.
toml::table parsed_value(std::string_view key, std::string_view value) {
    const std::string file = "--set " + printable(key);
    toml::table as_toml = toml::parse("value = " + std::string{value} + "\n", file);
    if (as_toml.size() == 1) return as_toml;
    refuse(key, "the value is more than one");
}

toml::table value_of(std::string_view key, std::string_view value) {
    try {
        return parsed_value(key, value);
    } catch (const toml::parse_error&) {
        return toml::table{{"value", std::string{value}}};
    }
}

}  // namespace

void set_toml(toml::table& document, std::string_view assignment) {
    const std::size_t equals = assignment.find('=');
    if (equals == std::string_view::npos || equals == 0) {
        refuse(assignment, "expected KEY=VALUE, such as fleet.nodes=64");
    }
    const std::string_view key = assignment.substr(0, equals);
    const std::vector<std::string> steps = steps_of(key);
    toml::node* parent = &document;
    for (std::size_t i = 0; i + 1 < steps.size(); ++i) parent = &follow(*parent, steps[i], key);
    toml::table value = value_of(key, assignment.substr(equals + 1));
    toml::node& fresh = *value.get("value");  // moved, not copied: a copy forgets its place
    if (toml::table* table = parent->as_table()) {
        fresh.visit([&](auto& typed) { table->insert_or_assign(steps.back(), std::move(typed)); });
        return;
    }
    static_cast<void>(follow(*parent, steps.back(), key));  // a position that is there
    toml::array& list = *parent->as_array();
    const auto position = list.cbegin() + std::stol(steps.back());
    fresh.visit([&](auto& typed) { list.replace(position, std::move(typed)); });
}

}  // namespace rackproof
