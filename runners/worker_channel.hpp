#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/descriptor.hpp"
#include "runners/message.hpp"
#include "runners/secret.hpp"
#include "runners/socket.hpp"

namespace rackproof {

/// A connection on which both sides have proved the secret.
struct Admission {
    Descriptor socket;
    FrameReader reader{kFrameLimit};  ///< may hold what came behind the Welcome
    message::Welcome welcome;
};

/// Joins the run as `hello.job` and `hello.rank`; tries again until `patience_s` have passed if the
/// controller cannot be reached or is too busy. Throws Error if it does not work,
/// NotAdmitted at once if we are refused.
[[nodiscard]] Admission join(const Endpoint& controller, const Secret& secret,
                             const message::Hello& hello, double patience_s);

/// The worker's end of its connection. A thread of its own reads commands, sends what the socket
/// did not take at once, and calls on_tick; so heartbeats go out whatever the work is at. What
/// send() is given is with the kernel, and so outlives the process, unless the controller is slow.
class WorkerChannel {
  public:
    struct Callbacks {
        std::function<void()> on_tick;  ///< in the channel's thread, about ten times a second
        std::function<void()> on_gone;  ///< likewise, once, when the controller has gone
    };
    WorkerChannel(Admission admission, Callbacks callbacks);
    ~WorkerChannel();
    WorkerChannel(const WorkerChannel&) = delete;
    WorkerChannel& operator=(const WorkerChannel&) = delete;

    /// Safe from any thread. Waits while more than kMostUnsent bytes are not yet taken.
    void send(const message::ToController& message);

    /// As send(), but never waits: for on_tick.
    void send_now(const message::ToController& message);

    /// Waits until all is with the kernel, up to `patience_s`. True if it is. Safe from any thread
    /// and needs none other: it writes itself.
    bool flush(double patience_s);

    /// The next command; nullopt when the controller has gone.
    [[nodiscard]] std::optional<message::ToWorker> next_command();

    /// Our own address on the way to the controller.
    [[nodiscard]] std::string own_address() const {
        return local_endpoint(admission_.socket).address;
    }

    /// For a signal handler: the socket, if it stands between two frames now, else -1.
    [[nodiscard]] int socket_between_frames() const noexcept;

    static constexpr std::size_t kMostUnsent = std::size_t{8} << 20;

  private:
    void serve();
    void read_commands();
    void write_locked();
    void leave();
    void wake() const;

    Admission admission_;
    Callbacks callbacks_;
    Descriptor wake_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::byte> unsent_;
    std::deque<message::ToWorker> commands_;
    bool gone_ = false;
    bool stopping_ = false;
    std::atomic<bool> between_frames_{true};
    std::thread thread_;
};

}  // namespace rackproof
