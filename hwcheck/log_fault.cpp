#include "hwcheck/log_fault.hpp"

#include "core/utf8.hpp"

namespace rackproof {

void LogFault::seen(const MailedText& text, std::string_view message, const std::string& lead,
                    const std::string& time) {
    constexpr std::size_t kLongest = 300;
    if (count_++ == 0) {
        first_line_ = text.line();
        lead_ = lead;
        message_ = shortened(printable(message), kLongest);
        first_time_ = time;
    }
    last_time_ = time;
}

std::string LogFault::words(const std::string& place) const {
    std::string all = lead_ + (lead_.empty() ? "" : ". The log: ") + message_ + " (" + place;
    if (!first_time_.empty()) all += ", " + first_time_;
    if (count_ > 1) {
        all += "; " + std::to_string(count_) + " times";
        if (!last_time_.empty()) all += ", last " + last_time_;
    }
    return all + ")";
}

}  // namespace rackproof
