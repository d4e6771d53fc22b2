#include "runners/job.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>
#include <ranges>

#include "core/core_list.hpp"
#include "core/error.hpp"
#include "core/event_codes.hpp"
#include "core/fleet.hpp"
#include "core/utf8.hpp"
#include "runners/nic_binding.hpp"
#include "runners/rank_records.hpp"
#include "runners/worker_context.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kLongestWords = 400;
/// By which a worker is more patient than we are: whoever gives up first tells the other.
constexpr double kWorkersPatience_s = 2;
constexpr double kAfterLauncher_s = 1;  ///< a rank that is not here by then will not come

std::string shown_words(const std::string& words) {
    return words.empty() ? "" : "; last words: " + shortened(printable(words), kLongestWords);
}

std::string seconds_text(double seconds) { return fmt::format("{:.3g} s", seconds); }

/// True of what a cell's row in the run file is made of.
bool is_of_a_cell(const record::Record& record) {
    return std::holds_alternative<record::CellBegun>(record) ||
           std::holds_alternative<record::Samples>(record) ||
           std::holds_alternative<record::RankTimes>(record) ||
           std::holds_alternative<record::RankEnded>(record);
}

}  // namespace

Job::Job(JobPlan plan, RunBook& book, RankLine& line, const Patience& patience,
         const DeviceOptions& devices)
    : plan_{std::move(plan)},
      book_{&book},
      line_{&line},
      patience_{&patience},
      devices_{devices},
      started_s_{book.now_s()},
      ranks_(plan_.devices.size()) {
    plan_steps();
}

std::int32_t Job::device_of(std::int32_t rank) const {
    return plan_.devices.at(static_cast<std::size_t>(rank));
}

std::int32_t Job::node_of_rank(std::int32_t rank) const {
    return book_->manifest().devices.at(static_cast<std::size_t>(device_of(rank))).node;
}

const std::string& Job::host_of(std::int32_t rank) const {
    return book_->manifest().nodes.at(static_cast<std::size_t>(node_of_rank(rank))).name;
}

std::string Job::name_of(std::int32_t rank) const {
    const auto device = static_cast<std::size_t>(device_of(rank));
    return "rank " + std::to_string(rank) + " (device " +
           std::to_string(book_->manifest().devices.at(device).index) + " of " + host_of(rank) +
           ")";
}

/// An error of this rank's node and device, for the record.
void Job::tell(std::string_view code, std::string text, std::int32_t rank) {
    book_->event("error", code, std::move(text), node_of_rank(rank), device_of(rank));
}

std::string Job::death_of(std::int32_t rank) const {
    const Rank& dead = ranks_.at(static_cast<std::size_t>(rank));
    std::string how = "its process ended without a word";
    if (dead.signal) {
        how = "its process died of signal " + std::to_string(*dead.signal) + " (" +
              ::strsignal(*dead.signal) + ")";
    }
    return name_of(rank) + ": " + how + shown_words(dead.last_words);
}

void Job::rank_joined(std::int32_t rank, const message::Hello& hello) {
    Rank& joined = at(rank);
    if (joined.phase == Phase::Gone) line_->give_up(rank);  // too late
    if (joined.phase != Phase::Absent) return;
    if (!same_host(hello.host, host_of(rank))) {
        const std::string text =
            name_of(rank) + " came up on " + printable(shortened(hello.host, 80));
        tell("wrong_host", text, rank);
        line_->give_up(rank);
        return start_failed(rank, text);
    }
    reached_ = true;
    joined.phase = Phase::Joined;
    joined.heard_s = book_->now_s();
    joined.pid = hello.pid;
    message::Welcome welcome;
    welcome.now_s = book_->now_s();
    welcome.steady_s = steady_now_s();
    welcome.boot_id = boot_id();
    welcome.run_id = book_->run_id();
    welcome.node = node_of_rank(rank);
    welcome.device = device_of(rank);
    const Device& device = book_->manifest().devices.at(static_cast<std::size_t>(welcome.device));
    welcome.device_index = device.index;
    welcome.device_pci = device.pci;
    welcome.local_rank = static_cast<std::int32_t>(std::ranges::count_if(
        std::views::iota(0, rank),
        [&](std::int32_t other) { return node_of_rank(other) == welcome.node; }));
    welcome.communicates = plan_.ranks_talk;
    welcome.silence_s = patience_->heartbeat_s + kWorkersPatience_s;
    welcome.devices = devices_;
    line_->send(rank, welcome);
}

