#include "runners/run_fold.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>

#include "core/error.hpp"
#include "core/event_codes.hpp"
#include "core/utf8.hpp"
#include "runners/manifest_check.hpp"
#include "runners/pins.hpp"
#include "runners/task.hpp"
#include "suites/suite.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kMostValues = std::size_t{1} << 32;  ///< of one metric: 32 GiB
constexpr const char* kNeverEnded = "the run ended before this cell did";

std::string torn(std::uint64_t dropped_bytes) {
    return "the journal's last " + std::to_string(dropped_bytes) +
           " bytes are damaged or incomplete and were dropped";
}

std::string whole_seconds(double seconds) { return std::to_string(std::llround(seconds)) + " s"; }

}  // namespace

RunFold::RunFold(record::RunStarted start, Readings readings, const std::filesystem::path& folder)
    : start_{std::move(start)},
      attempts_(start_.manifest.cells.size()),
      readings_{readings},
      telemetry_{start_.manifest.nodes.size(), start_.manifest.devices.size(), folder} {
    check_manifest(start_.manifest);
}

void RunFold::add(const record::Record& record) {
    std::visit([this](const auto& held) { take(held); }, record);
}

const CaseSpec& RunFold::case_of(std::int32_t cell) const {
    if (!is_index(cell, attempts_)) contradicts(numbered("cell", cell));
    const Manifest& manifest = start_.manifest;
    const std::int32_t index = manifest.cells[static_cast<std::size_t>(cell)].case_index;
    return manifest.cases[static_cast<std::size_t>(index)];
}

RunFold::Attempt& RunFold::attempt(std::int32_t cell, std::int32_t number) {
    if (!is_index(cell, attempts_)) contradicts(numbered("cell", cell));
    if (number < 0) contradicts(numbered("attempt", number));
    return attempts_[static_cast<std::size_t>(cell)][number];
}

/// Readings and facts are of devices and nodes.
std::size_t RunFold::targets(Scope scope) const {
    const bool single = scope == Scope::Device || scope == Scope::Node;
    return single ? targets_of(start_.manifest, scope) : 0;
}

void RunFold::take(const record::RunStarted&) { contradicts("it begins twice"); }

void RunFold::take(const record::JobStarted& r) {
    jobs_[r.job] = {r.ranks, r.time_s, std::nullopt};
    events_.push_back({r.time_s, -1, -1, "info", "job_started",
                       "job " + std::to_string(r.job) + ": " + r.command});
    last_time_s_ = std::max(last_time_s_, r.time_s);
}

void RunFold::take(const record::JobEnded& r) {
    jobs_[r.job].ended_s = r.time_s;
    const bool well = r.ending == "exit status 0";
    events_.push_back({r.time_s, -1, -1, well ? "info" : "warning", "job_ended",
                       "job " + std::to_string(r.job) + ": " + r.ending});
    last_time_s_ = std::max(last_time_s_, r.time_s);
}

void RunFold::take(const record::RankPlaced& r) const {
    if (!is_index(r.device, start_.manifest.devices)) contradicts(numbered("device", r.device));
}

/// What a rank begins, it begins from nothing: of an earlier go at the same attempt, which was cut
/// off through no fault of the cell's, its numbers do not count.
void RunFold::take(const record::CellBegun& r) {
    Attempt& begun = attempt(r.cell, r.attempt);
    if (!begun.ended && !goes_on(case_of(r.cell).suite)) {
        std::erase_if(begun.ranks, [&](const auto& times) { return times.rank == r.rank; });
        const bool one_rank = is_by_one_rank(case_of(r.cell).scope);
        if (one_rank || r.rank == 0) begun.samples.reset();  // none but the first one sends any
    }
    last_time_s_ = std::max(last_time_s_, r.time_s);
}

void RunFold::take(const record::Operation& r) { last_time_s_ = std::max(last_time_s_, r.time_s); }

void RunFold::take(const record::Samples& r) {
    const CaseSpec& spec = case_of(r.cell);
    if (r.values.size() > static_cast<std::size_t>(spec.repetitions)) {
        contradicts(spec.name + " has more samples than repetitions");
    }
    if (!r.time_s.empty() && r.time_s.size() != r.values.size()) {
        contradicts(spec.name + " has times for some of its samples only");
    }
    std::optional<record::Samples>& all = attempt(r.cell, r.attempt).samples;
    if (!all || spec.repetitions == 1 || !goes_on(spec.suite)) {
        all = r;
        return;
    }
    if (all->values.size() + r.values.size() > static_cast<std::size_t>(spec.repetitions) ||
        all->time_s.empty() != r.time_s.empty()) {
        contradicts(spec.name + " has parts that do not follow each other");
    }
    all->values.insert(all->values.end(), r.values.begin(), r.values.end());
    all->time_s.insert(all->time_s.end(), r.time_s.begin(), r.time_s.end());
    all->variant = r.variant;
}

