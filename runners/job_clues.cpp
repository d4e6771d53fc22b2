#include <fmt/format.h>
#include <algorithm>

#include "core/event_codes.hpp"
#include "core/fleet.hpp"
#include "runners/job.hpp"

namespace rackproof {
namespace {

/// Two connections that close within this time closed together: who was first cannot be told.
constexpr double kTogether_s = 0.001;

/// True if these are the latest words of `behind` and came before the latest of `ahead`.
bool is_behind(const std::vector<std::string>& behind, const std::vector<std::string>& ahead) {
    if (behind.empty() || ahead.empty() || behind.back() == ahead.back()) return false;
    return std::find(ahead.begin(), ahead.end() - 1, behind.back()) != ahead.end() - 1;
}

}  // namespace

bool Job::lost_a_connection() const {
    return std::ranges::any_of(ranks_, [](const Rank& rank) { return rank.closed_s.has_value(); });
}

bool Job::is_at_work() const {
    return std::ranges::any_of(ranks_, [](const Rank& rank) {
        return rank.phase == Phase::Ready || rank.phase == Phase::Busy;
    });
}

void Job::add_clue(ClueKind kind, std::int32_t rank, std::string text) {
    clues_.push_back({node_of_rank(rank), kind, std::move(text)});
}

void Job::nodes_named_lost(const std::vector<std::string>& hosts) {
    if (hosts.size() != 1) return;
    for (std::int32_t rank = 0; rank < static_cast<std::int32_t>(ranks_.size()); ++rank) {
        if (!same_host(host_of(rank), hosts.front())) continue;
        return add_clue(ClueKind::NamedByLauncher, rank,
                        "the launcher says it lost " + host_of(rank));
    }
}

void Job::suspect_who_is_absent() {
    for (std::int32_t rank = 0; rank < static_cast<std::int32_t>(ranks_.size()); ++rank) {
        const Phase phase = at(rank).phase;
        if (phase != Phase::Absent && phase != Phase::Joined) continue;
        const auto same_node = [&](const Clue& clue) { return clue.node == node_of_rank(rank); };
        if (std::ranges::any_of(clues_, same_node)) continue;
        add_clue(ClueKind::NotStarted, rank, name_of(rank) + " did not come up");
    }
}

std::vector<Clue> Job::clues() const {
    std::vector<Clue> all = clues_;
    add_never_entered(all);
    add_first_to_close(all);
    add_bad_endings(all);
    if (all.empty()) add_never_done(all);
    return all;
}

/// True if a rank has said that its deadline passed: its end takes the others along.
bool Job::deadline_has_passed() const {
    return bad_since_s_ && std::ranges::any_of(ranks_, &Rank::timed_out);
}

void Job::add_first_to_close(std::vector<Clue>& clues) const {
    if (ranks_.empty() || launcher_end_ == LauncherEnd::Killed) return;  // it took them along
    const std::vector<std::int32_t> order = in_order_of_closing();
    const auto closed = [this](std::int32_t rank) {
        return ranks_[static_cast<std::size_t>(rank)].closed_s;
    };
    const std::int32_t first = order.front();
    if (!closed(first)) return;
    if (deadline_has_passed() && *closed(first) >= *bad_since_s_) return;  // that took it along
    std::optional<double> lead_s;
    for (const std::int32_t rank : order) {
        if (node_of_rank(rank) == node_of_rank(first) || !closed(rank)) continue;
        lead_s = *closed(rank) - *closed(first);
        break;
    }
    if (lead_s && *lead_s < kTogether_s) return;
    clues.push_back({node_of_rank(first), ClueKind::ClosedFirst,
                     death_of(first) + (lead_s ? fmt::format("; {:.2f} s before any other", *lead_s)
                                               : "; no other did")});
}

/// If the ranks of one node alone say that it went wrong.
void Job::add_bad_endings(std::vector<Clue>& clues) const {
    std::optional<std::int32_t> bad;
    std::string text;
    for (const auto& [cell, by_rank] : endings_) {
        for (const auto& [rank, ending] : by_rank) {
            if (ending.outcome != Outcome::Failed && ending.outcome != Outcome::WrongAnswer)
                continue;
            if (bad && node_of_rank(*bad) != node_of_rank(rank)) return;
            bad = rank;
            text = ending.reason;
        }
    }
    if (bad) clues.push_back({node_of_rank(*bad), ClueKind::FailedAlone, text});
}

/// Where ranks talk and the deadline has passed: those whose last operation is one that the others
/// have said, too, and left behind for the next, in which they all have waited since. They are at
/// most half of the ranks.
std::vector<std::int32_t> Job::never_entered() const {
    if (!plan_.ranks_talk || !deadline_has_passed()) return {};
    std::vector<std::int32_t> behind;
    std::vector<const Rank*> ahead;
    for (std::int32_t rank = 0; rank < static_cast<std::int32_t>(ranks_.size()); ++rank) {
        const Rank& own = ranks_[static_cast<std::size_t>(rank)];
        const bool late = std::ranges::any_of(
            ranks_, [&](const Rank& other) { return is_behind(own.said, other.said); });
        if (late) {
            behind.push_back(rank);
        } else {
            ahead.push_back(&own);
        }
    }
    const auto waited = [&](const Rank* rank) {
        return !rank->said.empty() && rank->said.back() == ahead.front()->said.back() &&
               *bad_since_s_ - rank->said_s >= patience_->waiting_s;
    };
    const bool is_clear = behind.size() <= ahead.size() && std::ranges::all_of(ahead, waited);
    return is_clear ? behind : std::vector<std::int32_t>{};
}

std::string Job::never_entered_text(std::int32_t rank) const {
    const Rank& own = ranks_.at(static_cast<std::size_t>(rank));
    for (const Rank& other : ranks_) {
        if (!is_behind(own.said, other.said)) continue;
        return name_of(rank) + " never entered '" + other.said.back() +
               "', in which the others waited for it; its last words: " + own.said.back();
    }
    return name_of(rank);
}

void Job::add_never_entered(std::vector<Clue>& clues) const {
    for (const std::int32_t rank : never_entered()) {
        clues.push_back({node_of_rank(rank), ClueKind::NeverEntered, never_entered_text(rank)});
    }
}

/// Among the devices of one node nobody is looked for, and this is what there is to say.
void Job::tell_who_never_entered() {
    if (plan_.trial_s) return;  // whose time is short: it says who is slow, not who hangs
    for (const std::int32_t rank : never_entered()) {
        tell(event_code::kNeverEntered, never_entered_text(rank), rank);
    }
}

/// If one node alone has not said how the cell in flight ended: its last words are the oldest. Not
/// those whose connection has closed: the first whose deadline passes may take the others along
/// before they can say the same.
void Job::add_never_done(std::vector<Clue>& clues) const {
    for (const auto& [cell, by_rank] : endings_) {
        std::optional<std::int32_t> missing;
        bool several = false;
        for (std::int32_t rank = 0; rank < static_cast<std::int32_t>(ranks_.size()); ++rank) {
            if (by_rank.contains(rank)) continue;
            if (deadline_has_passed() && ranks_[static_cast<std::size_t>(rank)].closed_s) return;
            several = several || (missing && node_of_rank(*missing) != node_of_rank(rank));
            missing = rank;
        }
        if (!missing || several || by_rank.empty()) continue;
        const Rank& rank = ranks_[static_cast<std::size_t>(*missing)];
        clues.push_back(
            {node_of_rank(*missing), ClueKind::NeverDone,
             name_of(*missing) + " never said how it ended; last words: " + rank.last_words});
        return;
    }
}

}  // namespace rackproof
