#include "core/fleet.hpp"

#include <algorithm>
#include <charconv>

#include "core/error.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kLongestName = 253;
constexpr std::size_t kLongestLabel = 63;
constexpr std::size_t kMostDigits = 9;
constexpr std::string_view kDigits = "0123456789";

// Not std::isalnum and its like: what they accept depends on the locale.
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }

std::string label_problem(std::string_view label) {
    if (label.empty()) return "has an empty part";
    if (label.size() > kLongestLabel) return "has a part of more than 63 characters";
    if (label.front() == '-' || label.back() == '-') return "has a part that begins or ends in '-'";
    const bool plain =
        std::ranges::all_of(label, [](char c) { return is_digit(c) || is_letter(c) || c == '-'; });
    return plain ? "" : "has other characters than letters, digits, '-' and '.'";
}

/// "001-018" or "7".
struct NumberRange {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    std::size_t width = 0;
};

[[noreturn]] void refuse(std::string_view list, const std::string& problem) {
    throw InputError{"'" + printable(shortened(list, 200)) + "' " + problem +
                     "; expected host names such as \"n[001-018]\" or \"n1,n2\""};
}

std::uint32_t number_of(std::string_view digits, std::string_view list) {
    if (digits.empty() || digits.size() > kMostDigits ||
        digits.find_first_not_of(kDigits) != std::string::npos) {
        refuse(list, "has '" + printable(shortened(digits, 40)) + "' where a number is expected");
    }
    std::uint32_t number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
}

NumberRange range_of(std::string_view text, std::string_view list) {
    const std::size_t dash = text.find('-');
    const std::string_view first = text.substr(0, dash);
    NumberRange range;
    range.first = number_of(first, list);
    range.last = dash == std::string::npos ? range.first : number_of(text.substr(dash + 1), list);
    range.width = first.size();
    if (range.last < range.first) refuse(list, "has a range that runs backwards");
    return range;
}

/// Takes the text up to a comma outside brackets off `rest`.
std::string_view next_item(std::string_view& rest) {
    const std::size_t open = rest.find('[');
    std::size_t comma = rest.find(',');
    if (open < comma) {
        const std::size_t close = rest.find(']', open);
        comma = close == std::string::npos ? std::string::npos : rest.find(',', close);
    }
    const std::string_view item = rest.substr(0, comma);
    rest.remove_prefix(comma == std::string::npos ? rest.size() : comma + 1);
    return item;
}

class Expansion {
  public:
    Expansion(std::string_view list, std::size_t most) : list_{list}, most_{most} {}

    void add_item(std::string_view item) {
        const std::size_t open = item.find('[');
        if (open == std::string::npos) return add(std::string{item});
        const std::size_t close = item.find(']', open);
        if (close == std::string::npos) refuse(list_, "has a bracket that is not closed");
        const std::string before{item.substr(0, open)};
        const std::string after{item.substr(close + 1)};
        std::string_view ranges = item.substr(open + 1, close - open - 1);
        if (ranges.ends_with(',')) refuse(list_, "has a bracket that ends in a comma");
        do {
            const std::string_view text = next_item(ranges);
            add_range(range_of(text, list_), before, after);
        } while (!ranges.empty());
    }

    std::vector<std::string> take() { return std::move(hosts_); }

  private:
    void add_range(const NumberRange& range, const std::string& before, const std::string& after) {
        for (std::uint32_t number = range.first; number <= range.last; ++number) {
            std::string digits = std::to_string(number);
            if (digits.size() < range.width) digits.insert(0, range.width - digits.size(), '0');
            add(before + digits + after);
        }
    }
    void add(std::string host) {
        const std::string problem = host_name_problem(host);
        if (!problem.empty()) {
            throw InputError{"'" + printable(shortened(host, 80)) + "' is no host name: it " +
                             problem};
        }
        if (hosts_.size() >= most_) {
            throw InputError{"more than " + std::to_string(most_) + " hosts"};
        }
        hosts_.push_back(std::move(host));
    }

    std::string_view list_;
    std::size_t most_;
    std::vector<std::string> hosts_;
};

}  // namespace

bool takes_part(const Node& node) { return node.state == "up"; }

std::string why_no_part(const Node& node) {
    const auto reason = node.labels.find("reason");
    const std::string why = reason == node.labels.end() ? "" : ", " + reason->second;
    return printable(node.name + " takes no part: " + node.state + why);
}

std::string host_name_problem(std::string_view name) {
    if (name.empty()) return "is empty";
    if (name.size() > kLongestName) return "has more than 253 characters";
    std::string_view last;
    for (std::string_view rest = name; true;) {
        const std::size_t dot = rest.find('.');
        last = rest.substr(0, dot);
        std::string problem = label_problem(last);
        if (!problem.empty()) return problem;
        if (dot == std::string::npos) break;
        rest.remove_prefix(dot + 1);
    }
    const bool address = name.size() != last.size() && std::ranges::all_of(last, is_digit);
    return address ? "is an address" : "";
}

std::vector<std::string> expand_hosts(std::string_view list, std::size_t most) {
    Expansion expansion{list, most};
    if (list.ends_with(',')) refuse(list, "ends in a comma");
    std::string_view rest = list;
    do {
        expansion.add_item(next_item(rest));
    } while (!rest.empty());
    return expansion.take();
}

bool same_host(std::string_view a, std::string_view b) {
    if (a.find('.') == std::string::npos || b.find('.') == std::string::npos) {
        a = a.substr(0, a.find('.'));
        b = b.substr(0, b.find('.'));
    }
    return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace rackproof
