#include "hwcheck/nics.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>
#include <utility>

#include "hwcheck/linux/pci_way.hpp"

namespace rackproof {
namespace {

std::optional<std::int64_t> number_in(std::string_view text) {
    std::int64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || rest != end || number < 0) return std::nullopt;
    return number;
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    while (!text.empty()) {
        const std::string_view word = text.substr(0, text.find(' '));
        words.emplace_back(word);
        text.remove_prefix(std::min(text.size(), word.size() + 1));
    }
    return words;
}

/// "4: ACTIVE" of a port, "up" of an interface. A virtual interface that knows no state says
/// "unknown".
LinkState state_of(const InventoryItem& item) {
    if (item.value.empty() || item.value == "unknown") return LinkState::Unknown;
    const bool active = item.value == "4: ACTIVE" || item.value == "up";
    return active ? LinkState::Active : LinkState::Down;
}

/// One item of read_nics into what it is of.
void take(const InventoryItem& item, std::map<std::pair<Nic::Kind, std::string>, Nic>& nics) {
    const bool of_adapter = item.key.starts_with("adapter.");
    if (!of_adapter && !item.key.starts_with("interface.")) return;
    const Nic::Kind kind = of_adapter ? Nic::Kind::Adapter : Nic::Kind::Interface;
    const std::size_t slash = std::min(item.part.find('/'), item.part.size());
    Nic& nic = nics[{kind, item.part.substr(0, slash)}];
    const std::string_view what = std::string_view{item.key}.substr(item.key.find('.') + 1);
    if (what == "way") {
        nic.way = words_of(item.value);
    } else if (what == "numa_node") {
        nic.numa_node = number_in(item.value);  // -1: the kernel does not know it
    } else if (what == "virtual") {
        nic.is_virtual_function = true;
    } else if (what == "state") {
        nic.state = state_of(item);
    } else if (what == "port" && slash < item.part.size()) {
        if (const auto port = number_in(item.part.substr(slash + 1))) {
            const LinkState state = state_of(item);
            nic.ports[*port] = state;
            nic.state = nic.ports.size() == 1 ? state : std::min(nic.state, state);
        }
    }
}

std::set<std::int64_t> numa_nodes_of(const Tree& tree) {
    std::set<std::int64_t> nodes;
    for (const std::string& name : tree.names("/sys/devices/system/node")) {
        if (!name.starts_with("node")) continue;
        const auto node = number_in(std::string_view{name}.substr(4));
        const FileText cores = tree.read("/sys/devices/system/node/" + name + "/cpulist");
        if (node && cores.text && !numbers_of_list(*cores.text).empty()) nodes.insert(*node);
    }
    return nodes;
}

/// Between host bridges.
Distance numa_distance(const DevicePlace& device, const Nic& nic) {
    if (device.all_numa_nodes.size() == 1) return Distance::Node;
    const bool known = nic.numa_node && device.all_numa_nodes.contains(*nic.numa_node);
    if (!known || device.numa_nodes.empty()) return Distance::Unknown;
    return device.numa_nodes.contains(*nic.numa_node) ? Distance::Node : Distance::Sys;
}

bool is_card(const Nic& nic) { return !nic.way.empty() && nic.adapter.empty(); }

/// The cards to choose from: the first of these kinds of which there is any.
std::vector<const Nic*> cards_of(const NodeNics& node) {
    for (const bool only_active : {true, false}) {
        for (const Nic::Kind kind : {Nic::Kind::Adapter, Nic::Kind::Interface}) {
            for (const bool is_virtual : {false, true}) {
                std::vector<const Nic*> cards;
                for (const Nic& nic : node.nics) {
                    const bool fits = is_card(nic) && nic.kind == kind &&
                                      nic.is_virtual_function == is_virtual &&
                                      (!only_active || nic.state == LinkState::Active);
                    if (fits) cards.push_back(&nic);
                }
                if (!cards.empty()) return cards;
            }
        }
    }
    return {};
}

}  // namespace