void RunFold::take(const record::RankTimes& r) {
    if (r.entry_s.size() != r.exit_s.size()) contradicts("a rank has entries without exits");
    const bool counts = r.rank >= 0 && r.rank < std::numeric_limits<std::int32_t>::max();
    if (!counts) contradicts(numbered("rank", r.rank));
    attempt(r.cell, r.attempt).ranks.push_back(r);
}

void RunFold::take(const record::RankEnded& r) {
    (void)attempt(r.cell, r.attempt);
    if (std::isfinite(r.timed_s)) timed_s_ += r.timed_s;
    last_time_s_ = std::max(last_time_s_, r.time_s);
}

void RunFold::take(const record::CellEnded& r) {
    std::optional<record::CellEnded>& ended = attempt(r.cell, r.attempt).ended;
    if (ended) contradicts("cell " + std::to_string(r.cell) + " ends twice in one attempt");
    ended = r;
    last_time_s_ = std::max(last_time_s_, r.time_s);
}

void RunFold::take(const record::Reading& r) {
    if (r.target < 0 || static_cast<std::size_t>(r.target) >= targets(r.scope)) {
        contradicts(numbered("target", r.target));
    }
    if (!record::is_name(r.sensor) || r.sensor == "time") {
        contradicts("a sensor is called '" + printable(r.sensor) + "'");
    }
    if (!std::isfinite(r.time_s)) contradicts("a reading of " + r.sensor + " has no time");
    last_time_s_ = std::max(last_time_s_, r.time_s);
    series_.push_back(telemetry_.series_of(r));
    if (readings_ == Readings::Check) return;
    telemetry_.add(series_.back(), r.time_s, static_cast<float>(r.value));
}

void RunFold::take(const record::Readings& r) {
    if (r.after_s.size() != r.series.size() || r.values.size() != r.series.size()) {
        contradicts("readings whose columns are not of one length");
    }
    for (std::size_t i = 0; i < r.series.size(); ++i) {
        const double time_s = r.time_s + static_cast<double>(r.after_s[i]);
        if (!is_index(r.series[i], series_)) contradicts(numbered("series", r.series[i]));
        if (!std::isfinite(time_s)) contradicts("a reading has no time");
        last_time_s_ = std::max(last_time_s_, time_s);
        if (readings_ == Readings::Check) continue;
        telemetry_.add(series_[r.series[i]], time_s, r.values[i]);
    }
}

void RunFold::take(const record::Fact& r) {
    if (r.target < 0 || static_cast<std::size_t>(r.target) >= targets(r.scope)) {
        contradicts(numbered("target", r.target));
    }
    if (!record::is_name(r.key)) contradicts("a fact is called '" + printable(r.key) + "'");
    InventoryColumn& column = inventory_[{r.key, r.scope}];
    if (column.values.empty()) {
        column = {r.key, r.scope, r.source, std::vector<std::string>(targets(r.scope))};
    }
    // A later job says the same of a device again; what the first one said stays.
    std::string& value = column.values[static_cast<std::size_t>(r.target)];
    if (value.empty()) value = r.value;
}

void RunFold::take(const record::Happened& r) {
    Event event = r.event;
    if (!is_index(event.node, start_.manifest.nodes)) event.node = -1;
    if (!is_index(event.device, start_.manifest.devices)) event.device = -1;
    if (event.code == event_code::kSearchBegun) {
        searches_begun_.emplace(event.text, event.time - idle_s_);
    }
    events_.push_back(std::move(event));
    last_time_s_ = std::max(last_time_s_, r.event.time);
}

void RunFold::take(const record::RunFinished& r) { finished_ = r; }

void RunFold::take(const record::Resumed& r) {
    series_.clear();
    cut_off_what_is_open();
    finished_.reset();
    events_.push_back({r.time_s, -1, -1, "warning", "resumed",
                       "the run went on at " + r.resumed + ", after " + whole_seconds(r.idle_s) +
                           " without a controller"});
    if (r.dropped_bytes > 0) {
        events_.push_back({r.time_s, -1, -1, "warning", "journal_torn", torn(r.dropped_bytes)});
    }
    idle_s_ += r.idle_s;
    last_time_s_ = std::max(last_time_s_, r.time_s);
}

