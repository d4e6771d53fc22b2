#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runners/blame.hpp"
#include "runners/case_times.hpp"
#include "runners/message.hpp"
#include "runners/run_book.hpp"
#include "runners/slow_search.hpp"
#include "runners/task.hpp"

namespace rackproof {

/// How patient the controller is, in seconds.
struct Patience {
    double start_s = 30;      ///< from the start of a job until a rank is ready for work
    double heartbeat_s = 10;  ///< silence of a rank
    double grace_s = 3;       ///< beyond a cell's deadline, which the worker itself watches
    double settle_s = 0.7;    ///< after a rank has gone: has it died alone, or with its launcher?
    double cut_s = 2;         ///< for the others, once one rank of a talking job has failed
    double quit_s = 5;        ///< from Quit until the launcher has ended
    double term_s = 2;        ///< from SIGTERM to SIGKILL
    double words_s = 3;       ///< for a launcher of several nodes to say which of them it lost
    double waiting_s = 1;     ///< in one operation, until ranks are taken to wait there for others
    double slow_s = 10;       ///< before that no task of several nodes is called slow
};

/// What a job is to do: one rank for each device, on one node or several.
struct JobPlan {
    std::int32_t job = 0;
    std::vector<std::int32_t> devices;  ///< by rank; indices into Manifest::devices, node by node
    bool ranks_talk = false;
    /// On several nodes: how a cell ended badly is held back until it is known who was to blame.
    bool holds_endings = false;
    std::vector<std::string> without;  ///< nodes of the target that take no part
    std::vector<Task*> tasks;          ///< none: only to see whether the ranks come up
    /// Of several nodes: how long like tasks take. A task that takes far longer is told of.
    CaseTimes* times = nullptr;
    /// The job is a trial: only to see whether its one task ends within this time. Nothing of it is
    /// a result.
    std::optional<double> trial_s;
};

/// A task of several nodes that took far longer than it should.
struct SlowTask {
    Task* task = nullptr;
    double seconds = 0;
    double bound_s = 0;  ///< CaseTimes::bound_s
    std::string name;    ///< of its case
};

/// A cell that ended badly in a job on several nodes: not yet in the book.
struct HeldEnding {
    Task* task = nullptr;
    std::int32_t cell = 0;
    Ending ending;
};

/// How a job reaches its ranks.
class RankLine {
  public:
    RankLine() = default;
    RankLine(const RankLine&) = delete;
    RankLine& operator=(const RankLine&) = delete;
    virtual ~RankLine() = default;
    virtual void send(std::int32_t rank, const message::ToWorker& message) = 0;
    /// Closes the connection and, where possible, kills the process.
    virtual void give_up(std::int32_t rank) = 0;
};

/// One job's ranks and tasks, in lockstep: a step gives each rank its task of one lead case (or
/// all ranks one task together), and the next begins when every live rank is done. Decides what a
/// death, a silence or nonsense costs; knows time only as RunBook::now_s, and no process.
class Job {
  public:
    /// `book`, `line` and `patience` must outlive this.
    Job(JobPlan plan, RunBook& book, RankLine& line, const Patience& patience,
        const DeviceOptions& devices);

    void rank_joined(std::int32_t rank, const message::Hello& hello);
    void rank_said(std::int32_t rank, const message::ToController& said);
    void rank_closed(std::int32_t rank, const std::optional<std::string>& problem);

    /// The launcher has ended; `words` is the last that it printed. `killed`: by a signal.
    enum class LauncherEnd : std::uint8_t { ByItself, Killed };
    void launcher_ended(LauncherEnd how, std::string words);

    /// The launcher says that it has lost these of the job's nodes.
    void nodes_named_lost(const std::vector<std::string>& hosts);

    /// To be called often: deadlines, silences, the next step.
    void tick();

    /// From now on no step begins: the job is over once the ranks are done with this one.
    void finish_step() { finishing_ = true; }

