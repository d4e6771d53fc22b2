#include "analysis/skew.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <tuple>

#include "analysis/false_discovery.hpp"
#include "analysis/rank_places.hpp"
#include "analysis/robust.hpp"
#include "core/core_list.hpp"
#include "core/index.hpp"
#include "core/manifest.hpp"

namespace rackproof {
namespace {

/// Less than this, or than this share of the time that a sample takes the others, is nobody's loss.
constexpr double kLeastLateness_s = 1e-3;
constexpr double kLeastShareOfSample = 0.005;
/// Who shares a core comes when the other lets go of it, at the next tick of the kernel's clock:
/// 10 ms at most (HZ = 100). One rank may always be the one that is let in last.
constexpr double kTimeSlice_s = 0.01;
/// Who is late in fewer repetitions than this share of them is late by chance.
constexpr double kLeastOften = 0.75;

constexpr const char* kAfterSkew =
    "See what else runs on its cores, its clocks and its interrupts: links do not make a rank late "
    "at the start. Run the case with many repetitions; if another rank is late then, it was "
    "chance.";

struct Passage {
    std::int32_t repetition = 0;
    std::int32_t rank = 0;
    double entry_s = 0;
    double exit_s = 0;
    double error_s = 0;
};

/// How one rank came to all samples of one row.
struct Lateness {
    std::vector<double> late_s;    ///< behind the others, one a sample; negative when before them
    std::vector<double> others_s;  ///< what the sample took one of those others
    double error_s = 0;            ///< the largest of the two clocks together

