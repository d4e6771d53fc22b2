#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/event_codes.hpp"
#include "core/utf8.hpp"
#include "runners/job.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kLongestWord = 120;
constexpr std::size_t kLongestTold = 600;
/// Of a trial's time: what takes less is in time.
constexpr double kClearlyInTime = 0.5;

}  // namespace

double Job::bound_s(const Task& task) const {
    return plan_.times->bound_s(task.lead_case, lead_of(task), patience_->slow_s);
}

/// While it runs: who reads along can look into it, and if it is killed, this stays.
void Job::watch_for_slowness() {
    const bool watched = plan_.holds_endings && plan_.times != nullptr && !plan_.trial_s;
    const Task* task = watched ? task_in_flight() : nullptr;
    if (task == nullptr || task == told_slow_) return;
    const double lasted_s = book_->now_s() - step_began_s_;
    if (lasted_s <= bound_s(*task)) return;
    told_slow_ = task;
    const CaseTimes::Typical typical = plan_.times->typical(task->lead_case, lead_of(*task));
    const std::string by =
        typical.like == 0 ? "its estimate" : fmt::format("the median of {} like it", typical.like);
    book_->event("warning", event_code::kJobSlow,
                 fmt::format("job {} is slow: {} has run for {:.1f} s, where {:.2g} s ({}) are "
                             "usual; last said: {}",
                             plan_.job, lead_of(*task).name, lasted_s, typical.seconds, by,
                             what_ranks_say()));
}

/// Words, for how long they have been the last, and of whose ranks: "'sample 2 of 9' for 3.1 s by
/// n001, n002".
std::string Job::what_ranks_say() const {
    struct Speakers {
        double since_s = 0;
        std::vector<std::string> hosts;
    };
    std::map<std::string, Speakers> by_words;
    for (std::int32_t rank = 0; rank < static_cast<std::int32_t>(ranks_.size()); ++rank) {
        const Rank& own = ranks_[static_cast<std::size_t>(rank)];
        Speakers& speakers = by_words[printable(shortened(own.last_words, kLongestWord))];
        speakers.since_s = std::max(speakers.since_s, own.said_s);
        const std::vector<std::string>& hosts = speakers.hosts;
        if (hosts.empty() || hosts.back() != host_of(rank)) speakers.hosts.push_back(host_of(rank));
    }
    std::string text;
    for (const auto& [words, speakers] : by_words) {
        text += fmt::format("{}'{}' for {:.1f} s by {}", text.empty() ? "" : "; ", words,
                            book_->now_s() - speakers.since_s, fmt::join(speakers.hosts, ", "));
    }
    return shortened(text, kLongestTold);
}

/// Of a task whose lead was completed.
void Job::note_time_of(const Task& task) {
    const auto own = std::ranges::find(plan_.tasks, &task);
    if (plan_.times == nullptr || own == plan_.tasks.end()) return;
    const double seconds = book_->now_s() - step_began_s_;
    if (told_slow_ == &task) slow_.push_back({*own, seconds, bound_s(task), lead_of(task).name});
    plan_.times->took(task.lead_case, seconds);
}

std::vector<SlowTask> Job::slow_tasks() const {
    std::vector<SlowTask> all = slow_;
    if (plan_.times == nullptr) return all;
    for (const HeldEnding& held : held_) {
        const bool out_of_time = held.ending.outcome == Outcome::TimedOut && held.task != nullptr &&
                                 held.cell == held.task->cells.front();
        if (!out_of_time) continue;
        const Task& task = *held.task;
        all.push_back({held.task, deadline_s(task), bound_s(task), lead_of(task).name});
    }
    return all;
}

/// Nothing of it goes into the book.
void Job::end_trial_cell(const Task& task, std::int32_t cell, Ending ending) {
    progress_ = true;
    const bool well = ending.outcome == Outcome::Completed && sampled_.contains(cell);
    if (well && cell == task.cells.front()) trial_took_s_ = book_->now_s() - step_began_s_;
    if (!well) hold(task, cell, std::move(ending));
}

/// What ran out of time was too slow, unless a rank fell silent meanwhile.
TrialEnd Job::trial_end() const {
    const bool well = state_ == State::Done && trial_took_s_ && held_.empty();
    if (well && *trial_took_s_ <= kClearlyInTime * *plan_.trial_s) return TrialEnd::InTime;
    return deadline_has_passed() && clues_.empty() ? TrialEnd::TooSlow : TrialEnd::Unclear;
}

}  // namespace rackproof