    enum class State : std::uint8_t {
        Running,
        Done,  ///< nothing left to do: the ranks may quit
        Cut,   ///< not to go on: its ranks are dead, stuck, or out of step
    };
    [[nodiscard]] State state() const { return state_; }

    /// Counts what the job's end left open against it: what has been cut off too often is lost.
    /// To be called once, when the job is over.
    void settle_accounts();

    /// "RANK CASE: OPERATION", one for each live rank; with "HOST:" before it if there are several.
    [[nodiscard]] std::vector<std::string> running() const;

    /// True once any rank has come up where it belongs.
    [[nodiscard]] bool was_reached() const { return reached_; }
    /// Why the ranks did not all come up, or did not hold out; empty if they did.
    [[nodiscard]] const std::string& problem() const { return problem_; }
    /// True if some rank is ready for work, or at it.
    [[nodiscard]] bool is_at_work() const;
    /// True once a rank has closed its connection, unasked.
    [[nodiscard]] bool lost_a_connection() const;
    /// What speaks against which node, once the job is over.
    [[nodiscard]] std::vector<Clue> clues() const;
    [[nodiscard]] const std::vector<HeldEnding>& held_endings() const { return held_; }
    /// Tasks of several nodes that took far too long, whether they were done in the end or ran out
    /// of time. Once the job is over.
    [[nodiscard]] std::vector<SlowTask> slow_tasks() const;
    [[nodiscard]] bool is_trial() const { return plan_.trial_s.has_value(); }
    /// Of a trial, once it is over.
    [[nodiscard]] TrialEnd trial_end() const;
    /// Nodes on which an earlier job's process, which cannot be ended, still has a device: what was
    /// said of it. What the node measures beside that is worth nothing.
    [[nodiscard]] const std::map<std::int32_t, std::string>& held_devices() const {
        return held_devices_;
    }
    /// What the launcher printed; empty until it has ended.
    [[nodiscard]] const std::string& launcher_words() const { return launcher_words_; }

  private:
    static constexpr std::int32_t kMostCutOffs = 3;
    static constexpr std::int32_t kMostFailedStarts = 2;

    enum class Phase : std::uint8_t { Absent, Joined, Ready, Busy, Closing, Gone };
    struct Rank {
        Phase phase = Phase::Absent;
        Task* task = nullptr;            ///< while Busy, or Closing after it was
        std::vector<std::int32_t> open;  ///< cells of the task that it has not ended
        bool begun = false;
        bool timed_out = false;
        double since_s = 0;  ///< of the task, or of the closing
        double heard_s = 0;
        std::int64_t pid = 0;
        std::optional<std::int32_t> signal;
        std::optional<double> closed_s;  ///< when it closed its connection, unasked
        std::string last_words;
        std::vector<std::string> said;  ///< the task's last operations, the latest at the end
        double said_s = 0;              ///< when the latest was said
    };

    // What comes in (job.cpp).
    [[nodiscard]] Rank& at(std::int32_t rank) { return ranks_.at(static_cast<std::size_t>(rank)); }
    void take_report(std::int32_t rank, const message::Report& report);
    [[nodiscard]] bool is_too_much(const record::Samples& samples) const;
    void note_absent(Variant& variant) const;
    void take_record(std::int32_t rank, const record::Record& record);
    void take_ending(std::int32_t rank, const record::RankEnded& ended);
    void take_place(std::int32_t rank, const record::RankPlaced& placed);
    void check_cards(std::int32_t node);
    void refuse(std::int32_t rank, const std::string& problem);
    [[nodiscard]] std::int32_t device_of(std::int32_t rank) const;
    [[nodiscard]] std::int32_t node_of_rank(std::int32_t rank) const;
    [[nodiscard]] const std::string& host_of(std::int32_t rank) const;
    void tell(std::string_view code, std::string text, std::int32_t rank);
    [[nodiscard]] std::string name_of(std::int32_t rank) const;
    [[nodiscard]] std::string death_of(std::int32_t rank) const;

