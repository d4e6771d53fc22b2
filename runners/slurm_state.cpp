#include "runners/slurm_state.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/fleet.hpp"
#include "core/utf8.hpp"
#include "runners/command_output.hpp"

namespace rackproof {
namespace {

constexpr double kPatience_s = 60;  // a busy controller answers late
constexpr std::size_t kLongestReason = 200;
constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kDigits = "0123456789";

/// What can still be done with a node of these words and marks (man sinfo, "NODE STATE CODES"):
/// in use, or about to be; '-' planned for another job, '~' and '#' asleep and waking, '+' with a
/// job that is just ending.
constexpr std::string_view kUsableWords[] = {"idle", "allocated", "alloc",     "mixed",
                                             "mix",  "planned",   "plnd",      "reserved",
                                             "resv", "comp",      "completing"};
constexpr std::string_view kUsableMarks = "-~#+";

/// What a job goes through on its way out (man squeue, "JOB STATE CODES"). One that runs is back in
/// the queue, as PENDING or REQUEUED, before its processes are gone.
constexpr std::string_view kEndingWords[] = {
    "COMPLETING", "PENDING",   "REQUEUED",  "REQUEUE_HOLD",  "REQUEUE_FED", "SPECIAL_EXIT",
    "CANCELLED",  "COMPLETED", "PREEMPTED", "REVOKED",       "DEADLINE",    "TIMEOUT",
    "FAILED",     "STAGE_OUT", "NODE_FAIL", "OUT_OF_MEMORY", "BOOT_FAIL",
};

constexpr std::string_view kLivingWords[] = {"RUNNING",   "SUSPENDED", "STOPPED",
                                             "SIGNALING", "RESIZING",  "CONFIGURING"};

[[noreturn]] void refuse(std::string_view program, std::string_view line,
                         std::string_view expected) {
    throw Error{"read what " + std::string{program} + " prints",
                "'" + printable(shortened(line, 200)) + "'; expected " + std::string{expected}};
}

/// {name: reason}; a line that begins with no node of `nodes` continues the reason before it.
std::map<std::string, std::string> reasons_of(std::string_view listing,
                                              const std::map<std::string, std::size_t>& nodes) {
    std::map<std::string, std::string> reasons;
    std::string* last = nullptr;
    for (const std::string_view line : printed_lines(listing)) {
        const std::size_t bar = line.find('|');
        const std::string name{line.substr(0, bar)};
        if (bar != std::string::npos && nodes.contains(name) && !reasons.contains(name)) {
            last = &reasons[name];
            *last = line.substr(bar + 1);
        } else if (last != nullptr) {
            last->append(" ").append(line);
        }
    }
    return reasons;
}

}  // namespace

bool is_usable(std::string_view state) {
    const std::string_view word = state.substr(0, state.find_first_not_of(kLetters));
    const std::string_view marks = state.substr(word.size());
    return std::ranges::find(kUsableWords, word) != std::end(kUsableWords) && marks.size() <= 1 &&
           marks.find_first_not_of(kUsableMarks) == std::string::npos;
}

std::optional<bool> is_job_ending(std::string_view state) {
    if (std::ranges::find(kEndingWords, state) != std::end(kEndingWords)) return true;
    if (std::ranges::find(kLivingWords, state) != std::end(kLivingWords)) return false;
    return std::nullopt;
}

std::vector<SlurmNode> slurm_nodes(std::string_view states, std::string_view reasons) {
    std::vector<SlurmNode> nodes;
    std::map<std::string, std::size_t> places;
    for (const std::string_view line : printed_lines(states)) {
        const std::size_t bar = line.find('|');
        SlurmNode node;
        node.name = line.substr(0, bar);
        if (bar == std::string::npos || bar + 1 == line.size() ||
            !host_name_problem(node.name).empty() ||
            line.find_first_of("| ", bar + 1) != std::string::npos) {
            refuse("sinfo", line, "NODE|STATE");
        }
        node.state = printable(line.substr(bar + 1));
        const auto [place, is_new] = places.emplace(node.name, nodes.size());
        if (is_new) {
            nodes.push_back(std::move(node));
        } else if (nodes[place->second].state != node.state) {
            refuse("sinfo", line, "each node in one state");
        }
    }
    for (auto& [name, reason] : reasons_of(reasons, places)) {
        if (reason != "none") {
            nodes[places.at(name)].reason = shortened(printable(reason), kLongestReason);
        }
    }
    return nodes;
}

std::vector<SlurmNode> nodes_of_partition(const std::string& partition) {
    const std::string problem = partition_name_problem(partition);
    if (!problem.empty()) throw InputError{"--partition: " + problem};
    const auto ask = [&](const std::string& format) {
        return output_of(
            {{"sinfo", "--noheader", "--Node", "--partition=" + partition, "--format=" + format},
             {}},
            kPatience_s);
    };
    std::vector<SlurmNode> nodes = slurm_nodes(ask("%N|%T"), ask("%N|%E"));
    if (nodes.empty()) {
        throw InputError{"--partition: Slurm knows no node of a partition '" + partition +
                         "'; 'sinfo' lists what there is"};
    }
    return nodes;
}

std::map<std::string, QueuedJob> queued_jobs(std::string_view listing) {
    std::map<std::string, QueuedJob> jobs;
    for (const std::string_view line : printed_lines(listing)) {
        const std::size_t first = line.find('|');
        const std::size_t second = first == std::string::npos ? first : line.find('|', first + 1);
        const std::string_view id = line.substr(0, first);
        if (second == std::string::npos || id.empty() ||
            kDigits.find(id.front()) == std::string::npos) {
            refuse("squeue", line, "JOB|STATE|REASON");
        }
        QueuedJob job;
        job.state = printable(line.substr(first + 1, second - first - 1));
        job.reason = shortened(printable(line.substr(second + 1)), kLongestReason);
        jobs.emplace(id, std::move(job));
    }
    return jobs;
}

std::map<std::string, QueuedJob> queued_jobs_now() {
    return queued_jobs(output_of({{"squeue", "--noheader", "--format=%i|%T|%r"}, {}}, kPatience_s));
}

std::string partition_name_problem(std::string_view name) {
    const std::string plain = std::string{kLetters} + std::string{kDigits} + "_-.";
    if (!name.empty() && name.find_first_not_of(plain) == std::string::npos &&
        name.front() != '-' && name.front() != '.') {
        return "";
    }
    return "'" + printable(shortened(name, 80)) +
           "' is no partition's name; expected letters, digits, '_', '-' and '.'";
}

}  // namespace rackproof
