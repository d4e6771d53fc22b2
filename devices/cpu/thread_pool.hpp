#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace rackproof::cpu {

/// Threads for our own kernels, one pinned to each core. The caller of run() is thread 0, on the
/// first core; it is the device that binds it. Waiting threads spin for some microseconds, then
/// sleep. One caller at a time; not to be called from within a task.
class ThreadPool {
  public:
    /// Throws Error if a thread cannot be started or bound. `cores` is not empty.
    explicit ThreadPool(std::vector<int> cores);
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;
    ~ThreadPool();

    [[nodiscard]] int size() const { return static_cast<int>(cores_.size()); }
    [[nodiscard]] const std::vector<int>& cores() const { return cores_; }

    /// Calls task(thread) once for each thread, 0 to size() - 1, at the same time, and returns
    /// when all have returned. An exception that one of them throws is thrown here.
    template <class Task>
    void run(Task&& task) {
        using Plain = std::remove_reference_t<Task>;
        run_on_all([](void* held, int thread) { (*static_cast<Plain*>(held))(thread); },
                   const_cast<void*>(static_cast<const void*>(std::addressof(task))));
    }

  private:
    using Call = void (*)(void*, int);
    void run_on_all(Call call, void* task);
    void call_guarded(int thread) noexcept;
    void work(int thread) noexcept;
    void stop() noexcept;

    // What a fork reads lies together; what the threads write at its end, apart.
    alignas(64) std::atomic<std::uint32_t> generation_ = 0;
    bool stopping_ = false;
    Call call_ = nullptr;
    void* task_ = nullptr;
    std::vector<int> cores_;
    std::vector<std::thread> threads_;
    std::exception_ptr failure_;
    std::mutex failure_mutex_;
    alignas(64) std::atomic<std::uint32_t> unfinished_ = 0;
};

/// Which items one of a pool's threads works on.
struct ItemRange {
    std::size_t begin = 0;
    std::size_t end = 0;
    [[nodiscard]] std::size_t size() const { return end - begin; }
};

/// The `thread`th of `threads` even, contiguous shares of `count` items; every share but the last
/// non-empty one is a whole number of granules.
[[nodiscard]] ItemRange share_of(std::size_t count, std::size_t granule, int threads, int thread);

}  // namespace rackproof::cpu