void Job::rank_said(std::int32_t rank, const message::ToController& said) {
    Rank& speaker = at(rank);
    if (speaker.phase == Phase::Absent || speaker.phase == Phase::Gone) return;
    speaker.heard_s = book_->now_s();
    if (const auto* heartbeat = std::get_if<message::Heartbeat>(&said)) {
        speaker.last_words = shortened(heartbeat->operation, kLongestWords);
    } else if (const auto* dying = std::get_if<message::Dying>(&said)) {
        speaker.signal = dying->signal;
    } else if (const auto* report = std::get_if<message::Report>(&said)) {
        take_report(rank, *report);
    } else {
        refuse(rank, "it says what no rank at work says");
    }
}

void Job::take_report(std::int32_t rank, const message::Report& report) {
    const Rank& speaker = at(rank);
    const RankDuty duty{plan_.job,
                        rank,
                        node_of_rank(rank),
                        device_of(rank),
                        speaker.task == nullptr ? 0 : speaker.task->attempt,
                        speaker.open};
    record::Record record;
    try {
        record = message::record_of(report);
        check_record(record, duty, book_->manifest());
    } catch (const Error& error) {
        refuse(rank, error.what());
        return;
    }
    if (auto* samples = std::get_if<record::Samples>(&record)) {
        if (is_too_much(*samples)) {
            refuse(rank, "take a rank's record: more samples in all than repetitions");
            return;
        }
        note_absent(samples->variant);
    }
    if (!plan_.trial_s || !is_of_a_cell(record)) book_->write(record);
    take_record(rank, record);
}

/// Parts that follow each other come to no more than the case's repetitions.
bool Job::is_too_much(const record::Samples& samples) const {
    const auto& cell = book_->manifest().cells.at(static_cast<std::size_t>(samples.cell));
    const CaseSpec& spec = book_->manifest().cases.at(static_cast<std::size_t>(cell.case_index));
    const auto before = static_cast<std::size_t>(book_->recorded(samples.cell));
    return spec.repetitions > 1 &&
           before + samples.values.size() > static_cast<std::size_t>(spec.repetitions);
}

/// Who was measured is part of how it was measured.
void Job::note_absent(Variant& variant) const {
    if (plan_.without.empty()) return;
    nlohmann::json parameters = nlohmann::json::parse(variant.parameters);
    parameters["without"] = plan_.without;
    variant.parameters = parameters.dump();
}

void Job::take_record(std::int32_t rank, const record::Record& record) {
    Rank& speaker = at(rank);
    if (const auto* placed = std::get_if<record::RankPlaced>(&record)) {
        if (speaker.phase == Phase::Joined) take_place(rank, *placed);
    } else if (std::holds_alternative<record::CellBegun>(record)) {
        speaker.begun = true;
    } else if (const auto* operation = std::get_if<record::Operation>(&record)) {
        speaker.last_words = shortened(operation->text, kLongestWords);
        speaker.said.push_back(speaker.last_words);
        constexpr std::size_t kMostSaid = 4;
        if (speaker.said.size() > kMostSaid) speaker.said.erase(speaker.said.begin());
        speaker.said_s = book_->now_s();
    } else if (const auto* samples = std::get_if<record::Samples>(&record)) {
        sampled_.insert(samples->cell);
    } else if (const auto* ended = std::get_if<record::RankEnded>(&record)) {
        take_ending(rank, *ended);
    } else if (const auto* told = std::get_if<record::Happened>(&record)) {
        if (told->event.code == event_code::kDeviceHeld) {
            held_devices_.emplace(node_of_rank(rank), told->event.text);
        }
    }
}

/// Two ranks of one node that share cores measure each other: this is told, and the plan's word
/// (share_cores) is the only excuse.
void Job::take_place(std::int32_t rank, const record::RankPlaced& placed) {
    at(rank).phase = Phase::Ready;
    if (!same_host(placed.host, host_of(rank))) {
        tell(event_code::kBinding, name_of(rank) + " says that it is on " + printable(placed.host),
             rank);
    }
    for (const auto& [other, there] : placed_) {
        if (devices_.share_cores || node_of_rank(other) != node_of_rank(rank)) continue;
        const std::string shared = shared_cores(there.cores, placed.cores);
        if (shared.empty()) continue;
        tell(event_code::kBinding,
             name_of(rank) + " and rank " + std::to_string(other) + " share cores: " + shared,
             rank);
    }
    placed_[rank] = placed;
    check_cards(node_of_rank(rank));
}

