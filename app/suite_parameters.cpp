#include "app/suite_parameters.hpp"

#include <cmath>

#include "core/error.hpp"
#include "core/unit_text.hpp"
#include "core/utf8.hpp"
#include "suites/parameters_check.hpp"

namespace rackproof {
namespace {

using Kind = ParameterSpec::Kind;

std::string_view expected_of(Kind kind) {
    switch (kind) {
        case Kind::Count: return "a whole number";
        case Kind::Bytes: return "a size: a whole number of bytes, or a text such as \"256 MiB\"";
        case Kind::Seconds: return "a number of seconds";
        case Kind::Number: return "a number";
        case Kind::Text: return "a text";
        case Kind::Counts: return "a list of whole numbers";
        case Kind::Texts: return "a list of texts";
    }
    return "another type";
}

/// The value of `node` as the parameter's own type; nullopt if it is of another.
std::optional<ParameterValue> value_of(const toml::node& node, Kind kind) {
    switch (kind) {
        case Kind::Count:
            if (node.is_integer()) return node.as_integer()->get();
            return std::nullopt;
        case Kind::Bytes:
            if (node.is_integer()) return node.as_integer()->get();
            if (node.is_string()) {
                if (const auto bytes = parse_bytes(node.as_string()->get())) return *bytes;
            }
            return std::nullopt;
        case Kind::Seconds:
        case Kind::Number:
            if (!node.is_number() || !std::isfinite(*node.value<double>())) return std::nullopt;
            return *node.value<double>();
        case Kind::Text:
            if (node.is_string()) return node.as_string()->get();
            return std::nullopt;
        case Kind::Counts: {
            const toml::array* items = node.as_array();
            if (items == nullptr || items->empty()) return std::nullopt;
            std::vector<std::int64_t> values;
            for (const toml::node& item : *items) {
                if (!item.is_integer()) return std::nullopt;
                values.push_back(item.as_integer()->get());
            }
            return values;
        }
        case Kind::Texts: {
            const toml::array* items = node.as_array();
            if (items == nullptr || items->empty()) return std::nullopt;
            std::vector<std::string> values;
            for (const toml::node& item : *items) {
                if (!item.is_string()) return std::nullopt;
                values.push_back(item.as_string()->get());
            }
            return values;
        }
    }
    return std::nullopt;
}

}  // namespace

Parameters read_parameters(const Suite& suite, TomlTable& table) {
    Parameters given;
    for (const ParameterSpec& spec : suite.parameters()) {
        const toml::node* node = table.raw(spec.name);
        if (node == nullptr) continue;
        const std::optional<ParameterValue> value = value_of(*node, spec.kind);
        if (!value) {
            throw InputError{table.place_of(spec.name),
                             "'" + spec.name + "' is " + std::string{toml_type(*node)} +
                                 "; expected " + std::string{expected_of(spec.kind)}};
        }
        Parameters one;
        one.set(spec.name, *value);
        try {
            (void)with_defaults(suite, one);
        } catch (const InputError& error) {
            throw InputError{table.place_of(spec.name), error.what()};
        }
        given.set(spec.name, *value);
    }
    return with_defaults(suite, given);
}

std::string suite_names() {
    std::string names;
    for (const Suite* suite : all_suites()) {
        names.append(names.empty() ? "" : ", ").append(suite->name());
    }
    return names;
}

}  // namespace rackproof
