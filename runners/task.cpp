#include "runners/task.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "core/error.hpp"

namespace rackproof {
namespace {

bool calls_for_retest(const std::optional<Ending>& ending) {
    return ending && (ending->outcome == Outcome::Failed || ending->outcome == Outcome::TimedOut ||
                      ending->outcome == Outcome::Lost);
}

}  // namespace

std::vector<Task> tasks_of_stage(const Manifest& manifest, std::int32_t stage) {
    std::vector<Task> tasks;
    std::map<std::tuple<std::int32_t, Target>, std::size_t> of_lead;
    for (std::size_t i = 0; i < manifest.cells.size(); ++i) {
        const Cell& cell = manifest.cells[i];
        const CaseSpec& spec = manifest.cases.at(static_cast<std::size_t>(cell.case_index));
        if (spec.stage != stage) continue;
        const auto number = static_cast<std::int32_t>(i);
        if (spec.lead == cell.case_index) {
            of_lead[{cell.case_index, cell.target}] = tasks.size();
            std::vector<std::int32_t> nodes = nodes_of(manifest, spec.scope, cell.target);
            tasks.push_back({cell.case_index,
                             spec.scope,
                             cell.target,
                             std::move(nodes),
                             {},
                             0,
                             {number},
                             {number},
                             0,
                             0});
            continue;
        }
        const auto lead = of_lead.find({spec.lead, cell.target});
        if (lead == of_lead.end()) {
            throw Error{"plan a run of " + spec.name, "its lead case has no cell before it there"};
        }
        tasks[lead->second].cells.push_back(number);
        tasks[lead->second].wanted.push_back(number);
    }
    return tasks;
}

std::vector<Task> retests(const std::vector<Task>& tasks, const RunBook& book) {
    std::vector<Task> again;
    for (const Task& task : tasks) {
        Task next = task;
        if (begin_next_attempt(next, book)) again.push_back(std::move(next));
    }
    return again;
}

std::vector<std::int32_t> members(const Task& task) {
    std::vector<std::int32_t> nodes;
    std::ranges::copy_if(task.nodes, std::back_inserter(nodes),
                         [&](std::int32_t node) { return !task.without.contains(node); });
    return nodes;
}

void begin_again(Task& task) {
    ++task.attempt;
    task.cut_off = 0;
    task.failed_starts = 0;
}

bool begin_next_attempt(Task& task, const RunBook& book) {
    begin_again(task);
    std::erase_if(task.wanted,
                  [&](std::int32_t cell) { return !calls_for_retest(book.last_ending(cell)); });
    return !task.wanted.empty();
}

bool is_done(const Task& task, const RunBook& book) {
    return std::ranges::all_of(
        task.wanted, [&](std::int32_t cell) { return book.has_ended(cell, task.attempt); });
}

void end_open_cells(const Task& task, const Ending& ending, RunBook& book) {
    for (const std::int32_t cell : task.wanted) {
        if (!book.has_ended(cell, task.attempt)) book.end_cell(cell, task.attempt, ending);
    }
}

}  // namespace rackproof