/// With the controller, its jobs ended; what they were at begins from nothing.
void RunFold::cut_off_what_is_open() {
    for (auto& [number, job] : jobs_) {
        if (job.ended_s) continue;
        job.ended_s = last_time_s_;
        events_.push_back({last_time_s_, -1, -1, "warning", "job_ended",
                           "job " + std::to_string(number) + ": its controller ended"});
    }
    for (std::size_t i = 0; i < attempts_.size(); ++i) {
        std::erase_if(attempts_[i], [&](const auto& numbered_attempt) {
            const auto& [number, attempt] = numbered_attempt;
            if (attempt.ended) return false;
            const CaseSpec& spec = case_of(static_cast<std::int32_t>(i));
            const bool stays = attempt.samples && goes_on(spec.suite);
            const std::string then = stays ? "goes on behind its " +
                                                 std::to_string(attempt.samples->values.size()) +
                                                 " samples"
                                           : "begins again";
            events_.push_back({last_time_s_, -1, -1, "warning", "cell_cut_off",
                               spec.name + " (cell " + std::to_string(i) + "), attempt " +
                                   std::to_string(number) + ": its controller ended; the attempt " +
                                   then});
            return !stays;
        });
    }
}

std::int32_t RunFold::variant_index(Run& run, const Variant& variant) {
    const auto [place, added] =
        variants_.emplace(variant, static_cast<std::int32_t>(run.variants.size()));
    if (added) run.variants.push_back(variant);
    return place->second;
}

void RunFold::add_row(Run& run, Metric& metric, const Cell& cell, std::int32_t number,
                      const Attempt& attempt) {
    Outcome outcome = attempt.ended ? attempt.ended->outcome : Outcome::Lost;
    std::string reason = attempt.ended ? attempt.ended->reason : kNeverEnded;
    const bool measured = attempt.samples && !attempt.samples->values.empty();
    if (outcome == Outcome::Completed && !measured) {
        outcome = Outcome::Failed;
        reason = "recorded no number";
    }
    const std::size_t row = metric.add_row(cell.target, number, outcome);
    if (measured) {
        const record::Samples& samples = *attempt.samples;
        const auto first = static_cast<std::ptrdiff_t>(row * metric.repetitions);
        std::ranges::copy(samples.values, metric.values.begin() + first);
        if (!samples.time_s.empty()) {
            metric.time.resize(metric.values.size(), kNoValue);
            std::ranges::copy(samples.time_s, metric.time.begin() + first);
        }
        metric.variant[row] = variant_index(run, samples.variant);
    }
    const auto row_number = static_cast<std::int32_t>(row);
    if (outcome != Outcome::Completed) run.reasons.push_back({metric.name, row_number, reason});
    for (const record::RankTimes& times : attempt.ranks) {
        RankTimes& all = run.ranks[metric.name];
        for (std::size_t i = 0; i < times.entry_s.size(); ++i) {
            all.cell.push_back(row_number);
            all.rank.push_back(times.rank);
            all.repetition.push_back(static_cast<std::int32_t>(i));
            all.entry.push_back(times.entry_s[i]);
            all.exit.push_back(times.exit_s[i]);
            all.clock_error.push_back(times.clock_error_s);
        }
    }
}

/// A retest that the run's own end cut off says nothing about the hardware: it is an event, and no
/// attempt.
void RunFold::drop_unended_retests() {
    for (std::size_t i = 0; i < attempts_.size(); ++i) {
        std::erase_if(attempts_[i], [&](const auto& numbered_attempt) {
            const auto& [number, attempt] = numbered_attempt;
            if (number == 0 || attempt.ended) return false;
            events_.push_back({last_time_s_, -1, -1, "warning", "retest_cut_off",
                               case_of(static_cast<std::int32_t>(i)).name + ", attempt " +
                                   std::to_string(number) + ": the run ended before it did"});
            return true;
        });
    }
}

