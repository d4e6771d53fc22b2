#include "runners/nic_pins.hpp"

#include <algorithm>
#include <charconv>
#include <set>

namespace rackproof {
namespace {

constexpr const char* kUcx = "UCX_NET_DEVICES";
constexpr const char* kNcclAdapters = "NCCL_IB_HCA";
constexpr const char* kNcclInterfaces = "NCCL_SOCKET_IFNAME";
constexpr const char* kOpenMpi = "OMPI_MCA_btl_tcp_if_include";

/// No list of a node's cards is so long; what is, is not read.
constexpr std::size_t kMostBytes = 4096;

std::vector<std::string_view> entries_of(std::string_view list) {
    std::vector<std::string_view> entries;
    while (!list.empty()) {
        const std::string_view entry = list.substr(0, list.find(','));
        if (!entry.empty()) entries.push_back(entry);
        list.remove_prefix(std::min(list.size(), entry.size() + 1));
    }
    return entries;
}

/// One thing that a pin can name: an adapter's port or an interface.
struct Way {
    const Nic* nic = nullptr;
    std::optional<std::int64_t> port;
    LinkState state = LinkState::Unknown;

    [[nodiscard]] std::string name() const {
        return port ? nic->name + ":" + std::to_string(*port) : nic->name;
    }
};

std::vector<Way> ways_of(const NodeNics& node, const std::string& variable) {
    const bool adapters = variable == kUcx || variable == kNcclAdapters;
    const bool interfaces = variable != kNcclAdapters;
    std::vector<Way> ways;
    for (const Nic& nic : node.nics) {
        if (nic.kind == Nic::Kind::Interface) {
            if (interfaces) ways.push_back({&nic, std::nullopt, nic.state});
            continue;
        }
        if (!adapters) continue;
        for (const auto& [port, state] : nic.ports) ways.push_back({&nic, port, state});
    }
    return ways;
}

/// NCCL's list: "^" before it turns it round, and then "=" asks for whole names.
class NcclList {
  public:
    explicit NcclList(std::string_view text) {
        if (text.starts_with('^')) excludes_ = true, text.remove_prefix(1);
        if (text.starts_with('=')) exact_ = true, text.remove_prefix(1);
        for (const std::string_view entry : entries_of(text)) {
            const std::size_t colon = std::min(entry.find(':'), entry.size());
            Entry read{entry.substr(0, colon), std::nullopt};
            if (colon < entry.size()) {
                std::int64_t port = 0;  // as atoi has it of what is no number
                const std::string_view digits = entry.substr(colon + 1);
                std::from_chars(digits.data(), digits.data() + digits.size(), port);
                read.port = port;
            }
            if (!read.name.empty()) entries_.push_back(read);
        }
    }

    [[nodiscard]] bool lets_through(const Way& way) const {
        const bool is_named =
            entries_.empty() || std::ranges::any_of(entries_, [&](const Entry& entry) {
                const std::string_view name = way.nic->name;
                const bool fits = exact_ ? name == entry.name : name.starts_with(entry.name);
                return fits && (!entry.port || !way.port || entry.port == way.port);
            });
        return is_named != excludes_;
    }

  private:
    struct Entry {
        std::string_view name;
        std::optional<std::int64_t> port;
    };
    std::vector<Entry> entries_;
    bool excludes_ = false;
    bool exact_ = false;
};

/// Open MPI's names, with the networks among them resolved; nullopt if one is not understood.
std::optional<std::set<std::string>> open_mpi_names(std::string_view list,
                                                    const InterfacesIn& interfaces_in) {
    std::set<std::string> names;
    for (const std::string_view entry : entries_of(list)) {
        if (entry.find('/') == std::string_view::npos) {
            names.emplace(entry);
            continue;
        }
        const auto found = interfaces_in(std::string{entry});
        if (!found) return std::nullopt;
        names.insert(found->begin(), found->end());
    }
    return names;
}

using LetsThrough = std::function<bool(const Way&)>;

/// Empty if the pin is not understood.
LetsThrough rule_of(const NicPin& pin, const InterfacesIn& interfaces_in) {
    if (pin.value.size() > kMostBytes) return {};
    if (pin.variable == kNcclAdapters || pin.variable == kNcclInterfaces) {
        return [list = NcclList{pin.value}](const Way& way) { return list.lets_through(way); };
    }
    if (pin.variable == kOpenMpi) {
        const auto names = open_mpi_names(pin.value, interfaces_in);
        if (!names) return {};
        return [names = *names](const Way& way) { return names.contains(way.name()); };
    }
    std::set<std::string, std::less<>> names;
    for (const std::string_view entry : entries_of(pin.value)) names.emplace(entry);
    if (names.contains("all")) return [](const Way&) { return true; };
    return [names](const Way& way) { return names.contains(way.name()); };
}

}  // namespace

std::vector<NicPin> nic_pins(const std::function<const char*(const char*)>& value_of,
                             std::string_view own_network) {
    std::vector<NicPin> pins;
    for (const char* variable : {kUcx, kNcclAdapters, kNcclInterfaces, kOpenMpi}) {
        const char* const value = value_of(variable);
        if (value == nullptr || *value == '\0') continue;
        const bool is_ours = variable == kOpenMpi && !own_network.empty() && value == own_network;
        pins.push_back({variable, value, is_ours});
    }
    return pins;
}

PinMeaning meaning_of(const NicPin& pin, const NodeNics& node, const InterfacesIn& interfaces_in) {
    PinMeaning meaning;
    meaning.is_exclusion = pin.variable != kUcx && pin.value.starts_with('^');
    const LetsThrough lets_through = rule_of(pin, interfaces_in);
    if (!lets_through) {
        meaning.is_known = false;
        return meaning;
    }
    meaning.is_down = true;
    for (const Way& way : ways_of(node, pin.variable)) {
        meaning.has_choice = true;
        if (!lets_through(way)) continue;
        meaning.names.push_back(way.name());
        meaning.is_down = meaning.is_down && way.state == LinkState::Down;
        if (std::ranges::find(meaning.nics, way.nic) == meaning.nics.end()) {
            meaning.nics.push_back(way.nic);
        }
    }
    meaning.is_down = meaning.is_down && !meaning.names.empty();
    return meaning;
}

bool is_of_adapters(const NicPin& pin) {
    return pin.variable == kUcx || pin.variable == kNcclAdapters;
}

}  // namespace rackproof