    /// Samples to which it came later than that for certain.
    [[nodiscard]] std::int64_t often(double least_s) const {
        return std::ranges::count_if(late_s,
                                     [&](double each_s) { return each_s - error_s >= least_s; });
    }
};

/// One rank that may be late: a hypothesis among those of the metric.
struct Latecomer {
    std::int32_t rank = 0;
    std::size_t ranks = 0;
    Lateness lateness;
    Place place;
    std::int64_t often = 0;
    double chance = 1;
    std::size_t row = 0;
};

bool is_sound(const Passage& passage) {
    return std::isfinite(passage.entry_s) && std::isfinite(passage.exit_s) &&
           std::isfinite(passage.error_s) && passage.error_s >= 0 &&
           passage.exit_s > passage.entry_s;
}

/// Passages by row, those of a row by repetition.
std::map<std::int32_t, std::vector<Passage>> by_row(const RankTimes& times) {
    const std::size_t count =
        std::min({times.cell.size(), times.rank.size(), times.repetition.size(), times.entry.size(),
                  times.exit.size(), times.clock_error.size()});
    std::map<std::int32_t, std::vector<Passage>> rows;
    for (std::size_t i = 0; i < count; ++i) {
        rows[times.cell[i]].push_back({times.repetition[i], times.rank[i], times.entry[i],
                                       times.exit[i], times.clock_error[i]});
    }
    for (auto& [row, passages] : rows) {
        std::ranges::sort(passages, [](const Passage& a, const Passage& b) {
            return std::tie(a.repetition, a.rank, a.entry_s) <
                   std::tie(b.repetition, b.rank, b.entry_s);
        });
    }
    return rows;
}

/// True if each of `ranks` ranks, which are numbered from 0, was seen once, with numbers.
bool has_all_ranks(std::span<const Passage> sample, std::size_t ranks) {
    if (sample.size() != ranks) return false;
    for (std::size_t i = 0; i < ranks; ++i) {
        if (sample[i].rank != static_cast<std::int32_t>(i) || !is_sound(sample[i])) return false;
    }
    return true;
}

/// Each rank against the middle one of the others, the later one of two middles: at most half of
/// the ranks can be later than it.
void add_sample(std::span<const Passage> sample, std::vector<Lateness>& all) {
    std::vector<const Passage*> order;
    order.reserve(sample.size());
    for (const Passage& passage : sample) order.push_back(&passage);
    std::ranges::sort(order, {}, [](const Passage* p) { return std::tuple{p->entry_s, p->rank}; });
    const std::size_t middle =
        (order.size() - 1) / 2;  // among the others, of whom there is one less
    for (std::size_t place = 0; place < order.size(); ++place) {
        const Passage& own = *order[place];
        const Passage& other = *order[place <= middle ? middle + 1 : middle];
        Lateness& lateness = all[at(own.rank)];
        lateness.late_s.push_back(own.entry_s - other.entry_s);
        lateness.others_s.push_back(other.exit_s - other.entry_s);
        lateness.error_s = std::max(lateness.error_s, own.error_s + other.error_s);
    }
}

/// Of all ranks, by their numbers; empty if the passages are of fewer than two.
std::vector<Lateness> lateness_of(const std::vector<Passage>& passages) {
    std::int32_t most = -1;
    for (const Passage& passage : passages) most = std::max(most, passage.rank);
    const auto ranks = static_cast<std::size_t>(std::int64_t{most} + 1);
    if (ranks < 2 || ranks > passages.size()) return {};
    std::vector<Lateness> all(ranks);
    for (auto begin = passages.begin(); begin != passages.end();) {
        const auto end = std::find_if(begin, passages.end(), [&](const Passage& passage) {
            return passage.repetition != begin->repetition;
        });
        const std::span<const Passage> sample{begin, end};
        if (has_all_ranks(sample, ranks)) add_sample(sample, all);
        begin = end;
    }
    return all;
}

/// The chance that somebody is so often among the later half if each time others are.
double chance_of_lateness(std::int64_t often, std::size_t of) {
    const auto samples = static_cast<double>(of);
    const auto late = static_cast<double>(often);
    if (often < 1 || late < kLeastOften * samples) return 1;
    return boost::math::cdf(boost::math::complement(boost::math::binomial{samples, 0.5}, late - 1));
}

/// The nodes on whose devices the ranks of a cell ran, in order of their ranks.
std::vector<std::int32_t> nodes_at_work(const Survey& survey, const TargetCell& cell) {
    const Run& run = *survey.run;
    const Place& place = cell.place;
    std::vector<std::int32_t> nodes{place.node};
    if (place.group >= 0) nodes = run.groups[at(place.group)];
    if (place.peer_node >= 0) nodes.push_back(place.peer_node);
    if (const VariantFacts* facts = survey.variant(cell)) {
        std::erase_if(nodes, [&](std::int32_t node) {
            const auto& absent = facts->without;
            return std::ranges::find(absent, run.nodes[at(node)].name) != absent.end();
        });
    }
    return nodes;
}

/// How many other ranks share cores with this one, as the workers said.
std::int64_t sharers(const Survey& survey, const std::vector<Place>& places, std::size_t rank) {
    const auto& columns = survey.run->inventory;
    const auto column = std::ranges::find(columns, "worker.cores", &InventoryColumn::key);
    if (column == columns.end() || column->scope != Scope::Device || rank >= places.size())
        return 0;
    const auto cores = [&](const Place& place) -> std::string_view {
        const auto device = at(place.device);
        return device < column->values.size() ? column->values[device] : std::string_view{};
    };
    const std::string_view own = cores(places[rank]);
    return std::ranges::count_if(places, [&](const Place& other) {
        return other.node == places[rank].node && other.device != places[rank].device &&
               !shared_cores(own, cores(other)).empty();
    });
}

bool is_some_loss(const Lateness& lateness) {
    return *median(lateness.late_s) >= kLeastShareOfSample * *median(lateness.others_s);
}

/// The ranks of a cell that come late more often than chance alone makes likely.
std::vector<Latecomer> latecomers_of(const MetricCells& cells, const Survey& survey,
                                     const TargetCell& cell, std::vector<Lateness> all,
                                     double most_likely) {
    std::vector<Latecomer> found;
    std::optional<std::vector<Place>> places;  // seldom needed
    const auto is_unlikely = [&](double chance) { return chance < 1 && chance <= most_likely; };
    for (std::size_t rank = 0; rank < all.size(); ++rank) {
        const auto chance_of_more = [&](double least_s) {
            return chance_of_lateness(all[rank].often(least_s), all[rank].late_s.size());
        };
        if (!is_unlikely(chance_of_more(kLeastLateness_s)) || !is_some_loss(all[rank])) continue;
        if (!places) {
            places = places_of_ranks(*survey.run, nodes_at_work(survey, cell), all.size(),
                                     device_kind_of(cells.metric()));
        }
        const auto others = static_cast<double>(sharers(survey, *places, rank));
        const double least_s = kLeastLateness_s + others * kTimeSlice_s;
        const double chance = chance_of_more(least_s);
        if (!is_unlikely(chance)) continue;
        const std::int64_t often = all[rank].often(least_s);
        const Place place = places->empty() ? cell.place : (*places)[rank];
        found.push_back({static_cast<std::int32_t>(rank), all.size(), std::move(all[rank]), place,
                         often, chance});
    }
    return found;
}

Draft late_rank(const MetricCells& cells, const Latecomer& latecomer) {
    const Lateness& lateness = latecomer.lateness;
    const double late_s = *median(lateness.late_s);
    const double others_s = *median(lateness.others_s);
    Draft draft;
    Finding& finding = draft.finding;
    finding.verdict = Verdict::Watch;
    finding.kind = FindingKind::Slow;
    finding.rule = "skew";
    finding.p_value = latecomer.chance;
    finding.cohort = static_cast<std::int64_t>(latecomer.ranks);
    finding.action = kAfterSkew;
    draft.place = latecomer.place;
    draft.metric = cells.index();
    draft.what = fmt::format(
        "rank {} of {} enters {} {:.1f} ms after the others, which wait for it: {:.1f} % of the "
        "{:.1f} ms that a sample takes them (late in {} of {} repetitions; clocks agree to {:.3f} "
        "ms)",
        latecomer.rank, latecomer.ranks, cells.metric().name, 1e3 * late_s, 100 * late_s / others_s,
        1e3 * others_s, latecomer.often, lateness.late_s.size(), 1e3 * lateness.error_s);
    return draft;
}

/// Of pairs: who is late with one partner and not with the others is kept waiting by that one. The
/// last word of the barrier before a sample comes late over its slow link, too.
void keep_late_with_most(const std::map<std::int32_t, std::size_t>& pairs,
                         std::vector<Latecomer>& latecomers) {
    std::map<std::int32_t, std::set<std::size_t>> late;
    for (const Latecomer& each : latecomers) late[each.place.node].insert(each.row);
    std::erase_if(latecomers, [&](const Latecomer& latecomer) {
        const std::int32_t node = latecomer.place.node;
        return latecomer.place.peer_node < 0 && 2 * late[node].size() < pairs.at(node);
    });
}

}  // namespace

void judge_skew(const MetricCells& cells, const Survey& survey, const Policy& policy,
                std::vector<Draft>& drafts) {
    const auto times = survey.run->ranks.find(cells.metric().name);
    if (times == survey.run->ranks.end()) return;
    const std::map<std::int32_t, std::vector<Passage>> rows = by_row(times->second);
    std::vector<Latecomer> latecomers;
    std::vector<double> chances;
    std::map<std::int32_t, std::size_t> pairs;  // by node: those that tell
    std::size_t compared = 0;
    for (const TargetCell& cell : cells.cells()) {
        const std::size_t row = cells.rows(cell).back();
        const auto passages = rows.find(static_cast<std::int32_t>(row));
        if (passages == rows.end() || cells.outcome(row) != Outcome::Completed) continue;
        std::vector<Lateness> all = lateness_of(passages->second);
        compared += all.size();
        for (const std::int32_t node : {cell.place.node, cell.place.peer_node}) ++pairs[node];
        for (Latecomer& each : latecomers_of(cells, survey, cell, std::move(all), policy.watch_q)) {
            chances.push_back(each.chance);
            each.row = row;
            latecomers.push_back(std::move(each));
        }
    }
    const double threshold = discovery_threshold(chances, compared, policy.watch_q);
    std::erase_if(latecomers, [&](const Latecomer& each) { return each.chance > threshold; });
    if (cells.metric().scope == Scope::NodePair) keep_late_with_most(pairs, latecomers);
    for (const Latecomer& latecomer : latecomers) drafts.push_back(late_rank(cells, latecomer));
}

}  // namespace rackproof
