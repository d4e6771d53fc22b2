#include "core/parameters.hpp"

#include <cmath>

#include "core/error.hpp"
#include "core/number_text.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

std::string json_text(std::int64_t number) { return std::to_string(number); }
std::string json_text(double number) {
    return std::isfinite(number) ? number_text(number) : "null";
}
std::string json_text(const std::string& text) { return json_quoted(text); }

template <class Item>
std::string json_text(const std::vector<Item>& items) {
    std::string text = "[";
    for (const Item& item : items) {
        if (text.size() > 1) text += ',';
        text += json_text(item);
    }
    return text + "]";
}

template <class Wanted>
const Wanted& as(const ParameterValue& value, std::string_view name, std::string_view type) {
    if (const auto* wanted = std::get_if<Wanted>(&value)) return *wanted;
    throw Error{"read parameter " + std::string{name}, "it is not " + std::string{type}};
}

}  // namespace

void Parameters::set(std::string name, ParameterValue value) {
    values_.insert_or_assign(std::move(name), std::move(value));
}

bool Parameters::has(std::string_view name) const { return values_.contains(name); }

const ParameterValue& Parameters::at(std::string_view name) const {
    const auto found = values_.find(name);
    if (found == values_.end()) throw Error{"read parameter " + std::string{name}, "not set"};
    return found->second;
}

std::int64_t Parameters::integer(std::string_view name) const {
    return as<std::int64_t>(at(name), name, "a whole number");
}

double Parameters::real(std::string_view name) const {
    const ParameterValue& value = at(name);
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
    return as<double>(value, name, "a number");
}

const std::string& Parameters::text(std::string_view name) const {
    return as<std::string>(at(name), name, "a text");
}

const std::vector<std::int64_t>& Parameters::integers(std::string_view name) const {
    return as<std::vector<std::int64_t>>(at(name), name, "a list of whole numbers");
}

const std::vector<std::string>& Parameters::texts(std::string_view name) const {
    return as<std::vector<std::string>>(at(name), name, "a list of texts");
}

std::string Parameters::json() const {
    std::string text = "{";
    for (const auto& [name, value] : values_) {
        if (text.size() > 1) text += ',';
        text += json_quoted(name) + ":";
        text += std::visit([](const auto& held) { return json_text(held); }, value);
    }
    return text + "}";
}

std::string json_quoted(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : valid_utf8(text)) {
        if (c == '"' || c == '\\') {
            quoted += '\\';
            quoted += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            constexpr std::string_view kHex = "0123456789abcdef";
            const auto byte = static_cast<unsigned char>(c);
            quoted.append("\\u00").append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
        } else {
            quoted += c;
        }
    }
    return quoted + "\"";
}

}  // namespace rackproof
