#pragma once

#include <optional>
#include <string>
#include <utility>

namespace rackproof {

/// What NVML answered: a value, or why there is none. "Not supported" is never 0.
template <class Value>
class Answer {
  public:
    Answer() = default;
    [[nodiscard]] static Answer of(Value value) {
        Answer answer;
        answer.known_ = true;
        answer.value_ = std::move(value);
        return answer;
    }
    /// `code` is the nvmlReturn_t, not 0; `why` reads "not supported".
    [[nodiscard]] static Answer none(int code, const std::string& why) {
        Answer answer;
        answer.code_ = code;
        answer.why_ = why;
        return answer;
    }

    [[nodiscard]] std::optional<Value> value() const {
        return known_ ? std::optional<Value>{value_} : std::nullopt;
    }
    [[nodiscard]] explicit operator bool() const { return known_; }
    [[nodiscard]] int code() const { return code_; }
    [[nodiscard]] const std::string& why() const { return why_; }

    /// The same answer with another value in its place.
    template <class Convert>
    [[nodiscard]] auto as(Convert convert) const {
        using Other = decltype(convert(value_));
        return known_ ? Answer<Other>::of(convert(value_)) : Answer<Other>::none(code_, why_);
    }

    friend bool operator==(const Answer&, const Answer&) = default;

    /// For core/wire.hpp.
    template <class Visit>
    friend void wire_members(Answer& answer, Visit visit) {
        visit(answer.known_, answer.value_, answer.code_, answer.why_);
    }

  private:
    bool known_ = false;
    Value value_{};
    int code_ = -1;
    std::string why_ = "not asked";
};

}  // namespace rackproof
