#include "hwcheck/tcp_counters.hpp"

#include <fstream>
#include <sstream>
#include <string>

namespace rackproof {
namespace {

constexpr std::size_t kLongestLine = 4096;

/// The next line that begins so, without that.
std::optional<std::string> next_line(std::ifstream& file, const std::string& begin) {
    for (std::string line; std::getline(file, line);) {
        if (line.size() <= kLongestLine && line.starts_with(begin))
            return line.substr(begin.size());
    }
    return std::nullopt;
}

}  // namespace

/// A line of names and, below, one of values: "Tcp: RtoAlgorithm ... OutSegs RetransSegs ...".
std::optional<TcpCounters> read_tcp_counters(const std::filesystem::path& proc) {
    std::ifstream file{proc / "net" / "snmp"};
    const std::optional<std::string> names = next_line(file, "Tcp:");
    const std::optional<std::string> values = next_line(file, "Tcp:");
    if (!names || !values) return std::nullopt;
    std::istringstream name_words{*names};
    std::istringstream value_words{*values};
    std::optional<std::int64_t> sent;
    std::optional<std::int64_t> again;
    std::int64_t value = 0;
    for (std::string name; name_words >> name && value_words >> value;) {
        if (name == "OutSegs") sent = value;
        if (name == "RetransSegs") again = value;
    }
    if (!sent || !again || *sent < 0 || *again < 0) return std::nullopt;
    return TcpCounters{*sent, *again};
}

}  // namespace rackproof