/// Once all ranks of a node are in their places: GPUs that each have a network card of their own
/// and are led through one. CPUs that share a card are as they are meant to be.
void Job::check_cards(std::int32_t node) {
    std::vector<const record::RankNics*> ranks;
    for (std::int32_t rank = 0; rank < static_cast<std::int32_t>(ranks_.size()); ++rank) {
        if (node_of_rank(rank) != node) continue;
        const auto found = placed_.find(rank);
        if (found == placed_.end()) return;
        const auto device = static_cast<std::size_t>(device_of(rank));
        if (book_->manifest().devices.at(device).kind == "gpu") {
            ranks.push_back(&found->second.nics);
        }
    }
    const std::string problem = one_card_for_all(ranks);
    if (!problem.empty()) book_->event("error", event_code::kBinding, problem, node, -1);
}

void Job::take_ending(std::int32_t rank, const record::RankEnded& ended) {
    Rank& speaker = at(rank);
    const bool alone = is_by_one_rank(speaker.task->scope);
    const std::string prefix = alone || ended.reason.empty() ? "" : name_of(rank) + ": ";
    endings_[ended.cell][rank] = {ended.outcome, prefix + valid_utf8(ended.reason)};
    std::erase(speaker.open, ended.cell);
    speaker.timed_out = speaker.timed_out || ended.outcome == Outcome::TimedOut;
    const bool well = ended.outcome == Outcome::Completed;
    if (plan_.ranks_talk && !well && !bad_since_s_) bad_since_s_ = book_->now_s();
    end_if_all_have(*speaker.task, ended.cell);
    if (!speaker.open.empty()) return;
    speaker.task = nullptr;
    if (speaker.phase == Phase::Busy) speaker.phase = Phase::Ready;
    // Its watchdog has spoken, and takes the process down now: it gets no further work.
    if (speaker.timed_out) drop(rank);
}

void Job::refuse(std::int32_t rank, const std::string& problem) {
    const std::string text = name_of(rank) + " is written off: " + printable(problem);
    tell("rank_refused", text, rank);
    add_clue(ClueKind::BrokeProtocol, rank, text);
    lose(rank, {Outcome::Lost, text + shown_words(at(rank).last_words)});
    drop(rank);
}

void Job::rank_closed(std::int32_t rank, const std::optional<std::string>& problem) {
    Rank& closed = at(rank);
    if (closed.phase == Phase::Gone || closed.phase == Phase::Absent) return;
    if (problem) return refuse(rank, *problem);
    closed.closed_s = book_->now_s();
    if (closed.signal) add_clue(ClueKind::DiedOfSignal, rank, death_of(rank));
    if (closed.phase == Phase::Joined) return;  // see check_start
    closed.phase = Phase::Closing;
    closed.since_s = book_->now_s();
}

void Job::launcher_ended(LauncherEnd how, std::string words) {
    launcher_end_ = how;
    launcher_ended_s_ = book_->now_s();
    launcher_words_ = std::move(words);
}

void Job::tick() {
    if (state_ != State::Running) return;
    for (std::int32_t rank = 0; rank < static_cast<std::int32_t>(ranks_.size()); ++rank) {
        switch (at(rank).phase) {
            case Phase::Absent:
            case Phase::Joined: check_start(rank); break;
            case Phase::Ready:
            case Phase::Busy: check_busy(rank); break;
            case Phase::Closing:
            case Phase::Gone: break;
        }
    }
    if (lost_a_connection()) {
        for (const std::int32_t rank : in_order_of_closing()) {
            const bool open = state_ == State::Running && at(rank).phase == Phase::Closing;
            if (open) check_closing(rank);
        }
    }
    if (state_ != State::Running) return;
    watch_for_slowness();
    if (bad_since_s_ && book_->now_s() - *bad_since_s_ > patience_->cut_s) {
        if (const Task* task = task_in_flight()) cut_task_short(*task);
        state_ = State::Cut;
        return;
    }
    next_step();
}

/// All ranks, those whose connection has closed first: where ranks talk, the first of them takes
/// the others along.
std::vector<std::int32_t> Job::in_order_of_closing() const {
    std::vector<std::int32_t> order(ranks_.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, {}, [this](std::int32_t rank) {
        return ranks_[static_cast<std::size_t>(rank)].closed_s.value_or(
            std::numeric_limits<double>::infinity());
    });
    return order;
}

