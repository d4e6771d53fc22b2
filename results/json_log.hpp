#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "results/log_text.hpp"

namespace rackproof::logs {

/// The line, from 1, on which the value stands that a JSON pointer (RFC 6901) names in `text`, a
/// valid JSON document; the last line that could be found on the way, if there is none.
[[nodiscard]] int json_line(std::string_view text, std::string_view pointer);

/// A value in a JSON document that is not trusted, and where it stands. All members throw
/// InputError with file, line and what was expected. The document must outlive it.
class JsonValue {
  public:
    JsonValue(const LogText& log, const nlohmann::json& value, std::string pointer)
        : log_{&log}, value_{&value}, pointer_{std::move(pointer)} {}

    /// A member of an object; nullopt if it is not there or null.
    [[nodiscard]] std::optional<JsonValue> find(std::string_view key) const;
    [[nodiscard]] JsonValue at(std::string_view key) const;

    /// Each member, in the order of keys; each element.
    void each_member(
        const std::function<void(const std::string& key, const JsonValue&)>& visit) const;
    void each_element(const std::function<void(const JsonValue&)>& visit) const;

    [[nodiscard]] std::string text() const;
    [[nodiscard]] double number() const;
    [[nodiscard]] std::int64_t whole(std::int64_t most) const;

    [[nodiscard]] bool is_array() const { return value_->is_array(); }
    [[nodiscard]] bool is_object() const { return value_->is_object(); }
    [[nodiscard]] bool is_text() const { return value_->is_string(); }
    [[nodiscard]] bool is_number() const { return value_->is_number(); }
    [[nodiscard]] bool is_null() const { return value_->is_null(); }
    [[nodiscard]] std::size_t size() const { return value_->size(); }
    [[nodiscard]] int line() const;

    [[noreturn]] void refuse(const std::string& problem) const;

  private:
    const LogText* log_;
    const nlohmann::json* value_;
    std::string pointer_;
};

/// Parses `log` as one JSON document. Throws InputError with line and column if it is none, or if
/// an object has a key twice: one of the two would be lost.
[[nodiscard]] nlohmann::json parse_json_log(const LogText& log);

/// True if the first thing in `text` but white space opens a JSON object.
[[nodiscard]] bool looks_like_json(std::string_view text);

}  // namespace rackproof::logs
