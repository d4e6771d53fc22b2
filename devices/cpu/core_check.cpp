#include "devices/cpu/core_check.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "core/error.hpp"
#include "core/parameters.hpp"
#include "devices/cpu/affinity.hpp"
#include "devices/cpu/digest.hpp"

namespace rackproof::cpu {
namespace {

constexpr std::size_t kSeeds = 4;
constexpr int kReplays = 3;
constexpr std::size_t kMostTold = 4;

std::string replay_text(int wrong) {
    return "wrong in " + std::to_string(wrong) + " of " + std::to_string(kReplays);
}

}  // namespace

CoreCheck::CoreCheck(ThreadPool& pool, CoreWork work, std::uint64_t seed,
                     const MakeCoreKernel& make)
    : pool_{&pool},
      kind_{work},
      kernels_(static_cast<std::size_t>(pool.size())),
      first_(kernels_.size(), std::vector<std::uint64_t>(kSeeds)),
      references_(first_),
      seen_(kernels_.size()),
      expected_(kSeeds),
      agreeing_(kSeeds) {
    for (std::size_t i = 0; i < kSeeds; ++i) seeds_.push_back(seed * kSeeds + i);
    pool_->run([&](int thread) {
        const auto index = static_cast<std::size_t>(thread);
        kernels_[index] = make(thread);
        for (std::size_t i = 0; i < kSeeds; ++i) {
            references_[index][i] = kernels_[index]->reference(seeds_[i]);
            first_[index][i] = kernels_[index]->pass(seeds_[i]);
        }
    });
    agree();
}

void CoreCheck::agree() {
    for (std::size_t seed = 0; seed < kSeeds && undecided_.empty(); ++seed) agree_on(seed);
}

/// What most results are is right, if no other is as frequent.
void CoreCheck::agree_on(std::size_t seed) {
    std::map<std::uint64_t, std::size_t> votes;
    for (std::size_t thread = 0; thread < kernels_.size(); ++thread) {
        ++votes[first_[thread][seed]];
        ++votes[references_[thread][seed]];
    }
    const auto most =
        std::ranges::max_element(votes, {}, [](const auto& entry) { return entry.second; });
    const auto as_many = std::ranges::count_if(
        votes, [&](const auto& entry) { return entry.second == most->second; });
    expected_[seed] = most->first;
    agreeing_[seed] = most->second;
    for (std::size_t i = 0; i < kernels_.size(); ++i) {
        const auto thread = static_cast<int>(i);
        for (const bool in_reference : {false, true}) {
            const std::uint64_t seen = in_reference ? references_[i][seed] : first_[i][seed];
            if (seen != expected_[seed]) note({thread, seed, seen, in_reference});
        }
    }
    if (as_many == 1) return;
    undecided_ = "no result has a majority:";
    for (std::size_t i = 0; i < std::min(kernels_.size(), kMostTold); ++i) {
        undecided_ += (i == 0 ? " core " : "; core ") + std::to_string(pool_->cores()[i]) +
                      " has " + digest_text(first_[i][seed]) + ", its reference " +
                      digest_text(references_[i][seed]);
    }
}

void CoreCheck::note(const Fault& fault) {
    const auto same = [&](const Fault& known) { return known.thread == fault.thread; };
    if (std::ranges::none_of(faults_, same)) faults_.push_back(fault);
}

std::uint64_t CoreCheck::pass_of(int thread, std::size_t seed) {
    return kernels_[static_cast<std::size_t>(thread)]->pass(seeds_[seed]);
}

void CoreCheck::run() {
    const std::size_t seed = runs_++ % kSeeds;
    pool_->run(
        [&](int thread) { seen_[static_cast<std::size_t>(thread)] = pass_of(thread, seed); });
    for (std::size_t i = 0; i < seen_.size(); ++i) {
        if (seen_[i] != expected_[seed]) note({static_cast<int>(i), seed, seen_[i], false});
    }
}

Work CoreCheck::work() const {
    const Work one = kernels_.front()->work();
    const auto cores = static_cast<double>(kernels_.size());
    return {.flops = cores * one.flops, .bytes = cores * one.bytes, .accesses = 0};
}

int CoreCheck::wrong_with_all_at_work(const Fault& fault) {
    int wrong = 0;
    for (int i = 0; i < kReplays; ++i) {
        pool_->run([&](int thread) {
            seen_[static_cast<std::size_t>(thread)] = pass_of(thread, fault.seed);
        });
        if (seen_[static_cast<std::size_t>(fault.thread)] != expected_[fault.seed]) ++wrong;
    }
    return wrong;
}

int CoreCheck::wrong_alone(const Fault& fault) {
    int wrong = 0;
    pool_->run([&](int thread) {
        if (thread != fault.thread) return;
        for (int i = 0; i < kReplays; ++i) {
            if (pass_of(thread, fault.seed) != expected_[fault.seed]) ++wrong;
        }
    });
    return wrong;
}

std::string CoreCheck::told(const Fault& fault) {
    const std::size_t votes = 2 * kernels_.size();
    const int together = wrong_with_all_at_work(fault);
    const int alone = wrong_alone(fault);
    const int core = pool_->cores()[static_cast<std::size_t>(fault.thread)];
    std::string text =
        "core " + std::to_string(core) + (fault.in_reference ? "'s reference has " : " has ") +
        digest_text(fault.seen) + ", not " + digest_text(expected_[fault.seed]) + " as " +
        std::to_string(agreeing_[fault.seed]) + " of " + std::to_string(votes) + " results (seed " +
        std::to_string(seeds_[fault.seed]) +
        "); replayed with all at work: " + replay_text(together) + ", alone: " + replay_text(alone);
    if (together + alone == 0) text += ": does not replay";
    return text;
}

void CoreCheck::verify() {
    if (faults_.empty() && undecided_.empty()) return;
    if (fault_.empty()) {
        fault_ = undecided_;
        if (undecided_.empty()) {
            for (std::size_t i = 0; i < std::min(faults_.size(), kMostTold); ++i) {
                fault_ += (i == 0 ? "" : "; ") + told(faults_[i]);
            }
            if (faults_.size() > kMostTold) {
                fault_ += "; and " + std::to_string(faults_.size() - kMostTold) + " more cores";
            }
        }
    }
    throw WrongAnswer{std::string{to_string(kind_)} + " on each core", fault_};
}

Variant CoreCheck::variant() const {
    Parameters parameters;
    parameters.set("threads", std::int64_t{pool_->size()});
    parameters.set("cores", core_list(pool_->cores()));
    std::uint64_t all = 0;
    for (const std::uint64_t expected : expected_) all = all * 31 + expected;
    parameters.set("digest", digest_text(all));
    parameters.set("checked", static_cast<std::int64_t>(runs_ * kernels_.size()));
    return {.parameters = parameters.json(),
            .algorithm = kernels_.front()->algorithm(),
            .library = "",
            .transport = ""};
}

}  // namespace rackproof::cpu