void Job::check_start(std::int32_t rank) {
    if (at(rank).closed_s) return start_failed(rank, death_of(rank));
    const double now_s = book_->now_s();
    const bool late = now_s - started_s_ > patience_->start_s;
    const bool alone = at(rank).phase == Phase::Absent && launcher_end_ &&
                       now_s - launcher_ended_s_ > kAfterLauncher_s;
    if (!late && !alone) return;
    start_failed(rank, name_of(rank) +
                           (late ? " was not ready within " + seconds_text(patience_->start_s)
                                 : " did not start") +
                           shown_words(at(rank).last_words));
}

void Job::start_failed(std::int32_t rank, const std::string& why) {
    std::string reason = why;
    if (!launcher_words_.empty()) reason += "; the launcher: " + launcher_words_;
    if (problem_.empty()) problem_ = reason;
    add_clue(ClueKind::NotStarted, rank, reason);
    if (plan_.holds_endings) {
        // One host that cannot be reached keeps all from coming up: no word yet against any.
        suspect_who_is_absent();
        state_ = State::Cut;
        return;
    }
    tell("rank_not_started", reason, rank);
    for (const std::vector<Task*>& step : steps_) {
        Task* task = step.at(static_cast<std::size_t>(rank));
        if (task == nullptr || is_done(*task, *book_)) continue;
        if (not_started_.insert(task).second) ++task->failed_starts;
        if (task->failed_starts < kMostFailedStarts) continue;
        end_open_cells(*task, {Outcome::Lost, reason}, *book_);
    }
    progress_ = true;  // it counts against them already
    drop(rank);
    if (plan_.ranks_talk) state_ = State::Cut;
}

void Job::check_closing(std::int32_t rank) {
    const Rank& closing = at(rank);
    const bool settled =
        closing.signal || launcher_end_ || book_->now_s() - closing.since_s > patience_->settle_s;
    if (!settled) return;
    const bool killed_with_launcher = launcher_end_ == LauncherEnd::Killed;
    // What it had said of its own death before anything else went wrong stays its own.
    const bool is_first = closing.signal && bad_since_s_ && *closing.closed_s <= *bad_since_s_;
    const bool victim = (bad_since_s_ && !is_first) || killed_with_launcher;
    if (!victim && problem_.empty()) problem_ = death_of(rank);
    Task* const task = plan_.ranks_talk ? task_in_flight() : closing.task;
    if (victim || task == nullptr || (closing.task != nullptr && !closing.begun)) {
        // No cell ends with it, and what it was to do goes again: only this tells that it died.
        if (!victim && !plan_.holds_endings) {
            tell("rank_died", death_of(rank), rank);
        }
        cut_off(rank);
    } else {
        lose(rank, {Outcome::Lost, death_of(rank)});
    }
    drop(rank);
}

void Job::check_busy(std::int32_t rank) {
    const Rank& busy = at(rank);
    const double now_s = book_->now_s();
    const bool silent = now_s - busy.heard_s > patience_->heartbeat_s;
    std::string reason;
    if (silent) {
        reason = "silent for " + seconds_text(now_s - busy.heard_s);
    } else if (busy.task != nullptr &&
               now_s - busy.since_s > deadline_s(*busy.task) + patience_->grace_s) {
        reason = "not done within " + seconds_text(deadline_s(*busy.task)) + ", and did not stop";
    } else {
        return;
    }
    reason = name_of(rank) + ": " + reason + shown_words(busy.last_words);
    if (problem_.empty()) problem_ = reason;
    if (silent) add_clue(ClueKind::WentSilent, rank, reason);
    if (!plan_.holds_endings) tell("rank_silent", reason, rank);
    if (busy.task != nullptr && busy.begun) {
        lose(rank, {Outcome::TimedOut, reason});
    } else {
        cut_off(rank);
    }
    drop(rank);
}

void Job::drop(std::int32_t rank) {
    Rank& dropped = at(rank);
    if (dropped.phase != Phase::Absent) line_->give_up(rank);
    dropped.phase = Phase::Gone;
    dropped.task = nullptr;
    dropped.open.clear();
}

std::vector<std::string> Job::running() const {
    std::vector<std::string> lines;
    for (std::size_t rank = 0; rank < ranks_.size(); ++rank) {
        const Rank& live = ranks_[rank];
        if (live.phase == Phase::Absent || live.phase == Phase::Gone) continue;
        const std::string what = live.task == nullptr ? "-" : lead_of(*live.task).name;
        const std::string host = book_->manifest().nodes.size() > 1
                                     ? host_of(static_cast<std::int32_t>(rank)) + ":"
                                     : "";
        lines.push_back(fmt::format("{}{} {}: {}", host, rank, what, printable(live.last_words)));
    }
    return lines;
}

}  // namespace rackproof
