#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "core/error.hpp"
#include "runners/launcher.hpp"
#include "runners/worker.hpp"

namespace rackproof::test {

/// Knows who it is, and nothing else: the scripted suites do not talk.
class SilentCommunicator final : public Communicator {
  public:
    SilentCommunicator(int rank, int size) : rank_{rank}, size_{size} {}
    int rank() const override { return rank_; }
    int size() const override { return size_; }
    void barrier() override {}
    double max(double value) override { return value; }
    double mean(double value) override { return value; }
    std::int64_t from_first(std::int64_t value) override { return value; }
    ClockOffset synchronise_clocks() override { return {}; }
    std::unique_ptr<Workload> make_collective(const CollectiveShape&) override {
        throw Unsupported{"no MPI in a test's thread"};
    }

  private:
    int rank_;
    int size_;
};

/// Starts workers as threads of this process; the program that it names only waits to be ended.
class ThreadLauncher final : public Launcher {
  public:
    explicit ThreadLauncher(WorkerParts parts) : parts_{std::move(parts)} {}
    ThreadLauncher(const ThreadLauncher&) = delete;
    ThreadLauncher& operator=(const ThreadLauncher&) = delete;
    ~ThreadLauncher() override { wait_for_workers(); }
    /// Until those that have been started have ended: of jobs that are over.
    void wait_for_workers() {
        for (std::thread& thread : threads_) thread.join();
        threads_.clear();
    }
    std::string name() const override { return "thread"; }
    std::string listen_address() const override { return "127.0.0.1"; }
    void check() override {}
    std::string why_no_talk() const override { return mute; }
    Command command(const JobRequest& request) override {
        note(request);
        bool dead = false;
        std::int32_t rank = 0;
        for (const HostShare& share : request.hosts) {
            dead = dead || dead_hosts.contains(share.host);
            for (std::int32_t i = 0; i < share.ranks; ++i, ++rank) {
                if (dead || rank == missing_rank) continue;
                start(request, rank, share.host);
            }
        }
        return {dead ? dead_program : program, {}};
    }

    /// Of the job that was started last, and how many there have been: for workers, who run while
    /// others are started.
    std::pair<std::vector<std::string>, std::size_t> last_job() const {
        const std::scoped_lock lock{mutex_};
        return {hosts.back(), hosts.size()};
    }

    std::vector<std::string> program{"/bin/sleep", "1000"};
    std::vector<std::string> dead_program{"/bin/false"};
    std::int32_t missing_rank = -1;
    std::string mute;                                 ///< why ranks cannot talk
    std::set<std::string> dead_hosts;                 ///< no rank of a job comes up from these on
    std::set<std::string> held_hosts;                 ///< an earlier process has their devices
    std::map<std::string, std::string> disguised_as;  ///< what a host says that it is
    std::vector<std::int32_t> ranks;                  ///< of each job
    std::vector<std::vector<std::string>> hosts;      ///< of each job
    std::atomic<int> refused{0};

  private:
    void note(const JobRequest& request) {
        const std::scoped_lock lock{mutex_};
        ranks.push_back(ranks_of(request));
        hosts.emplace_back();
        for (const HostShare& share : request.hosts) hosts.back().push_back(share.host);
    }

    void start(const JobRequest& request, std::int32_t rank, const std::string& host) {
        const Endpoint endpoint = endpoint_from(request.environment.at(kControllerVariable));
        const Secret secret = Secret::from_hex(request.environment.at(kSecretVariable));
        const auto disguise = disguised_as.find(host);
        const std::string name = disguise == disguised_as.end() ? host : disguise->second;
        threads_.emplace_back(
            [this, endpoint, secret, job = request.job, rank, name, size = ranks_of(request)] {
                WorkerParts parts = parts_;
                parts.host_name = [name] { return name; };
                if (held_hosts.contains(name)) {
                    parts.claim_device = [](const std::string&, std::int32_t) -> DeviceClaim {
                        throw Error{"claim device 0 of this host", "process 7 (state D) has it"};
                    };
                }
                parts.make_communicator = [rank, size] {
                    return std::make_unique<SilentCommunicator>(rank, size);
                };
                try {
                    (void)serve({endpoint, secret, job, rank}, parts);
                } catch (const Error&) {
                    ++refused;  // the job was over before it came
                }
            });
    }

    WorkerParts parts_;
    std::vector<std::thread> threads_;
    mutable std::mutex mutex_;  ///< of ranks and hosts
};

}  // namespace rackproof::test
