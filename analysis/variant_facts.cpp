#include "analysis/variant_facts.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "core/utf8.hpp"

namespace rackproof {
namespace {

using nlohmann::json;

/// Brackets opened in all, which bounds how deep the text nests: the parser's consumers recurse.
constexpr std::ptrdiff_t kMostBrackets = 200;

constexpr const char* kOfOneTarget[] = {"digest",  "operations", "cores",
                                        "seconds", "chosen",     "checked"};

json parsed(const std::string& text) {
    const auto opens = std::ranges::count_if(text, [](char c) { return c == '{' || c == '['; });
    if (opens > kMostBrackets) return json::value_t::discarded;
    return json::parse(text, nullptr, false);
}

void add(std::string& text, std::string_view field, std::string_view mine,
         std::string_view theirs) {
    constexpr std::size_t kMostBytes = 100;
    if (mine == theirs) return;
    if (!text.empty()) text += ", ";
    text.append(field).append(" '").append(shortened(printable(mine), kMostBytes));
    text.append("' instead of '").append(shortened(printable(theirs), kMostBytes)).append("'");
}

}  // namespace

VariantFacts variant_facts(const Variant& variant) {
    VariantFacts facts;
    facts.like = variant;
    json parameters = parsed(variant.parameters);
    if (!parameters.is_object()) return facts;
    if (const auto digest = parameters.find("digest");
        digest != parameters.end() && digest->is_string()) {
        facts.digest = digest->get<std::string>();
    }
    if (const auto operations = parameters.find("operations");
        operations != parameters.end() && operations->is_number_integer()) {
        facts.operations = operations->get<std::int64_t>();
    }
    if (const auto checked = parameters.find("checked");
        checked != parameters.end() && checked->is_number_integer()) {
        facts.checked = checked->get<std::int64_t>();
    }
    if (const auto without = parameters.find("without");
        without != parameters.end() && without->is_array()) {
        for (const json& node : *without) {
            if (node.is_string()) facts.without.push_back(node.get<std::string>());
        }
    }
    for (const char* key : kOfOneTarget) parameters.erase(key);
    facts.like.parameters = parameters.dump(-1, ' ', false, json::error_handler_t::replace);
    return facts;
}

std::string device_kind_of(const Metric& metric) {
    const json parameters = parsed(metric.parameters);
    if (!parameters.is_object()) return "cpu";
    const auto device = parameters.find("device");
    const bool is_given = device != parameters.end() && device->is_string();
    return is_given ? device->get<std::string>() : "cpu";
}

std::string difference(const Variant& mine, const Variant& theirs) {
    std::string text;
    add(text, "algorithm", mine.algorithm, theirs.algorithm);
    add(text, "library", mine.library, theirs.library);
    add(text, "transport", mine.transport, theirs.transport);
    add(text, "parameters", mine.parameters, theirs.parameters);
    return text;
}

}  // namespace rackproof