    // Whom to suspect (job_clues.cpp).
    void add_clue(ClueKind kind, std::int32_t rank, std::string text);
    void suspect_who_is_absent();
    [[nodiscard]] bool deadline_has_passed() const;
    void add_first_to_close(std::vector<Clue>& clues) const;
    void add_bad_endings(std::vector<Clue>& clues) const;
    void add_never_done(std::vector<Clue>& clues) const;
    [[nodiscard]] std::vector<std::int32_t> never_entered() const;
    [[nodiscard]] std::string never_entered_text(std::int32_t rank) const;
    void add_never_entered(std::vector<Clue>& clues) const;
    void tell_who_never_entered();

    // What takes too long (job_slow.cpp).
    [[nodiscard]] double bound_s(const Task& task) const;
    void watch_for_slowness();
    [[nodiscard]] std::string what_ranks_say() const;
    void note_time_of(const Task& task);
    void end_trial_cell(const Task& task, std::int32_t cell, Ending ending);

    // What time brings (job.cpp).
    [[nodiscard]] std::vector<std::int32_t> in_order_of_closing() const;
    void check_start(std::int32_t rank);
    void check_closing(std::int32_t rank);
    void check_busy(std::int32_t rank);
    void start_failed(std::int32_t rank, const std::string& why);
    void drop(std::int32_t rank);

    // Steps and endings (job_steps.cpp).
    void plan_steps();
    void next_step();
    [[nodiscard]] bool all_skipped() const;
    void give(std::int32_t rank, Task& task);
    [[nodiscard]] message::RunCell order_for(const Task& task) const;
    void say_peer(const Target& pair, message::RunCell& order) const;
    void say_what_stands(message::RunCell& order) const;
    [[nodiscard]] const CaseSpec& lead_of(const Task& task) const;
    [[nodiscard]] double deadline_s(const Task& task) const;
    void end_if_all_have(const Task& task, std::int32_t cell);
    void end_cell(const Task& task, std::int32_t cell, Ending ending);
    void hold(const Task& task, std::int32_t cell, Ending ending);
    [[nodiscard]] bool is_held(const Task& task) const;
    void lose(std::int32_t rank, const Ending& ending);
    void cut_off(std::int32_t rank);
    void cut_task_short(const Task& task);
    [[nodiscard]] Task* task_in_flight() const;

    JobPlan plan_;
    RunBook* book_;
    RankLine* line_;
    const Patience* patience_;
    DeviceOptions devices_;
    double started_s_;
    State state_ = State::Running;
    bool finishing_ = false;
    std::vector<Rank> ranks_;
    std::vector<std::vector<Task*>> steps_;  ///< by step, then rank; nullptr: nothing for it
    std::size_t next_step_ = 0;
    std::map<std::int32_t, std::map<std::int32_t, Ending>> endings_;  ///< this step's: cell, rank
    std::set<std::int32_t> sampled_;  ///< cells of this step that have samples
    double step_began_s_ = 0;
    const Task* told_slow_ = nullptr;     ///< of this step: told to be slow
    std::vector<SlowTask> slow_;          ///< done in the end
    std::optional<double> trial_took_s_;  ///< if it was completed
    std::optional<double> bad_since_s_;   ///< first ending but completed in a talking job
    std::optional<LauncherEnd> launcher_end_;
    double launcher_ended_s_ = 0;
    std::string launcher_words_;
    std::set<const Task*> not_started_;  ///< those whose rank did not come up in this job
    std::map<std::int32_t, record::RankPlaced> placed_;  ///< by rank, of those in their places
    std::vector<Clue> clues_;
    std::vector<HeldEnding> held_;
    std::map<std::int32_t, std::string> held_devices_;  ///< by node
    std::string problem_;
    bool reached_ = false;
    bool progress_ = false;  ///< some cell has ended
};

}  // namespace rackproof
