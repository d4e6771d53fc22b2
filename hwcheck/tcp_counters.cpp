#include "hwcheck/tcp_counters.hpp"

#include <fstream>
#include <map>
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

using Counters = std::map<std::string, std::int64_t>;

/// Of a line of names and, below, one of values: "Tcp: RtoAlgorithm ... OutSegs RetransSegs ...".
/// Empty if they are not there.
Counters read_counters(const std::filesystem::path& path, const std::string& begin) {
    std::ifstream file{path};
    const std::optional<std::string> names = next_line(file, begin);
    const std::optional<std::string> values = next_line(file, begin);
    Counters counters;
    if (!names || !values) return counters;
    std::istringstream name_words{*names};
    std::istringstream value_words{*values};
    std::int64_t value = 0;
    for (std::string name; name_words >> name && value_words >> value;) counters[name] = value;
    return counters;
}

/// Nothing where it is not there, or can be no count.
std::optional<std::int64_t> count(const Counters& counters, const std::string& name) {
    const auto found = counters.find(name);
    if (found == counters.end() || found->second < 0) return std::nullopt;
    return found->second;
}

}  // namespace

std::optional<TcpCounters> read_tcp_counters(const std::filesystem::path& proc) {
    const Counters basic = read_counters(proc / "net" / "snmp", "Tcp:");
    const Counters extended = read_counters(proc / "net" / "netstat", "TcpExt:");
    const std::optional<std::int64_t> sent = count(basic, "OutSegs");
    const std::optional<std::int64_t> again = count(basic, "RetransSegs");
    std::optional<std::int64_t> needless = count(extended, "TCPDSACKRecvSegs");
    if (!needless) needless = count(extended, "TCPDSACKRecv");
    if (!sent || !again || !needless) return std::nullopt;
    return TcpCounters{*sent, *again, *needless};
}

}  // namespace rackproof
