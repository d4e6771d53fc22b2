#include "devices/nccl/init.hpp"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/number_text.hpp"

namespace rackproof::nccl {
namespace {

/// What both threads hold: the one that is left behind may come back when nobody waits any more.
struct Meeting {
    std::mutex mutex;
    std::condition_variable done;
    bool gpu_answers = false;
    bool over = false;
    Comm comm = nullptr;
    std::exception_ptr failure;
};

}  // namespace

Comm init_within(const std::shared_ptr<const Library>& library, gpu::Gpu& gpu, const UniqueId& id,
                 int ranks, int rank, double patience_s) {
    const auto meeting = std::make_shared<Meeting>();
    std::thread{[meeting, library, &gpu, id, ranks, rank] {
        Comm comm = nullptr;
        std::exception_ptr failure;
        try {
            gpu.use_here();
            {
                const std::scoped_lock lock{meeting->mutex};
                meeting->gpu_answers = true;
            }
            comm = library->init_rank(ranks, id, rank);
        } catch (...) {
            failure = std::current_exception();
        }
        const std::scoped_lock lock{meeting->mutex};
        meeting->comm = comm;
        meeting->failure = std::move(failure);
        meeting->over = true;
        meeting->done.notify_all();
    }}.detach();
    std::unique_lock lock{meeting->mutex};
    if (!meeting->done.wait_for(lock, seconds(patience_s), [&] { return meeting->over; })) {
        const std::string who = meeting->gpu_answers ? "not all of the " + std::to_string(ranks) +
                                                           " ranks came together within "
                                                     : "this rank's GPU did not answer within ";
        throw Error{"connect the GPUs with NCCL", who + number_text(patience_s) + " s"};
    }
    if (meeting->failure) std::rethrow_exception(std::exchange(meeting->failure, nullptr));
    return meeting->comm;
}

}  // namespace rackproof::nccl
