#pragma once

#include <map>
#include <string>
#include <string_view>

namespace rackproof::run_file {

/// A node's labels as one JSON object, names in order; "{}" for none.
[[nodiscard]] std::string labels_json(const std::map<std::string, std::string>& labels);

/// The labels that `json` holds. Throws Error if it is anything but one JSON object of texts.
[[nodiscard]] std::map<std::string, std::string> labels_from_json(std::string_view json);

/// True if `text` is one JSON object.
[[nodiscard]] bool is_json_object(std::string_view text);

}  // namespace rackproof::run_file
