#pragma once

#include <gmock/gmock.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runners/job.hpp"
#include "runners/run_plan.hpp"
#include "tests/runners/sample_start.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof::test {

/// Remembers what the job decided.
class RecordedLine final : public RankLine {
  public:
    void send(std::int32_t rank, const message::ToWorker& message) override {
        sent[rank].push_back(message);
    }
    void give_up(std::int32_t rank) override { given_up.push_back(rank); }

    /// The lead cells that a rank has been sent to run, in order.
    [[nodiscard]] std::vector<std::int32_t> orders(std::int32_t rank) {
        std::vector<std::int32_t> cells;
        for (const message::ToWorker& message : sent[rank]) {
            const auto* order = std::get_if<message::RunCell>(&message);
            if (order != nullptr) cells.push_back(order->cells.front().cell);
        }
        return cells;
    }

    std::map<std::int32_t, std::vector<message::ToWorker>> sent;
    std::vector<std::int32_t> given_up;
};

/// Time does not matter here but where a test says so: then it has run out at once.
inline constexpr double kNever = 1e9;
inline constexpr double kAtOnce = -1;

/// A job on two devices, whose ranks are the test.
class JobFixture : public testing::Test {
  protected:
    JobFixture() { patience_ = {kNever, kNever, kNever, kNever, kNever, kNever, kNever, kNever}; }

    /// Two devices, two cases of each: cells 0, 1 (case a) and 2, 3 (case b).
    void devices(std::int32_t attempt = 0) {
        plan({sample_case("a", 0, Scope::Device), sample_case("b", 1, Scope::Device)}, false,
             attempt);
    }
    /// Two ranks that talk, two cases of the node: cells 0 and 1.
    void talking() {
        plan({sample_case("a", 0, Scope::Node), sample_case("b", 1, Scope::Node)}, true, 0);
    }
    /// A group of three nodes with one device each, two cases: cells 0 and 1.
    void group() {
        ranks_ = 3;
        plan({sample_case("a", 0, Scope::Group), sample_case("b", 1, Scope::Group)}, true, 0);
    }
    void plan(const std::vector<CaseSpec>& cases, bool talk, std::int32_t attempt) {
        start_ = ranks_ == 3 ? sample_fleet_start(3, 1, cases) : sample_start(2, cases);
        book_.emplace(start_, folder_.path() / ("journal" + std::to_string(books_++)));
        tasks_ = tasks_of_stage(start_.manifest, stage_);
        for (Task& task : tasks_) {
            for (std::int32_t past = 0; past < attempt; ++past) {
                for (const std::int32_t cell : task.cells) {
                    book_->end_cell(cell, past, {Outcome::Lost, "before"});
                }
            }
            task.attempt = attempt;
        }
        ranks_talk_ = talk;
        new_job();
    }
    void new_job() {
        JobPlan plan;
        plan.job = 1;
        for (std::int32_t rank = 0; rank < ranks_; ++rank) plan.devices.push_back(rank);
        plan.ranks_talk = ranks_talk_;
        plan.holds_endings = ranks_ == 3;
        plan.without = without_;
        plan.times = times_ ? &*times_ : nullptr;
        plan.trial_s = trial_s_;
        for (Task& task : tasks_) plan.tasks.push_back(&task);
        line_.emplace();
        job_.emplace(plan, *book_, *line_, patience_, DeviceOptions{});
    }

    void report(std::int32_t rank, const record::Record& record) {
        job_->rank_said(rank, message::report(record));
    }
    void join(std::int32_t rank) {
        message::Hello hello;
        hello.pid = 100 + rank;
        hello.host = host_of(rank);
        job_->rank_joined(rank, hello);
    }
    void place(std::int32_t rank) {
        join(rank);
        report(rank,
               record::RankPlaced{1, rank, rank, 100 + rank, host_of(rank), std::to_string(rank)});
    }
    [[nodiscard]] std::string host_of(std::int32_t rank) const {
        return "n00" + std::to_string(ranks_ == 3 ? rank + 1 : 1);
    }
    void place_all() {
        for (std::int32_t rank = 0; rank < ranks_; ++rank) place(rank);
        job_->tick();
    }
    void place_both() {
        place(0);
        place(1);
        job_->tick();
    }
    void begin(std::int32_t rank, std::int32_t cell, std::int32_t attempt = 0) {
        report(rank, record::CellBegun{cell, attempt, rank, 0});
    }
    void say(std::int32_t rank, std::int32_t cell, const std::string& words) {
        report(rank, record::Operation{rank, cell, 0, words});
    }
    void sample(std::int32_t rank, std::int32_t cell) {
        report(rank, record::Samples{cell, 0, {1}, {}, {}});
    }
    void end(std::int32_t rank, std::int32_t cell, Outcome outcome = Outcome::Completed,
             const std::string& reason = "") {
        report(rank, record::RankEnded{cell, 0, rank, outcome, reason, 0, 0});
    }
    void complete(std::int32_t rank, std::int32_t cell) {
        begin(rank, cell);
        sample(rank, cell);
        end(rank, cell);
    }
    [[nodiscard]] std::optional<Outcome> outcome(std::int32_t cell) const {
        const std::optional<Ending>& ending = book_->last_ending(cell);
        return ending ? std::optional{ending->outcome} : std::nullopt;
    }
    [[nodiscard]] std::string reason(std::int32_t cell) const {
        return book_->last_ending(cell)->reason;
    }

    /// What the last book was told under this code.
    [[nodiscard]] std::vector<Event> events_of(std::string_view code) const {
        std::vector<Event> found;
        const rackproof::Run run =
            run_from_journal(folder_.path() / ("journal" + std::to_string(books_ - 1)));
        for (const Event& event : run.events) {
            if (event.code == code) found.push_back(event);
        }
        return found;
    }

    ScratchFolder folder_;
    int books_ = 0;
    std::int32_t ranks_ = 2;
    std::int32_t stage_ = 0;
    std::vector<std::string> without_;
    std::optional<CaseTimes> times_;
    std::optional<double> trial_s_;
    record::RunStarted start_;
    std::optional<RunBook> book_;
    std::vector<Task> tasks_;
    bool ranks_talk_ = false;
    Patience patience_;
    std::optional<RecordedLine> line_;
    std::optional<Job> job_;
};

}  // namespace rackproof::test
