#include "results/labels.hpp"

#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/parameters.hpp"

namespace rackproof::run_file {
namespace {

constexpr bool kNoExceptions = false;

nlohmann::json parsed(std::string_view text) {
    return nlohmann::json::parse(text, nullptr, kNoExceptions);
}

}  // namespace

std::string labels_json(const std::map<std::string, std::string>& labels) {
    std::string json = "{";
    for (const auto& [name, value] : labels) {
        if (json.size() > 1) json += ',';
        json.append(json_quoted(name)).append(":").append(json_quoted(value));
    }
    return json + "}";
}

std::map<std::string, std::string> labels_from_json(std::string_view json) {
    std::map<std::string, std::string> labels;
    if (json == "{}") return labels;
    const nlohmann::json object = parsed(json);
    if (!object.is_object()) throw Error{"read a node's labels", "expected one JSON object"};
    for (const auto& [name, value] : object.items()) {
        if (!value.is_string()) {
            throw Error{"read a node's labels", "expected a text for each label"};
        }
        labels.emplace(name, value.get<std::string>());
    }
    return labels;
}

bool is_json_object(std::string_view text) { return text == "{}" || parsed(text).is_object(); }

}  // namespace rackproof::run_file