void RunFold::make_metrics(Run& run) {
    const Manifest& manifest = start_.manifest;
    std::vector<std::size_t> rows(manifest.cases.size());
    for (std::size_t i = 0; i < manifest.cells.size(); ++i) {
        attempts_[i].try_emplace(0);
        rows[static_cast<std::size_t>(manifest.cells[i].case_index)] += attempts_[i].size();
    }
    for (std::size_t i = 0; i < manifest.cases.size(); ++i) {
        const CaseSpec& spec = manifest.cases[i];
        Metric metric;
        metric.name = spec.name;
        metric.suite = spec.suite;
        metric.scope = spec.scope;
        metric.unit = spec.unit;
        metric.better = spec.better;
        metric.parameters = spec.parameters.json();
        metric.definition = spec.definition;
        metric.repetitions = static_cast<std::size_t>(spec.repetitions);
        if (rows[i] > kMostValues / metric.repetitions) contradicts(spec.name + " is too large");
        run.metrics.push_back(std::move(metric));
    }
    for (std::size_t i = 0; i < manifest.cells.size(); ++i) {
        const Cell& cell = manifest.cells[i];
        Metric& metric = run.metrics[static_cast<std::size_t>(cell.case_index)];
        for (const auto& [number, attempt] : attempts_[i]) {
            add_row(run, metric, cell, number, attempt);
        }
    }
}

std::optional<double> RunFold::timed_fraction() const {
    double available_s = 0;
    for (const auto& [number, job] : jobs_) {
        const double wall_s = job.ended_s.value_or(last_time_s_) - job.started_s;
        available_s += std::max(0.0, wall_s) * job.ranks;
    }
    if (!(available_s > 0)) return std::nullopt;
    return timed_s_ / available_s;
}

/// What of an open attempt is not measured again.
void RunFold::note_parts(const CaseSpec& spec, const Attempt& open, CellProgress& cell) {
    if (!open.samples || open.samples->values.empty() || !goes_on(spec.suite)) return;
    cell.recorded = static_cast<std::int32_t>(open.samples->values.size());
    cell.last_recorded = open.samples->values.back();
}

RunSoFar RunFold::so_far() const {
    RunSoFar so_far;
    so_far.start = start_;
    so_far.cells.resize(attempts_.size());
    for (std::size_t i = 0; i < attempts_.size(); ++i) {
        CellProgress& cell = so_far.cells[i];
        for (const auto& [number, attempt] : attempts_[i]) {
            if (!attempt.ended) {
                note_parts(case_of(static_cast<std::int32_t>(i)), attempt, cell);
                continue;
            }
            if (number != cell.attempts_ended) {
                contradicts("cell " + std::to_string(i) + " ends out of turn");
            }
            if (number == 0) cell.first = attempt.ended->outcome;
            cell.last = Ending{attempt.ended->outcome, attempt.ended->reason};
            if (attempt.samples && is_calibration(case_of(static_cast<std::int32_t>(i)))) {
                cell.chosen = chosen_by(attempt.samples->variant);
            }
            ++cell.attempts_ended;
        }
    }
    for (const Event& event : events_) {
        if (event.code == event_code::kCalibrated) so_far.pins_told.insert(event.text);
    }
    so_far.searches_begun = searches_begun_;
    if (!jobs_.empty()) so_far.next_job = jobs_.rbegin()->first + 1;
    so_far.last_time_s = last_time_s_;
    so_far.idle_s = idle_s_;
    so_far.complete = finished_ && finished_->complete;
    return so_far;
}

FoldedRun RunFold::finish(std::uint64_t dropped_bytes) {
    FoldedRun folded;
    Run& run = folded.run;
    drop_unended_retests();
    make_metrics(run);
    run.run_id = start_.run_id;
    run.started = start_.started;
    run.tool_version = start_.tool_version;
    run.plan_name = start_.plan_name;
    run.launcher = start_.launcher;
    run.plan_toml = start_.plan_toml;
    run.fleet_toml = start_.fleet_toml;
    run.environment = start_.environment;
    run.nodes = start_.manifest.nodes;
    run.devices = start_.manifest.devices;
    run.groups = start_.manifest.groups;
    if (finished_) run.finished = finished_->finished;
    const bool all_ended = std::ranges::all_of(
        attempts_, [](const auto& of_cell) { return of_cell.at(0).ended.has_value(); });
    run.complete = finished_ && finished_->complete && dropped_bytes == 0 && all_ended;
    if (const std::optional<double> fraction = timed_fraction()) {
        std::array<char, 32> text{};
        std::snprintf(text.data(), text.size(), "%.4f", *fraction);
        run.environment["timed_fraction"] = text.data();
    }
    for (auto& [key, column] : inventory_) run.inventory.push_back(column);
    folded.telemetry = telemetry_.finish();
    run.events = events_;
    if (dropped_bytes > 0) {
        run.events.push_back(
            {last_time_s_, -1, -1, "warning", "journal_torn", torn(dropped_bytes)});
    }
    return folded;
}

}  // namespace rackproof
