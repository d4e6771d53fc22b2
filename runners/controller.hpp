#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runners/inquiry.hpp"
#include "runners/job_pool.hpp"
#include "runners/run_plan.hpp"
#include "runners/start_pace.hpp"

namespace rackproof {

/// What a controller works with, besides its plan; tests give their own.
struct ControllerParts {
    Launcher* launcher = nullptr;
    Patience patience;
    PaceLimits pace;
    std::vector<std::string> wrap;  ///< see JobRequest
    /// True if the ranks of this suite talk to each other.
    std::function<bool(std::string_view suite)> talks;
    /// True if this suite is as Suite::needs_site_consent says. Empty: none is.
    std::function<bool(std::string_view suite)> needs_consent;
    std::optional<AllocationQuestion> question_of_allocation;  ///< see AllocationWatch
};

/// Runs a manifest through a launcher: stage by stage, one job a node and many nodes at once, until
/// every cell has ended, and then the retests. One thread; see run_plan().
class Controller {
  public:
    /// Creates the journal. All arguments must outlive this. Throws Error.
    Controller(const Plan& plan, const record::RunStarted& start, const RunOptions& options,
               const ControllerParts& parts);

    void run();

  private:
    enum class Interruption : std::uint8_t { None, Stopped, OutOfTime };

    /// The way of a node, or of some nodes together, through a stage's attempt: part after part,
    /// job after job. A node is at work in one lane at a time.
    struct Lane {
        std::vector<std::int32_t> nodes;
        std::deque<std::vector<Task*>> parts;
        std::optional<std::int32_t> job;  ///< while one runs
        std::int32_t unreached = 0;       ///< of one node: jobs in a row of which no rank came up
        std::optional<Inquiry> inquiry;   ///< of several: after a job that went wrong

        [[nodiscard]] bool is_at_work() const { return job || inquiry; }
        [[nodiscard]] bool is_over() const { return !is_at_work() && parts.empty(); }
    };

    void tell_of_stages_left_out(const Plan& plan);
    void exclude_absent_nodes();
    void run_stage();
    void finish_what_runs();
    void leave_with_allocation();
    enum class Company : std::uint8_t { WholeNode, Alone };
    void run_tasks(Company company);
    [[nodiscard]] std::vector<Lane> lanes_for(Company company);
    void start_what_may(std::vector<Lane>& lanes);
    [[nodiscard]] std::size_t nodes_at_work(const std::vector<Lane>& lanes) const;
    [[nodiscard]] bool start_next(Lane& lane);
    void take_ended(std::vector<Lane>& lanes, const JobRun& run);
    void job_ended(Lane& lane, const JobRun& run);
    void give_up(Lane& lane, const JobRun& run);
    [[nodiscard]] JobPlan plan_job(const std::vector<Task*>& open);
    [[nodiscard]] std::string stage_kind() const;
    [[nodiscard]] std::vector<std::int32_t> devices_of(std::int32_t node) const;

    // Cells of several nodes (controller_group.cpp).
    void keep_out_excluded(Task& task);
    [[nodiscard]] std::vector<Task*> one_company(const std::vector<Task*>& open) const;
    void begin_inquiry(Lane& lane, const JobRun& run);
    [[nodiscard]] bool may_try_again(const Lane& lane, const Job& job);
    void probe_suspects(Lane& lane);
    void start_trial(Lane& lane, std::size_t at_work);
    void inquiry_goes_on(Lane& lane, const JobRun& run);
    void close_inquiry(Lane& lane);
    void tell_blame(const Blame& blame, const Inquiry& inquiry);
    void end_held(const Inquiry& inquiry, const Blame& blame);
    void go_on_without(Lane& lane, const Inquiry& inquiry, const Blame& blame);
    void break_off_inquiries(std::vector<Lane>& lanes);
    void drop_excluded_pairs();
    void exclude(std::int32_t node, const std::string& reason);
    void apply_gate();

    // Stages that search for who slows another (controller_search.cpp).
    [[nodiscard]] bool may_begin_stage();
    [[nodiscard]] bool is_search_over() const;
    void cut_search(std::vector<Lane>& lanes);
    [[nodiscard]] std::string cut_text(const std::vector<const Task*>& open) const;

    // Stages whose load needs the site's consent (controller_consent.cpp).
    [[nodiscard]] bool stage_needs_consent() const;
    [[nodiscard]] std::string why_halted() const;
    [[nodiscard]] bool is_halted(Lane& lane);
    void end_lane(Lane& lane, const JobRun& run);

    // Stages that measure again whom another suspects (controller_confirm.cpp).
    void lay_out_confirmation(const Stage& stage);
    [[nodiscard]] std::string why_not_again(const Stage& stage, const Task& task) const;
    [[nodiscard]] bool has_to_wait_alone(const std::vector<Lane>& lanes) const;

    [[nodiscard]] std::string names_of(const std::vector<std::int32_t>& nodes) const;
    [[nodiscard]] bool go_on();
    void end_what_is_open();
    void note_stranger(const std::string& text);
    [[nodiscard]] Progress progress() const;
    [[nodiscard]] double left_s() const;
    [[nodiscard]] const std::string& name_of(std::int32_t node) const;

    const Plan* plan_;
    const RunOptions* options_;
    const ControllerParts* parts_;
    RunBook book_;
    Secret secret_ = Secret::random();
    BackChannel channel_;
    AllocationWatch allocation_;
    JobSurroundings around_;
    JobPool pool_{around_};
    StartPace pace_;
    std::int32_t jobs_ = 0;
    std::int32_t stage_ = 0;
    Interruption interruption_ = Interruption::None;
    bool finishing_ = false;   ///< nothing new begins; what is in flight may end
    std::vector<Task> tasks_;  ///< of this stage, in this attempt
    std::map<std::int32_t, std::string> unreached_;  ///< nodes, and the launcher's words
    std::map<std::int32_t, std::string> excluded_;   ///< nodes, and why
    std::map<std::int32_t, std::string> stopped_;    ///< of these, from all later cells
    std::map<std::int32_t, std::int32_t> blamed_;    ///< nodes, and how many times
    CaseTimes times_;                                ///< of cases of several nodes
    std::optional<double> search_until_s_;           ///< of this stage, in RunBook::active_s()
    std::set<std::vector<std::int32_t>> searched_;   ///< lanes of this stage that had trials
    std::int64_t strangers_ = 0;
    double shown_s_ = -1;  ///< when progress was last shown
};

}  // namespace rackproof
