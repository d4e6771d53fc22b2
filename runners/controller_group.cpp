#include <fmt/format.h>

#include <algorithm>

#include "core/error.hpp"
#include "core/event_codes.hpp"
#include "runners/controller.hpp"

namespace rackproof {
namespace {

/// A node that was to blame so often takes no part in cells of several nodes any more, even if it
/// did well when it was probed.
constexpr std::int32_t kMostBlamed = 2;
constexpr std::size_t kFewestMembers = 2;

std::string_view text_of(TrialEnd end) {
    switch (end) {
        case TrialEnd::InTime: return "was done in time";
        case TrialEnd::TooSlow: return "was too slow";
        case TrialEnd::Unclear: break;
    }
    return "broke, or was neither in time nor too slow";
}

}  // namespace

std::string Controller::names_of(const std::vector<std::int32_t>& nodes) const {
    std::string names;
    for (const std::int32_t node : nodes) names += (names.empty() ? "" : ", ") + name_of(node);
    return names;
}

/// A pair without one of its nodes is none; a group goes on with those that are left.
void Controller::keep_out_excluded(Task& task) {
    if (is_done(task, book_)) return;
    if (task.nodes.size() < kFewestMembers) {
        const auto stopped = stopped_.find(task.nodes.front());
        if (stopped != stopped_.end()) {
            end_open_cells(task, {Outcome::Excluded, stopped->second}, book_);
        }
        return;
    }
    std::string reason;
    for (const std::int32_t node : task.nodes) {
        const auto excluded = excluded_.find(node);
        if (excluded == excluded_.end() || task.without.contains(node)) continue;
        task.without.insert(node);
        reason += (reason.empty() ? "" : "; ") + name_of(node) + ": " + excluded->second;
    }
    const bool too_few =
        is_pair(task.scope) ? !reason.empty() : members(task).size() < kFewestMembers;
    if (too_few) end_open_cells(task, {Outcome::Excluded, reason}, book_);
}

/// Those that the same nodes take part in as in the first: what may run in one job.
std::vector<Task*> Controller::one_company(const std::vector<Task*>& open) const {
    std::vector<Task*> company;
    std::ranges::copy_if(open, std::back_inserter(company),
                         [&](const Task* task) { return task->without == open.front()->without; });
    return company;
}

/// After a job that went wrong; and after one that went well but far too slowly, where trials can
/// say more. One search a stage and lane: trials take as long as what was slow.
void Controller::begin_inquiry(Lane& lane, const JobRun& run) {
    const bool well = run.job().state() == Job::State::Done;
    Inquiry inquiry{
        run.number(), run.job(),
        may_try_again(lane, run.job()) ? Inquiry::Trials::Allowed : Inquiry::Trials::None};
    if (well && inquiry.is_complete()) return;
    lane.inquiry = std::move(inquiry);
    if (lane.inquiry->is_complete()) close_inquiry(lane);
}

/// Trials take no time from the cells that are still open: what the run's deadline leaves beyond
/// those must do for as many as there can be.
bool Controller::may_try_again(const Lane& lane, const Job& job) {
    const std::vector<SlowTask> slow = job.slow_tasks();
    if (slow.empty() || searched_.contains(lane.nodes)) return false;
    const std::size_t nodes = members(*slow.front().task).size();
    if (nodes < SlowSearch::kFewestNodes) return false;
    const double most_s = SlowSearch::most_trials(nodes) * slow.front().bound_s;
    const double spare_s = plan_->run_deadline_s - book_.active_s() - left_s();
    if (spare_s >= most_s) return true;
    book_.event("warning", "no_trials",
                fmt::format("{} was slow, and is not tried again to find out whose fault that was: "
                            "it may take {:.0f} s, and the run's deadline leaves {:.0f} s",
                            slow.front().name, most_s, std::max(0.0, spare_s)));
    return false;
}

void Controller::inquiry_goes_on(Lane& lane, const JobRun& run) {
    if (run.job().is_trial()) {
        book_.event("info", "trial",
                    fmt::format("job {} {}", run.number(), text_of(run.job().trial_end())));
    }
    if (lane.inquiry->is_complete()) close_inquiry(lane);
}

/// The slow task once more, on some of its nodes: nothing of it becomes a result.
void Controller::start_trial(Lane& lane, std::size_t at_work) {
    const std::vector<std::int32_t> nodes = lane.inquiry->next_trial();
    if (nodes.empty() || !pace_.may_start(book_.now_s(), nodes.size(), at_work)) return;
    Task& task = lane.inquiry->trial_task(nodes);
    JobPlan trial = plan_job({&task});
    trial.times = nullptr;
    trial.trial_s = lane.inquiry->trial_s();
    book_.event(
        "info", "trial",
        fmt::format("job {} tries {} again on {}, for {:.1f} s at most", trial.job,
                    book_.manifest().cases.at(static_cast<std::size_t>(task.lead_case)).name,
                    names_of(nodes), *trial.trial_s));
    lane.inquiry->trial_begun(pool_.start(std::move(trial)).number());
    pace_.started(book_.now_s(), nodes.size());
    searched_.insert(lane.nodes);
}

/// Each alone, all at the same time: a short job that does nothing but come up.
void Controller::probe_suspects(Lane& lane) {
    while (const std::optional<std::int32_t> node = lane.inquiry->next_to_probe()) {
        if (!pace_.may_start(book_.now_s(), 1, pool_.size())) return;
        JobPlan probe;
        probe.job = jobs_++;
        probe.devices = devices_of(*node);
        book_.event("info", "probe",
                    name_of(*node) + " is probed alone, in job " + std::to_string(probe.job),
                    *node);
        lane.inquiry->probe_begun(*node, pool_.start(std::move(probe)).number());
        pace_.started(book_.now_s(), 1);
    }
}

void Controller::close_inquiry(Lane& lane) {
    const Inquiry inquiry = std::move(*lane.inquiry);
    lane.inquiry.reset();
    const Blame blame = inquiry.blame();
    tell_blame(blame, inquiry);
    end_held(inquiry, blame);
    go_on_without(lane, inquiry, blame);
}

/// There is no time to ask the suspects: what is known already has to do.
void Controller::break_off_inquiries(std::vector<Lane>& lanes) {
    for (Lane& lane : lanes) {
        if (!lane.inquiry) continue;
        const Blame blame = lane.inquiry->blame();
        tell_blame(blame, *lane.inquiry);
        end_held(*lane.inquiry, blame);
        lane.inquiry.reset();
    }
}

void Controller::tell_blame(const Blame& blame, const Inquiry& inquiry) {
    const std::string job = "job " + std::to_string(inquiry.job());
    if (blame.guilty.empty()) {
        const std::string suspects = blame.evidence.empty() ? "nothing" : blame.evidence;
        const std::string how = inquiry.held_endings().empty() ? " was slow" : " went wrong";
        book_.event("warning", "nobody_blamed",
                    job + how + ", and no one node is to blame; what was seen: " + suspects);
        return;
    }
    for (const std::int32_t node : blame.guilty) {
        const std::string proof = blame.is_proved ? "" : "; alone it came up";
        const std::string text = name_of(node) + " is to blame for job " +
                                 std::to_string(inquiry.job()) + ": " + blame.evidence + proof;
        book_.event("error", event_code::kNodeToBlame, text, node);
        const bool often = ++blamed_[node] >= kMostBlamed;
        if (blame.is_proved || often) exclude(node, text);
    }
}

/// Now that it is known, or known not to be known, whose fault it was.
void Controller::end_held(const Inquiry& inquiry, const Blame& blame) {
    const std::string whose = blame.guilty.empty() ? "; no one node is to blame"
                                                   : "; to blame: " + names_of(blame.guilty) +
                                                         " (" + blame.evidence + ")";
    for (const HeldEnding& held : inquiry.held_endings()) {
        if (held.task == nullptr || book_.has_ended(held.cell, held.task->attempt)) continue;
        Ending ending = held.ending;
        ending.reason += whose;
        book_.end_cell(held.cell, held.task->attempt, std::move(ending));
    }
}

/// The survivors run again what went wrong or was slow, as an attempt of its own beside the first;
/// whom a probe or trials have convicted takes no part in the rest either.
void Controller::go_on_without(Lane& lane, const Inquiry& inquiry, const Blame& blame) {
    if (blame.guilty.empty()) return;
    for (const std::vector<Task*>& part : lane.parts) {
        for (Task* task : part) {
            const bool was_slow = inquiry.is_proved_slow(*task) && is_done(*task, book_);
            if (was_slow) begin_again(*task);
            const bool again =
                was_slow || (inquiry.is_about(*task) && is_done(*task, book_) &&
                             !is_pair(task->scope) && begin_next_attempt(*task, book_));
            const bool goes_on = !is_done(*task, book_);
            if (!goes_on || (!again && !blame.is_proved)) continue;
            task->cut_off = 0;
            task->without.insert(blame.guilty.begin(), blame.guilty.end());
            if (members(*task).size() >= kFewestMembers) continue;
            end_open_cells(*task, {Outcome::Lost, "too few nodes are left: " + blame.evidence},
                           book_);
        }
    }
}

/// A second try is for what may go better the second time.
void Controller::drop_excluded_pairs() {
    std::erase_if(tasks_, [this](const Task& task) {
        return is_pair(task.scope) && std::ranges::any_of(task.nodes, [this](std::int32_t node) {
                   return excluded_.contains(node);
               });
    });
}

void Controller::exclude(std::int32_t node, const std::string& reason) {
    if (!excluded_.emplace(node, reason).second) return;
    book_.event("warning", event_code::kNodeExcluded,
                name_of(node) + " takes no part in later cells of several nodes: " + reason, node);
}

void Controller::apply_gate() {
    const auto stage = static_cast<std::size_t>(stage_);
    if (!options_->gate || stage >= plan_->stages.size()) return;
    const Stage& of_plan = plan_->stages[stage];
    if (of_plan.gate.empty() && of_plan.stop.empty()) return;
    for (const Exclusion& exclusion : options_->gate(stage_)) {
        const std::string reason = (exclusion.from_all ? "stop of stage " : "gate of stage ") +
                                   of_plan.name + ": " + exclusion.reason;
        exclude(exclusion.node, reason);
        if (!exclusion.from_all || !stopped_.emplace(exclusion.node, reason).second) continue;
        book_.event("warning", event_code::kNodeStopped,
                    name_of(exclusion.node) + " takes no part in any later cell: " + reason,
                    exclusion.node);
    }
}

}  // namespace rackproof
