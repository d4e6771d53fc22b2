#include "runners/nic_binding.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <set>

#include "core/utf8.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kLongestPin = 256;

std::string shown_pin(const NicPin& pin) {
    return pin.variable + "=" + shortened(printable(pin.value), kLongestPin);
}

std::vector<std::string> cards_of(const PinMeaning& meaning) {
    std::set<std::string> cards;
    for (const Nic* nic : meaning.nics)
        cards.insert(nic->adapter.empty() ? nic->name : nic->adapter);
    return {cards.begin(), cards.end()};
}

/// Why the nearest card is out of reach, and only if each card that is not is known to be farther.
std::string kept_out(const NicPin& pin, const PinMeaning& meaning, const DevicePlace& device,
                     const NearestNics& nearest) {
    constexpr std::size_t kFewestToChooseFrom = 2;
    const bool carries_data = is_of_adapters(pin) || nearest.kind == Nic::Kind::Interface;
    if (!carries_data || !nearest.is_active || nearest.cards < kFewestToChooseFrom) return {};
    std::string farther;
    for (const Nic* nic : meaning.nics) {
        const Distance far = distance(device, *nic);
        if (far == Distance::Unknown || far <= nearest.how_far) return {};
        if (farther.empty()) farther = nic->name + " is " + std::string{to_string(far)};
    }
    return " keeps out " + text_of(nearest) + ", the nearest of this device; " + farther;
}

std::string problem_of(const NicPin& pin, const PinMeaning& meaning, const NodeNics& node,
                       const DevicePlace& device, const NearestNics& nearest) {
    if (pin.is_ours || !meaning.is_known) return {};
    if (meaning.names.empty()) {
        // Of a node that is not wholly known it cannot be said; to keep out what is not there is
        // no fault.
        if (!node.problem.empty() || (meaning.is_exclusion && !meaning.has_choice)) return {};
        return " names no network card of this node" +
               (nearest.names.empty() ? ", which has none"
                                      : ", whose nearest is " + text_of(nearest));
    }
    if (meaning.is_down) {
        return " names " + listed(meaning.names) + " alone, which is down";
    }
    return kept_out(pin, meaning, device, nearest);
}

std::string pin_text(const NicPin& pin, const PinMeaning& meaning) {
    const std::string names = !meaning.is_known       ? "not understood"
                              : meaning.names.empty() ? "none"
                                                      : listed(meaning.names);
    return names + " (" + pin.variable + (pin.is_ours ? ", by rackproof's launcher)" : ")");
}

/// True if each rank can have a card among its nearest that is nobody else's: augmenting paths
/// (Berge 1957) over ranks and cards.
bool each_has_its_own(const std::vector<const record::RankNics*>& ranks) {
    std::map<std::string, std::size_t> owners;
    const std::function<bool(std::size_t, std::set<std::string>&)> find_one =
        [&](std::size_t rank, std::set<std::string>& asked) {
            return std::ranges::any_of(ranks[rank]->nearest, [&](const std::string& card) {
                if (!asked.insert(card).second) return false;
                const auto owner = owners.find(card);
                if (owner != owners.end() && !find_one(owner->second, asked)) return false;
                owners[card] = rank;
                return true;
            });
        };
    for (std::size_t rank = 0; rank < ranks.size(); ++rank) {
        std::set<std::string> asked;
        if (!find_one(rank, asked)) return false;
    }
    return true;
}

}  // namespace

DevicePlace device_place(const DeviceInfo& device) {
    return device.facts.kind == "gpu" ? place_of_gpu(Tree{}, device.facts.pci)
                                      : place_of_cores(Tree{}, device.cores);
}

NicBinding bind_nics(const NodeNics& node, const DevicePlace& device,
                     const std::vector<NicPin>& pins, const InterfacesIn& interfaces_in) {
    NicBinding binding;
    const NearestNics nearest = nearest_nics(node, device);
    binding.nearest = node.problem.empty() ? text_of(nearest) : "not known: " + node.problem;
    if (node.problem.empty()) binding.record.nearest = nearest.names;
    for (const NicPin& pin : pins) {
        const PinMeaning meaning = meaning_of(pin, node, interfaces_in);
        binding.pins += (binding.pins.empty() ? "" : "; ") + shown_pin(pin);
        binding.nics += (binding.nics.empty() ? "" : "; ") + pin_text(pin, meaning);
        if (!pin.is_ours) binding.record.pinned[pin.variable] = cards_of(meaning);
        const std::string problem = problem_of(pin, meaning, node, device, nearest);
        if (!problem.empty()) binding.problems.push_back(shown_pin(pin) + problem);
    }
    if (pins.empty()) {
        const bool is_known = node.problem.empty() && !nearest.names.empty();
        binding.nics =
            is_known ? listed(nearest.names) + " (nearest, not pinned)" : binding.nearest;
    }
    return binding;
}

std::string one_card_for_all(const std::vector<const record::RankNics*>& ranks) {
    if (ranks.size() < 2 || !each_has_its_own(ranks)) return {};
    for (const auto& [variable, cards] : ranks.front()->pinned) {
        const bool all =
            cards.size() == 1 && std::ranges::all_of(ranks, [&](const record::RankNics* rank) {
                const auto pinned = rank->pinned.find(variable);
                return pinned != rank->pinned.end() && pinned->second == cards;
            });
        if (all) {
            return variable + " pins all " + std::to_string(ranks.size()) +
                   " ranks of this node to " + printable(shortened(cards.front(), kLongestPin)) +
                   ", though each of their devices has a nearest card of its own";
        }
    }
    return {};
}

}  // namespace rackproof
