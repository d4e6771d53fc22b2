#include "hwcheck/linux/pci_way.hpp"

#include <algorithm>

namespace rackproof {
namespace {

bool is_hex(std::string_view text) {
    return !text.empty() &&
           text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

/// "0000:01:00.0"; a domain behind a controller has five digits or more.
bool is_address(std::string_view name) {
    const std::size_t bus = name.find(':');
    if (bus == std::string_view::npos || bus < 4 || bus > 8 || name.size() != bus + 8) return false;
    return is_hex(name.substr(0, bus)) && is_hex(name.substr(bus + 1, 2)) && name[bus + 3] == ':' &&
           is_hex(name.substr(bus + 4, 2)) && name[bus + 6] == '.' && is_hex(name.substr(bus + 7));
}

/// "pci0000:00"
bool is_host_bridge(std::string_view name) {
    constexpr std::string_view kBegin = "pci";
    if (!name.starts_with(kBegin)) return false;
    const std::size_t colon = name.find(':');
    return colon != std::string_view::npos &&
           is_hex(name.substr(kBegin.size(), colon - kBegin.size())) &&
           is_hex(name.substr(colon + 1));
}

}  // namespace

std::vector<std::string> pci_way(std::string_view path) {
    std::vector<std::string> way;
    std::size_t begin = 0;
    while (begin < path.size()) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        const std::string_view name = path.substr(begin, end - begin);
        if (is_host_bridge(name)) {
            way.assign(1, std::string{name});  // or a domain behind a controller
        } else if (!way.empty() && is_address(name)) {
            way.emplace_back(name);
        }
        begin = end + 1;
    }
    if (way.size() < 2) way.clear();  // a host bridge alone
    return way;
}

}  // namespace rackproof
