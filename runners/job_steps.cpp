#include <algorithm>

#include "runners/device_pairs.hpp"
#include "runners/job.hpp"
#include "runners/pins.hpp"
#include "suites/suite.hpp"

namespace rackproof {

void Job::plan_steps() {
    std::map<std::int32_t, std::size_t> step_of_case;
    DeviceRounds rounds;
    for (Task* task : plan_.tasks) {
        if (!is_by_one_rank(task->scope)) {
            steps_.emplace_back(ranks_.size(), task);
            continue;
        }
        const auto device = std::ranges::find(plan_.devices, task->target.first);
        if (device == plan_.devices.end()) continue;
        if (task->scope == Scope::DevicePair && rounds.begins(task->lead_case, task->target)) {
            step_of_case.erase(task->lead_case);
        }
        const auto [place, is_new] = step_of_case.emplace(task->lead_case, steps_.size());
        if (is_new) steps_.emplace_back(ranks_.size(), nullptr);
        steps_[place->second][static_cast<std::size_t>(device - plan_.devices.begin())] = task;
    }
}

const CaseSpec& Job::lead_of(const Task& task) const {
    return book_->manifest().cases.at(static_cast<std::size_t>(task.lead_case));
}

/// A trial has its own, which is shorter.
double Job::deadline_s(const Task& task) const {
    const double planned_s = lead_of(task).deadline_s;
    return std::min(planned_s, plan_.trial_s.value_or(planned_s));
}

Task* Job::task_in_flight() const {
    for (const Rank& rank : ranks_) {
        if (rank.task != nullptr) return rank.task;
    }
    return nullptr;
}

/// True if all ranks have skipped the step's cells: then they are in step still.
bool Job::all_skipped() const {
    return std::ranges::all_of(endings_, [this](const auto& of_cell) {
        return of_cell.second.size() == ranks_.size() &&
               std::ranges::all_of(of_cell.second, [](const auto& of_rank) {
                   return of_rank.second.outcome == Outcome::Skipped;
               });
    });
}

void Job::next_step() {
    const auto in = [this](Phase phase) {
        return std::ranges::any_of(ranks_, [&](const Rank& r) { return r.phase == phase; });
    };
    if (in(Phase::Busy) || in(Phase::Closing)) return;
    const bool starting = in(Phase::Absent) || in(Phase::Joined);
    if (starting && finishing_) state_ = State::Cut;
    if (starting) return;
    if (all_skipped()) bad_since_s_.reset();
    const bool out_of_step = bad_since_s_ || (plan_.ranks_talk && in(Phase::Gone));
    if (out_of_step || !in(Phase::Ready)) {
        state_ = State::Cut;
        return;
    }
    endings_.clear();
    sampled_.clear();
    step_began_s_ = book_->now_s();
    told_slow_ = nullptr;
    while (!finishing_ && next_step_ < steps_.size()) {
        const std::vector<Task*>& step = steps_[next_step_++];
        bool given = false;
        for (std::int32_t rank = 0; rank < static_cast<std::int32_t>(ranks_.size()); ++rank) {
            Task* task = step[static_cast<std::size_t>(rank)];
            if (task == nullptr || at(rank).phase != Phase::Ready) continue;
            give(rank, *task);
            given = true;
        }
        if (given) return;
    }
    state_ = State::Done;
}

void Job::give(std::int32_t rank, Task& task) {
    Rank& worker = at(rank);
    worker.phase = Phase::Busy;
    worker.task = &task;
    worker.open = task.wanted;
    worker.begun = false;
    worker.said.clear();
    worker.since_s = book_->now_s();
    line_->send(rank, order_for(task));
}

message::RunCell Job::order_for(const Task& task) const {
    const Manifest& manifest = book_->manifest();
    message::RunCell order;
    order.attempt = task.attempt;
    order.deadline_s = deadline_s(task);
    for (const std::int32_t cell : task.cells) {
        const Cell& planned = manifest.cells.at(static_cast<std::size_t>(cell));
        const bool wanted = std::ranges::find(task.wanted, cell) != task.wanted.end();
        order.cells.push_back(
            {cell, wanted, manifest.cases.at(static_cast<std::size_t>(planned.case_index))});
        pin_algorithm(order.cells.back().spec, task.nodes.front(), *book_);
    }
    if (task.scope == Scope::DevicePair) say_peer(task.target, order);
    say_what_stands(order);
    return order;
}

/// A pair's first device is told where its second is; one that is alone has none.
void Job::say_peer(const Target& pair, message::RunCell& order) const {
    if (pair.first == pair.second) return;
    const Device& peer = book_->manifest().devices.at(static_cast<std::size_t>(pair.second));
    for (message::CellOrder& cell : order.cells) {
        cell.spec.parameters.set(std::string{kPeerParameter}, peer.pci);
    }
}

/// What goes on is told behind what.
void Job::say_what_stands(message::RunCell& order) const {
    CaseSpec& lead = order.cells.front().spec;
    for (const message::CellOrder& cell : order.cells) {
        const std::int32_t count = book_->recorded(cell.cell);
        if (count == 0) continue;
        set_recorded(lead, cell.spec.name, count, book_->last_recorded(cell.cell));
    }
}

/// Once every rank of the task has said how it ended for it, the cell ends as the worst of them.
void Job::end_if_all_have(const Task& task, std::int32_t cell) {
    const std::map<std::int32_t, Ending>& by_rank = endings_[cell];
    const std::size_t needed = is_by_one_rank(task.scope) ? 1 : ranks_.size();
    if (by_rank.size() < needed) return;
    Ending ending;
    for (const auto& [rank, one] : by_rank) ending = worse(ending, one);
    end_cell(task, cell, std::move(ending));
}

void Job::end_cell(const Task& task, std::int32_t cell, Ending ending) {
    if (plan_.trial_s) return end_trial_cell(task, cell, std::move(ending));
    if (book_->has_ended(cell, task.attempt)) return;
    const bool has_number = sampled_.contains(cell) || book_->recorded(cell) > 0;
    if (ending.outcome == Outcome::Completed && !has_number) {
        ending = {Outcome::Failed, "ended as completed, but sent no number"};
    }
    progress_ = true;
    const bool completed = ending.outcome == Outcome::Completed;
    if (completed && cell == task.cells.front()) note_time_of(task);
    const bool well = completed || ending.outcome == Outcome::Skipped;
    if (plan_.holds_endings && !well) {
        hold(task, cell, std::move(ending));
    } else {
        book_->end_cell(cell, task.attempt, std::move(ending));
    }
}

void Job::hold(const Task& task, std::int32_t cell, Ending ending) {
    if (std::ranges::find(held_, cell, &HeldEnding::cell) != held_.end()) return;
    const auto own = std::ranges::find(plan_.tasks, &task);
    held_.push_back({own == plan_.tasks.end() ? nullptr : *own, cell, std::move(ending)});
}

/// The rank is gone, and it was at fault: the cells that it was at end so. Where ranks talk, the
/// others are stuck now, even if it had done its own part.
void Job::lose(std::int32_t rank, const Ending& ending) {
    if (plan_.ranks_talk) state_ = State::Cut;
    Task* task = at(rank).task != nullptr ? at(rank).task : task_in_flight();
    if (task == nullptr) return;
    if (is_by_one_rank(task->scope)) {
        for (const std::int32_t cell : at(rank).open) end_cell(*task, cell, ending);
        return;
    }
    for (const std::int32_t cell : task->wanted) {
        Ending& known = endings_[cell][rank];
        known = worse(known, ending);
    }
    cut_task_short(*task);
}

/// The rank is gone through no fault of its own: its cells go again.
void Job::cut_off(std::int32_t rank) {
    if (at(rank).task != nullptr) ++at(rank).task->cut_off;
    if (!plan_.ranks_talk) return;
    if (const Task* task = task_in_flight(); task != nullptr && bad_since_s_) {
        cut_task_short(*task);
    }
    state_ = State::Cut;
}

/// Ends a task of a whole node with what its ranks have said so far. What only some of them ended
/// well is not completed: it shares the fate of what cut it short.
void Job::cut_task_short(const Task& task) {
    Ending cause{Outcome::Failed, "its job was cut short"};
    for (const auto& [cell, by_rank] : endings_) {
        for (const auto& [rank, one] : by_rank) cause = worse(cause, one);
    }
    const Outcome shared = cause.outcome == Outcome::WrongAnswer ? Outcome::Failed : cause.outcome;
    for (const std::int32_t cell : task.wanted) {
        Ending known;
        for (const auto& [rank, one] : endings_[cell]) known = worse(known, one);
        const bool said = known.outcome != Outcome::Completed;
        end_cell(task, cell, said ? known : Ending{shared, "cut short: " + cause.reason});
    }
}

bool Job::is_held(const Task& task) const {
    return std::ranges::any_of(held_, [&](const HeldEnding& held) { return held.task == &task; });
}

void Job::settle_accounts() {
    tell_who_never_entered();
    for (Task* task : plan_.tasks) {
        if (is_done(*task, *book_) || is_held(*task)) continue;
        if (!progress_) ++task->cut_off;
        if (task->cut_off <= kMostCutOffs) continue;
        const std::string times = std::to_string(task->cut_off);
        end_open_cells(*task,
                       {Outcome::Lost,
                        "its job ended under it " + times + " times" +
                            (launcher_words_.empty() ? "" : "; the launcher: " + launcher_words_)},
                       *book_);
    }
}

}  // namespace rackproof