NodeNics nics_of(const Inventory& inventory) {
    NodeNics node;
    std::map<std::pair<Nic::Kind, std::string>, Nic> nics;
    for (const InventoryItem& item : inventory.items) {
        take(item, nics);
        if (item.key == "nics.beyond") node.problem = item.source + ": " + item.why_unknown;
    }
    std::map<std::string, std::string> adapters;  // by PCI function
    for (auto& [key, nic] : nics) {
        std::tie(nic.kind, nic.name) = key;
        if (nic.kind == Nic::Kind::Adapter && !nic.way.empty()) {
            adapters.emplace(nic.way.back(), nic.name);
        }
        if (nic.kind == Nic::Kind::Interface && !nic.way.empty()) {
            const auto found = adapters.find(nic.way.back());
            if (found != adapters.end()) nic.adapter = found->second;
        }
        node.nics.push_back(std::move(nic));
    }
    for (const InventoryEvent& event : inventory.events) node.problem = event.text;
    return node;
}

DevicePlace place_of_gpu(const Tree& tree, const std::string& pci) {
    DevicePlace place;
    place.all_numa_nodes = numa_nodes_of(tree);
    // An address is one name: nothing from outside leads elsewhere.
    if (pci.empty() || pci.find('/') != std::string::npos) return place;
    place.way = pci_way(tree.link_path("/sys/bus/pci/devices/" + pci));
    const auto node = tree.number("/sys/bus/pci/devices/" + pci + "/numa_node");
    if (node && place.all_numa_nodes.contains(*node)) place.numa_nodes.insert(*node);
    return place;
}

DevicePlace place_of_cores(const Tree& tree, std::string_view cores) {
    DevicePlace place;
    place.all_numa_nodes = numa_nodes_of(tree);
    const std::vector<std::int64_t> own = numbers_of_list(cores);
    const std::set<std::int64_t> ours{own.begin(), own.end()};
    for (const std::int64_t node : place.all_numa_nodes) {
        const FileText list =
            tree.read("/sys/devices/system/node/node" + std::to_string(node) + "/cpulist");
        const std::vector<std::int64_t> all = numbers_of_list(list.text.value_or(""));
        if (std::ranges::any_of(all, [&](std::int64_t core) { return ours.contains(core); })) {
            place.numa_nodes.insert(node);
        }
    }
    return place;
}

std::string_view to_string(Distance distance) noexcept {
    switch (distance) {
        case Distance::Pix: return "PIX";
        case Distance::Pxb: return "PXB";
        case Distance::Phb: return "PHB";
        case Distance::Node: return "NODE";
        case Distance::Sys: return "SYS";
        case Distance::Unknown: break;
    }
    return "unknown";
}

Distance distance(const DevicePlace& device, const Nic& nic) {
    if (nic.way.empty()) return Distance::Unknown;
    const auto parted = std::ranges::mismatch(device.way, nic.way);
    const auto shared = parted.in1 - device.way.begin();
    if (shared == 0) return numa_distance(device, nic);
    if (shared == 1) return Distance::Phb;
    // Below what both have in common, one switch has one port on the way to each of them.
    constexpr std::ptrdiff_t kPortAndDevice = 2;
    const std::ptrdiff_t below =
        std::max(device.way.end() - parted.in1, nic.way.end() - parted.in2);
    return below <= kPortAndDevice ? Distance::Pix : Distance::Pxb;
}

NearestNics nearest_nics(const NodeNics& node, const DevicePlace& device) {
    NearestNics nearest;
    const std::vector<const Nic*> cards = cards_of(node);
    nearest.cards = cards.size();
    for (const Nic* card : cards) {
        nearest.kind = card->kind;
        nearest.is_active = card->state == LinkState::Active;
        const Distance far = distance(device, *card);
        if (far < nearest.how_far) nearest.names.clear();
        nearest.how_far = std::min(nearest.how_far, far);
        if (far == nearest.how_far) nearest.names.push_back(card->name);
    }
    return nearest;
}

std::string text_of(const NearestNics& nearest) {
    if (nearest.names.empty()) return "none: no adapter and no Ethernet card on the PCI bus";
    const std::string far = nearest.how_far == Distance::Unknown
                                ? "distance not known"
                                : std::string{to_string(nearest.how_far)};
    return listed(nearest.names) + " (" + far +
           (nearest.is_active ? ")" : ", no port known to be active)");
}

std::string listed(const std::vector<std::string>& names) {
    constexpr std::size_t kMostShown = 16;
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), kMostShown); ++i) {
        text += (i == 0 ? "" : ", ") + names[i];
    }
    if (names.size() > kMostShown) {
        text += " and " + std::to_string(names.size() - kMostShown) + " more";
    }
    return text;
}

}  // namespace rackproof
