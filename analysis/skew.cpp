#include "analysis/skew.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <cmath>
#include <map>
#include <tuple>

#include "analysis/false_discovery.hpp"
#include "analysis/robust.hpp"
#include "core/index.hpp"
#include "core/manifest.hpp"

namespace rackproof {
namespace {

/// Less than this, or than this share of the time that a sample takes the others, is nobody's loss.
constexpr double kLeastLateness_s = 1e-3;
constexpr double kLeastShareOfSample = 0.01;
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
    std::int64_t often = 0;        ///< samples to which it came late enough to matter
};

/// One rank that may be late: a hypothesis among those of the metric.
struct Latecomer {
    const TargetCell* cell = nullptr;
    std::int32_t rank = 0;
    std::size_t ranks = 0;
    Lateness lateness;
    double chance = 1;
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
        const double late_s = own.entry_s - other.entry_s;
        const double others_s = other.exit_s - other.entry_s;
        const double error_s = own.error_s + other.error_s;
        Lateness& lateness = all[at(own.rank)];
        lateness.late_s.push_back(late_s);
        lateness.others_s.push_back(others_s);
        lateness.error_s = std::max(lateness.error_s, error_s);
        if (late_s - error_s >= std::max(kLeastLateness_s, kLeastShareOfSample * others_s))
            ++lateness.often;
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
double chance_of_lateness(const Lateness& lateness) {
    const auto samples = static_cast<double>(lateness.late_s.size());
    const auto often = static_cast<double>(lateness.often);
    if (often < 1 || often < kLeastOften * samples) return 1;
    return boost::math::cdf(
        boost::math::complement(boost::math::binomial{samples, 0.5}, often - 1));
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

/// The device of a rank; the whole target where the file does not say which it was.
Place place_of_rank(const Survey& survey, const Latecomer& latecomer, const std::string& kind) {
    const Run& run = *survey.run;
    std::vector<Place> places;
    for (const std::int32_t node : nodes_at_work(survey, *latecomer.cell)) {
        for (const std::int32_t device : devices_for(run.devices, node, kind)) {
            Place place;
            place.node = node;
            place.device = device;
            places.push_back(place);
        }
    }
    return places.size() == latecomer.ranks ? places[at(latecomer.rank)] : latecomer.cell->place;
}

Draft late_rank(const MetricCells& cells, const Survey& survey, const Latecomer& latecomer) {
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
    draft.place = place_of_rank(survey, latecomer, device_kind_of(cells.metric()));
    draft.metric = cells.index();
    draft.what = fmt::format(
        "rank {} of {} enters {} {:.1f} ms after the others, which wait for it: {:.1f} % of the "
        "{:.1f} ms that a sample takes them (late in {} of {} repetitions; clocks agree to {:.3f} "
        "ms)",
        latecomer.rank, latecomer.ranks, cells.metric().name, 1e3 * late_s, 100 * late_s / others_s,
        1e3 * others_s, lateness.often, lateness.late_s.size(), 1e3 * lateness.error_s);
    return draft;
}

}  // namespace

void judge_skew(const MetricCells& cells, const Survey& survey, const Policy& policy,
                std::vector<Draft>& drafts) {
    const auto times = survey.run->ranks.find(cells.metric().name);
    if (times == survey.run->ranks.end()) return;
    const std::map<std::int32_t, std::vector<Passage>> rows = by_row(times->second);
    std::vector<Latecomer> latecomers;
    std::vector<double> chances;
    std::size_t compared = 0;
    for (const TargetCell& cell : cells.cells()) {
        const std::size_t row = cells.rows(cell).back();
        const auto passages = rows.find(static_cast<std::int32_t>(row));
        if (passages == rows.end() || cells.outcome(row) != Outcome::Completed) continue;
        std::vector<Lateness> all = lateness_of(passages->second);
        compared += all.size();
        for (std::size_t rank = 0; rank < all.size(); ++rank) {
            const double chance = chance_of_lateness(all[rank]);
            if (chance > policy.watch_q) continue;  // none of them can be a discovery
            latecomers.push_back(
                {&cell, static_cast<std::int32_t>(rank), all.size(), std::move(all[rank]), chance});
            chances.push_back(chance);
        }
    }
    const double threshold = discovery_threshold(chances, compared, policy.watch_q);
    for (const Latecomer& latecomer : latecomers) {
        if (latecomer.chance <= threshold) drafts.push_back(late_rank(cells, survey, latecomer));
    }
}

}  // namespace rackproof
