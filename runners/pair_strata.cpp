#include "runners/pair_strata.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <string_view>

#include "core/index.hpp"

namespace rackproof {
namespace {

/// A label with one of these in its name says which part of the fabric a node hangs on. The nearest
/// comes first.
constexpr const char* kFabric[] = {"domain", "rail", "leaf", "switch", "pod", "spine"};

bool names(std::string label, std::string_view part) {
    std::ranges::transform(label, label.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return label.find(part) != std::string::npos;
}

std::vector<std::int32_t> numbered(const std::vector<std::string_view>& values) {
    std::map<std::string_view, std::int32_t> numbers;
    std::vector<std::int32_t> parts;
    parts.reserve(values.size());
    for (const std::string_view value : values) {
        const bool known = !value.empty() && value != "-";
        const auto next = static_cast<std::int32_t>(numbers.size());
        parts.push_back(known ? numbers.emplace(value, next).first->second : -1);
    }
    return parts;
}

/// False if it tells nobody apart, or everybody.
bool divides(const std::vector<std::int32_t>& parts) {
    const std::set<std::int32_t> distinct{parts.begin(), parts.end()};
    const auto known = static_cast<std::size_t>(
        std::ranges::count_if(parts, [](std::int32_t part) { return part >= 0; }));
    const std::size_t groups = distinct.size() - distinct.count(-1);
    return distinct.size() >= 2 && known > groups;
}

/// Draws the rounds one after the other and remembers who has met whom.
class Draw {
  public:
    Draw(std::int32_t count, const Strata& strata, std::uint64_t seed)
        : count_{count},
          players_{count + count % 2},
          strata_{strata},
          random_{seed},
          met_(at(players_)),
          meetings_(at(players_), std::vector<std::int32_t>(strata.size() + 1, 0)) {
        for (const std::vector<std::int32_t>& parts : strata) {
            std::map<std::int32_t, std::vector<std::int32_t>> members;
            for (std::int32_t player = 0; player < count; ++player) {
                if (parts[at(player)] >= 0) members[parts[at(player)]].push_back(player);
            }
            members_.push_back(std::move(members));
        }
        everybody_.resize(at(players_));
        std::iota(everybody_.begin(), everybody_.end(), 0);
    }

    PairRound round() {
        partner_.assign(at(players_), -1);
        shuffle(everybody_);
        for (auto& by_part : members_) {
            for (auto& [part, players] : by_part) shuffle(players);
        }
        std::vector<std::int32_t> order = everybody_;
        if (players_ > count_) pair_off(count_, bye(order));
        // Who has met nobody of some nearness yet chooses first, while there are such to choose.
        std::ranges::stable_sort(order, {}, [this](std::int32_t player) {
            return *std::ranges::min_element(meetings_[at(player)]);
        });
        for (const std::int32_t player : order) {
            if (partner_[at(player)] < 0) find_partner(player);
        }
        for (const std::int32_t player : order) {
            if (partner_[at(player)] < 0) make_room(player);
        }
        ++round_;
        return taken();
    }

  private:
    /// Not std::shuffle, which draws differently from one library to the next.
    void shuffle(std::vector<std::int32_t>& players) {
        for (std::size_t i = players.size(); i > 1; --i) {
            std::swap(players[i - 1], players[random_() % i]);
        }
    }

    [[nodiscard]] bool have_met(std::int32_t a, std::int32_t b) const {
        return met_[at(a)].contains(b);
    }

    void pair_off(std::int32_t a, std::int32_t b) {
        partner_[at(a)] = b;
        partner_[at(b)] = a;
    }

    /// Who sits this round out: somebody who has not yet.
    [[nodiscard]] std::int32_t bye(const std::vector<std::int32_t>& order) const {
        return *std::ranges::find_if(order, [this](std::int32_t player) {
            return player != count_ && !have_met(player, count_);
        });
    }

    [[nodiscard]] bool may_meet(std::int32_t a, std::int32_t b) const {
        return a != b && partner_[at(b)] < 0 && !have_met(a, b);
    }

    /// Nearnesses, the one met least first; of equals another one each round, the same for all.
    [[nodiscard]] std::vector<std::size_t> wanted(std::int32_t player) const {
        const std::size_t kinds = strata_.size() + 1;
        std::vector<std::size_t> order(kinds);
        for (std::size_t i = 0; i < kinds; ++i) order[i] = (round_ + i) % kinds;
        std::ranges::stable_sort(order, {},
                                 [&](std::size_t kind) { return meetings_[at(player)][kind]; });
        return order;
    }

    /// Those among whom partners of this nearness are: of one part, or everybody.
    [[nodiscard]] const std::vector<std::int32_t>& candidates(std::int32_t player,
                                                              std::size_t kind) const {
        static const std::vector<std::int32_t> kNobody;
        if (kind == strata_.size()) return everybody_;
        const auto found = members_[kind].find(strata_[kind][at(player)]);
        return found == members_[kind].end() ? kNobody : found->second;
    }

    void find_partner(std::int32_t player) {
        for (const std::size_t kind : wanted(player)) {
            for (const std::int32_t other : candidates(player, kind)) {
                if (!may_meet(player, other) || nearness(strata_, player, other) != kind) continue;
                return pair_off(player, other);
            }
        }
    }

    /// Two are left who have met: a pair is found whose ends they can play with. While everybody
    /// has at least half of all players still to meet there is one (the count behind Dirac's
    /// theorem, 1952: more than two of the four pairings are open for some pair).
    void make_room(std::int32_t player) {
        const auto left = std::ranges::find_if(everybody_, [&](std::int32_t other) {
            return other != player && partner_[at(other)] < 0;
        });
        const std::int32_t other = *left;
        for (const std::int32_t one : everybody_) {
            const std::int32_t two = partner_[at(one)];
            if (two < 0 || have_met(player, one) || have_met(other, two)) continue;
            pair_off(player, one);
            return pair_off(other, two);
        }
    }

    /// The round's pairs, which have met from now on.
    PairRound taken() {
        PairRound pairs;
        for (std::int32_t player = 0; player < players_; ++player) {
            const std::int32_t other = partner_[at(player)];
            if (other < player) continue;
            met_[at(player)].insert(other);
            met_[at(other)].insert(player);
            if (other == count_) continue;  // a bye
            const std::size_t kind = nearness(strata_, player, other);
            ++meetings_[at(player)][kind];
            ++meetings_[at(other)][kind];
            pairs.emplace_back(player, other);
        }
        return pairs;
    }

    std::int32_t count_;
    std::int32_t players_;  ///< with one who stands for a bye, if they are odd
    const Strata& strata_;
    std::mt19937_64 random_;
    std::size_t round_ = 0;
    std::vector<std::set<std::int32_t>> met_;
    std::vector<std::vector<std::int32_t>> meetings_;  ///< by player and nearness
    std::vector<std::map<std::int32_t, std::vector<std::int32_t>>> members_;  ///< by kind and part
    std::vector<std::int32_t> everybody_;
    std::vector<std::int32_t> partner_;  ///< in this round; -1 = none yet
};

}  // namespace

Strata strata_of(const std::vector<Node>& all, const std::vector<std::int32_t>& nodes) {
    std::set<std::string> labels;
    for (const std::int32_t node : nodes) {
        for (const auto& [name, value] : all[at(node)].labels) labels.insert(name);
    }
    Strata strata;
    const auto add = [&](const std::vector<std::string_view>& values) {
        std::vector<std::int32_t> parts = numbered(values);
        if (divides(parts) && std::ranges::find(strata, parts) == strata.end())
            strata.push_back(std::move(parts));
    };
    for (const char* part : kFabric) {
        for (const std::string& label : labels) {
            if (!names(label, part)) continue;
            std::vector<std::string_view> values;
            for (const std::int32_t node : nodes) {
                const auto found = all[at(node)].labels.find(label);
                const bool given = found != all[at(node)].labels.end();
                values.emplace_back(given ? std::string_view{found->second} : std::string_view{});
            }
            add(values);
        }
    }
    std::vector<std::string_view> racks;
    for (const std::int32_t node : nodes) racks.emplace_back(all[at(node)].rack);
    add(racks);
    return strata;
}

std::size_t nearness(const Strata& strata, std::int32_t a, std::int32_t b) {
    for (std::size_t kind = 0; kind < strata.size(); ++kind) {
        const std::vector<std::int32_t>& parts = strata[kind];
        const bool known = at(a) < parts.size() && at(b) < parts.size();
        if (known && parts[at(a)] >= 0 && parts[at(a)] == parts[at(b)]) return kind;
    }
    return strata.size();
}

std::vector<PairRound> stratified_rounds(std::int32_t count, std::int32_t most_rounds,
                                         const Strata& strata, std::uint64_t seed) {
    if (count < 2 || most_rounds < 1) return {};
    const std::int32_t players = count + count % 2;
    if (most_rounds > players / 2) return pair_rounds(count, most_rounds);
    Draw draw{count, strata, seed};
    std::vector<PairRound> rounds;
    for (std::int32_t round = 0; round < most_rounds; ++round) rounds.push_back(draw.round());
    return rounds;
}

}  // namespace rackproof
