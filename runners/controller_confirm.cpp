#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/event_codes.hpp"
#include "runners/controller.hpp"

namespace rackproof {

/// Of a pair that is due: which of its nodes take no part any more, and why. Empty if both do.
std::string Controller::why_not_again(const Stage& stage, const Task& task) const {
    std::string why;
    for (const std::int32_t node : task.nodes) {
        const auto excluded = excluded_.find(node);
        if (excluded == excluded_.end()) continue;
        why += fmt::format("{}{} takes no part any more: {}", why.empty() ? "" : "; ",
                           name_of(node), excluded->second);
    }
    if (why.empty()) return why;
    return fmt::format("stage {} does not measure this pair again: {}", stage.name, why);
}

/// Only the pairs that are to be measured again stay open; each other cell of the stage says why it
/// is not. Those of nodes that take no part any more are not tried. A run that goes on comes to the
/// same, and does not tell of it twice.
void Controller::lay_out_confirmation(const Stage& stage) {
    tasks_ = tasks_of_stage(book_.manifest(), stage_);
    const bool is_begun =
        std::ranges::any_of(tasks_, [this](const Task& task) { return is_done(task, book_); });
    const Confirmation again = options_->confirmation
                                   ? options_->confirmation(stage_)
                                   : Confirmation{{}, "nobody judges the record"};
    const std::set<Target> due{again.pairs.begin(), again.pairs.end()};
    const std::string not_due =
        due.empty() ? fmt::format("stage {} measures nobody of stage {} again: {}", stage.name,
                                  stage.confirms, again.text)
                    : fmt::format(
                          "stage {} does not measure this pair again: it is none of a "
                          "suspect and a partner that were chosen",
                          stage.name);
    if (!is_begun) {
        if (!due.empty()) {
            book_.event("info", event_code::kConfirmationBegun,
                        fmt::format("stage {} measures suspects of stage {} again, {}: {}",
                                    stage.name, stage.confirms,
                                    stage.load == PairLoad::None ? "alone on the fabric"
                                                                 : "with others at work",
                                    again.text));
        }
    }
    std::vector<std::string> reasons;  // by task; empty: it is measured
    std::set<std::string> told{not_due};
    for (const Task& task : tasks_) {
        reasons.push_back(due.contains(task.target) ? why_not_again(stage, task) : not_due);
        if (!reasons.back().empty()) told.insert(reasons.back());
    }
    for (const std::string& reason : told) {  // before the cells: by it a judge knows their reason
        if (!is_begun) book_.event("info", event_code::kConfirmationNotDue, reason);
    }
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
        if (!reasons[i].empty()) end_open_cells(tasks_[i], {Outcome::Skipped, reasons[i]}, book_);
    }
}

/// A pair that is measured alone on the fabric waits for all others.
bool Controller::has_to_wait_alone(const std::vector<Lane>& lanes) const {
    const auto stage = static_cast<std::size_t>(stage_);
    if (stage >= plan_->stages.size()) return false;
    const Stage& now = plan_->stages[stage];
    if (now.confirms.empty() || now.load != PairLoad::None) return false;
    return std::ranges::any_of(lanes, [](const Lane& lane) { return lane.is_at_work(); });
}

}  // namespace rackproof
