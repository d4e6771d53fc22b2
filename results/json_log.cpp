#include "results/json_log.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "core/error.hpp"

namespace rackproof::logs {
namespace {

/// Goes through the text of a valid JSON document, value by value.
class Walk {
  public:
    explicit Walk(std::string_view text) : text_{text} {}

    /// From the value here to its member or element of this name; false if there is none.
    bool enter(const std::string& name) {
        skip_space();
        if (peek() != '{' && peek() != '[') return false;
        const bool is_object = peek() == '{';
        ++at_;
        for (std::size_t index = 0;; ++index) {
            skip_space();
            if (at_ >= text_.size() || peek() == '}' || peek() == ']') return false;
            std::string key = std::to_string(index);
            if (is_object) {
                const std::size_t begin = at_;
                skip_value();
                key = nlohmann::json::parse(text_.substr(begin, at_ - begin), nullptr, false)
                          .get<std::string>();
                skip_space();
                ++at_;  // the colon
                skip_space();
            }
            if (key == name) return true;
            skip_value();
            skip_space();
            if (peek() == ',') ++at_;
        }
    }

    [[nodiscard]] int line() const {
        return 1 + static_cast<int>(std::ranges::count(text_.substr(0, at_), '\n'));
    }
    void skip_space() {
        while (at_ < text_.size() &&
               std::string_view{" \t\r\n"}.find(peek()) != std::string_view::npos)
            ++at_;
    }

  private:
    [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

    void skip_text() {
        for (++at_; at_ < text_.size() && peek() != '"'; ++at_) {
            if (peek() == '\\') ++at_;
        }
        at_ = std::min(at_ + 1, text_.size());
    }

    void skip_value() {
        int depth = 0;
        do {
            const char c = peek();
            if (c == '"') {
                skip_text();
                continue;
            }
            if (c == '{' || c == '[') ++depth;
            if (c == '}' || c == ']') --depth;
            ++at_;
            const bool at_end = depth == 0 && (c == '}' || c == ']');
            if (at_end) return;
        } while (at_ < text_.size() && (depth > 0 || std::string_view{",]} \t\r\n:"}.find(peek()) ==
                                                         std::string_view::npos));
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

std::string escaped(std::string_view key) {
    std::string token;
    for (const char c : key) token += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    return token;
}

std::string unescaped(std::string_view token) {
    std::string key;
    for (std::size_t i = 0; i < token.size(); ++i) {
        const bool is_escape = token[i] == '~' && i + 1 < token.size();
        key += !is_escape ? token[i] : token[i + 1] == '1' ? '/' : '~';
        if (is_escape) ++i;
    }
    return key;
}

}  // namespace

int json_line(std::string_view text, std::string_view pointer) {
    Walk walk{text};
    walk.skip_space();
    while (!pointer.empty()) {
        pointer.remove_prefix(1);
        const std::size_t end = std::min(pointer.find('/'), pointer.size());
        if (!walk.enter(unescaped(pointer.substr(0, end)))) break;
        pointer.remove_prefix(end);
    }
    return walk.line();
}

int JsonValue::line() const { return json_line(log_->text(), pointer_); }

void JsonValue::refuse(const std::string& problem) const {
    log_->refuse_all(line(),
                     (pointer_.empty() ? "the document" : in_quotes(pointer_)) + " " + problem);
}

std::optional<JsonValue> JsonValue::find(std::string_view key) const {
    if (!value_->is_object()) refuse("is no JSON object; expected one");
    const auto found = value_->find(std::string{key});
    if (found == value_->end() || found->is_null()) return std::nullopt;
    return JsonValue{*log_, *found, pointer_ + "/" + escaped(key)};
}

JsonValue JsonValue::at(std::string_view key) const {
    std::optional<JsonValue> found = find(key);
    if (!found) refuse("has no member " + in_quotes(key) + "; expected one");
    return *found;
}

void JsonValue::each_member(
    const std::function<void(const std::string&, const JsonValue&)>& visit) const {
    if (!value_->is_object()) refuse("is no JSON object; expected one");
    for (auto member = value_->begin(); member != value_->end(); ++member) {
        visit(member.key(), {*log_, member.value(), pointer_ + "/" + escaped(member.key())});
    }
}

void JsonValue::each_element(const std::function<void(const JsonValue&)>& visit) const {
    if (!value_->is_array()) refuse("is no JSON array; expected one");
    std::size_t index = 0;
    for (const nlohmann::json& element : *value_) {
        visit({*log_, element, pointer_ + "/" + std::to_string(index++)});
    }
}

std::string JsonValue::text() const {
    if (!value_->is_string()) refuse("is no text; expected one");
    return value_->get<std::string>();
}

double JsonValue::number() const {
    if (!value_->is_number()) refuse("is no number; expected one");
    const double number = value_->get<double>();
    if (!std::isfinite(number)) refuse("is too large for a number");
    return number;
}

std::int64_t JsonValue::whole(std::int64_t most) const {
    const double found = number();
    if (found < 0 || found > static_cast<double>(most) || found != std::floor(found)) {
        refuse("is no whole number from 0 to " + std::to_string(most) + "; expected one");
    }
    return static_cast<std::int64_t>(found);
}

nlohmann::json parse_json_log(const LogText& log) {
    using Json = nlohmann::json;
    std::vector<std::set<std::string>> keys;
    std::string repeated;
    const auto note = [&](int, Json::parse_event_t event, Json& parsed) {
        if (event == Json::parse_event_t::object_start) keys.emplace_back();
        if (event == Json::parse_event_t::object_end && !keys.empty()) keys.pop_back();
        if (event == Json::parse_event_t::key && !keys.empty() &&
            !keys.back().insert(parsed.get<std::string>()).second) {
            repeated = parsed.get<std::string>();
        }
        return true;
    };
    Json document;
    try {
        document = Json::parse(log.text(), note);
    } catch (const Json::exception& error) {
        const auto* parse = dynamic_cast<const Json::parse_error*>(&error);
        const std::size_t at = parse == nullptr ? 0 : std::min(parse->byte, log.text().size());
        const auto line = std::ranges::count(std::string_view{log.text()}.substr(0, at), '\n');
        log.refuse_all(1 + static_cast<int>(line), std::string{"is no JSON document: "} +
                                                       in_quotes(error.what()) +
                                                       "; expected one, whole");
    }
    if (!repeated.empty()) {
        log.refuse_all(1, "an object of the document has the key " + in_quotes(repeated) +
                              " twice; expected each once");
    }
    return document;
}

bool looks_like_json(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && text[first] == '{';
}

}  // namespace rackproof::logs
