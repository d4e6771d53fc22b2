#include "devices/cpu/thread_pool.hpp"

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include "core/error.hpp"
#include "devices/cpu/affinity.hpp"
#include "devices/cpu/instruction_set.hpp"

namespace rackproof::cpu {
namespace {

/// Some tens of microseconds: longer than a fork takes to reach all threads, far shorter than
/// what a thread of another library that wants the core would notice.
constexpr int kSpins = 1000;

/// Returns once `value` is no longer `old`, or equals it after a long spin.
void spin_while(const std::atomic<std::uint32_t>& value, std::uint32_t old) {
    for (int i = 0; i < kSpins && value.load(std::memory_order_acquire) == old; ++i) spin_pause();
}

}  // namespace

ThreadPool::ThreadPool(std::vector<int> cores) : cores_{std::move(cores)} {
    if (cores_.empty()) throw Error{"start a thread pool", "no cores"};
    try {
        for (int thread = 1; thread < size(); ++thread) {
            threads_.emplace_back([this, thread] { work(thread); });
        }
        run([this](int thread) {
            const std::array own{cores_[static_cast<std::size_t>(thread)]};
            if (thread > 0) bind_this_thread(own);
        });
    } catch (const std::system_error& error) {
        stop();
        throw Error{"start a thread of the pool", error.what()};
    } catch (...) {
        stop();
        throw;
    }
}

ThreadPool::~ThreadPool() { stop(); }

void ThreadPool::stop() noexcept {
    stopping_ = true;
    generation_.fetch_add(1, std::memory_order_release);
    generation_.notify_all();
    for (std::thread& thread : threads_) thread.join();
}

void ThreadPool::run_on_all(Call call, void* task) {
    call_ = call;
    task_ = task;
    unfinished_.store(static_cast<std::uint32_t>(threads_.size()), std::memory_order_relaxed);
    generation_.fetch_add(1, std::memory_order_release);
    generation_.notify_all();
    call_guarded(0);
    for (std::uint32_t left = unfinished_.load(std::memory_order_acquire); left != 0;
         left = unfinished_.load(std::memory_order_acquire)) {
        spin_while(unfinished_, left);
        unfinished_.wait(left, std::memory_order_acquire);
    }
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void ThreadPool::call_guarded(int thread) noexcept {
    try {
        call_(task_, thread);
    } catch (...) {
        const std::lock_guard lock{failure_mutex_};
        if (!failure_) failure_ = std::current_exception();
    }
}

void ThreadPool::work(int thread) noexcept {
    for (std::uint32_t seen = 0;; ++seen) {
        spin_while(generation_, seen);
        generation_.wait(seen, std::memory_order_acquire);
        if (stopping_) return;
        call_guarded(thread);
        if (unfinished_.fetch_sub(1, std::memory_order_acq_rel) == 1) unfinished_.notify_one();
    }
}

ItemRange share_of(std::size_t count, std::size_t granule, int threads, int thread) {
    const std::size_t granules = (count + granule - 1) / granule;
    const auto all = static_cast<std::size_t>(threads);
    const auto index = static_cast<std::size_t>(thread);
    const auto edge = [&](std::size_t i) {
        return std::min(count, (granules / all * i + std::min(i, granules % all)) * granule);
    };
    return {edge(index), edge(index + 1)};
}

}  // namespace rackproof::cpu
