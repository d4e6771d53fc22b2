#include <fmt/format.h>

#include <algorithm>

#include "core/event_codes.hpp"
#include "runners/controller.hpp"

namespace rackproof {
namespace {

/// How the event that a search has begun starts, whatever the reason.
std::string begins_text(const Stage& stage) {
    return fmt::format("stage {} searches for who slows stage {}, ", stage.name,
                       stage.only_if_short);
}

/// The stage's pairs, each once, in the order of its rounds.
std::vector<std::vector<std::int32_t>> pairs_of(const std::vector<Task>& tasks) {
    std::vector<std::vector<std::int32_t>> pairs;
    for (const Task& task : tasks) {
        if (task.lead_case != tasks.front().lead_case) break;
        pairs.push_back(task.nodes);
    }
    return pairs;
}

std::size_t nodes_in(const std::vector<std::vector<std::int32_t>>& pairs) {
    std::set<std::int32_t> nodes;
    for (const auto& pair : pairs) nodes.insert(pair.begin(), pair.end());
    return nodes.size();
}

}  // namespace

/// A search that is not due ends its cells with the reason. One that has begun goes on with what is
/// left of its budget, whatever the record says by now.
bool Controller::may_begin_stage() {
    search_until_s_.reset();
    if (static_cast<std::size_t>(stage_) >= plan_->stages.size()) return true;
    const Stage& stage = plan_->stages[static_cast<std::size_t>(stage_)];
    if (!stage.confirms.empty()) lay_out_confirmation(stage);
    if (stage.only_if_short.empty()) return true;
    const double budget_s = stage.budget_s.value_or(0);
    const std::string begins = begins_text(stage);
    if (const std::optional<double> began_s = book_.search_began_s(begins)) {
        search_until_s_ = *began_s + budget_s;
        return true;
    }
    tasks_ = tasks_of_stage(book_.manifest(), stage_);
    const bool is_open =
        std::ranges::any_of(tasks_, [this](const Task& task) { return !is_done(task, book_); });
    if (!is_open) return true;
    const std::string why =
        options_->search_due ? options_->search_due(stage_) : "nobody judges the record";
    if (why.empty()) {
        const std::string text = fmt::format(
            "stage {} was not run: it searches for who slows stage {}, of which nothing fell short",
            stage.name, stage.only_if_short);
        book_.event("info", event_code::kSearchNotDue, text);
        for (const Task& task : tasks_) end_open_cells(task, {Outcome::Skipped, text}, book_);
        return false;
    }
    search_until_s_ = book_.active_s() + budget_s;
    book_.event("warning", event_code::kSearchBegun,
                fmt::format("{}for {:.0f} s at most: {}", begins, budget_s, why));
    return true;
}

bool Controller::is_search_over() const {
    return search_until_s_ && book_.active_s() > *search_until_s_;
}

/// What is at work may end. The first attempts that have not begun never do, and say so; retests
/// that have not are left out.
void Controller::cut_search(std::vector<Lane>& lanes) {
    std::vector<const Task*> open;
    for (const Lane& lane : lanes) {
        if (lane.is_at_work()) continue;
        for (const std::vector<Task*>& part : lane.parts) {
            std::ranges::copy_if(part, std::back_inserter(open),
                                 [this](const Task* task) { return !is_done(*task, book_); });
        }
    }
    if (!open.empty()) {
        const std::string text = cut_text(open);
        book_.event("warning", event_code::kSearchCut, text);
        for (const Task* task : open) {
            if (task->attempt == 0) end_open_cells(*task, {Outcome::Skipped, text}, book_);
        }
    }
    for (Lane& lane : lanes) {
        if (!lane.is_at_work()) lane.parts.clear();
    }
}

/// Of `open` tasks. Rounds are as many pairs each as all but at most one of the nodes are in.
std::string Controller::cut_text(const std::vector<const Task*>& open) const {
    const Stage& stage = plan_->stages.at(static_cast<std::size_t>(stage_));
    const std::string text = fmt::format(
        "stage {}, which searches for who slows stage {}, was cut: its budget of {:.0f} s was over "
        "when ",
        stage.name, stage.only_if_short, stage.budget_s.value_or(0));
    std::set<std::vector<std::int32_t>> waiting;
    for (const Task* task : open) waiting.insert(task->nodes);
    if (open.front()->attempt > 0) {
        return text +
               fmt::format("{} pairs that had broken were to be tried again", waiting.size());
    }
    const std::vector<std::vector<std::int32_t>> pairs = pairs_of(tasks_);
    const std::size_t a_round = std::max<std::size_t>(1, nodes_in(pairs) / 2);
    const auto first =
        std::ranges::find_if(pairs, [&](const auto& pair) { return waiting.contains(pair); });
    const auto place = static_cast<std::size_t>(first - pairs.begin());
    return text +
           fmt::format("{} of its {} pairs were still to be measured, from round {} of {} on",
                       waiting.size(), pairs.size(), place / a_round + 1,
                       (pairs.size() + a_round - 1) / a_round);
}

}  // namespace rackproof
