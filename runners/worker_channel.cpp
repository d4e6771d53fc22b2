#include "runners/worker_channel.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/version.hpp"
#include "runners/handshake.hpp"

namespace rackproof {
namespace {

constexpr int kTick_ms = 100;
constexpr double kPauseBetweenTries_s = 0.2;

int milliseconds(double seconds) { return seconds > 0 ? static_cast<int>(seconds * 1000) : 0; }

/// What is sent twice a second must be acknowledged: a dead link is not noticed otherwise, since a
/// peer that is gone without a word leaves its connection open.
void limit_silence(int socket, double silence_s) {
    if (!(silence_s > 0)) return;
    constexpr double kLongest_s = 86'400;
    const auto limit_ms = static_cast<unsigned>(std::min(silence_s, kLongest_s) * 1000);
    if (::setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit_ms, sizeof limit_ms) != 0) {
        throw system_error("limit the controller's silence", errno);
    }
}

void send_all(int socket, const std::vector<std::byte>& message, SteadyClock::time_point until) {
    std::vector<std::byte> left = framed(message);
    while (true) {
        const std::optional<std::size_t> sent = send_some(socket, left);
        if (!sent) throw Error{"join the run", "the controller closed the connection"};
        left.erase(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(*sent));
        if (left.empty()) return;
        pollfd ready{socket, POLLOUT, 0};
        const int wait_ms = milliseconds(-seconds_since(until));
        if (wait_ms == 0 || ::poll(&ready, 1, wait_ms) < 0) {
            throw Error{"join the run", "the controller takes nothing in"};
        }
    }
}

std::vector<std::byte> next_frame(int socket, FrameReader& reader, SteadyClock::time_point until) {
    while (true) {
        if (std::optional<std::vector<std::byte>> frame = reader.next()) return *frame;
        pollfd ready{socket, POLLIN, 0};
        const int wait_ms = milliseconds(-seconds_since(until));
        if (wait_ms == 0) throw Error{"join the run", "the controller does not answer"};
        if (::poll(&ready, 1, wait_ms) < 0 && errno != EINTR) {
            throw system_error("join the run", errno);
        }
        if (reader.read_from(socket) == FrameReader::Arrival::End) {
            throw Error{"join the run", "the controller closed the connection"};
        }
    }
}

Admission join_once(const Endpoint& controller, const Visitor& visitor,
                    SteadyClock::time_point until) {
    Admission admission;
    admission.socket = connect_to(controller, -seconds_since(until));
    const int socket = admission.socket.get();
    send_all(socket, visitor.hello_frame(), until);
    const message::Answer answer = visitor.answer(next_frame(socket, admission.reader, until));
    send_all(socket, message::encode(message::ToController{answer}), until);
    message::ToWorker reply =
        message::decode_to_worker(next_frame(socket, admission.reader, until));
    if (const auto* refusal = std::get_if<message::Refusal>(&reply)) {
        give_way(*refusal);
    }
    auto* welcome = std::get_if<message::Welcome>(&reply);
    if (welcome == nullptr) throw Error{"join the run", "the controller sent no welcome"};
    admission.welcome = std::move(*welcome);
    return admission;
}

}  // namespace

Admission join(const Endpoint& controller, const Secret& secret, const message::Hello& hello,
               double patience_s) {
    const auto until = SteadyClock::now() + seconds(patience_s);
    while (true) {
        const Visitor visitor{secret, hello, kVersion};  // a nonce is used once
        try {
            return join_once(controller, visitor, until);
        } catch (const NotAdmitted&) {
            throw;
        } catch (const Error&) {
            if (seconds_since(until) > -kPauseBetweenTries_s) throw;
        }
        std::this_thread::sleep_for(seconds(kPauseBetweenTries_s));
    }
}

WorkerChannel::WorkerChannel(Admission admission, Callbacks callbacks)
    : admission_{std::move(admission)},
      callbacks_{std::move(callbacks)},
      wake_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
    if (!wake_) throw system_error("open an event descriptor", errno);
    limit_silence(admission_.socket.get(), admission_.welcome.silence_s);
    thread_ = std::thread{[this] { serve(); }};
}

WorkerChannel::~WorkerChannel() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    wake();
    thread_.join();
}

void WorkerChannel::wake() const {
    const std::uint64_t one = 1;
    (void)!::write(wake_.get(), &one, sizeof one);
}

void WorkerChannel::send(const message::ToController& message) {
    {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [this] { return gone_ || unsent_.size() < kMostUnsent; });
    }
    send_now(message);
}

void WorkerChannel::send_now(const message::ToController& message) {
    const std::vector<std::byte> frame = framed(message::encode(message));
    const std::lock_guard lock{mutex_};
    if (gone_) return;
    unsent_.insert(unsent_.end(), frame.begin(), frame.end());
    write_locked();
    if (!unsent_.empty()) wake();
}

void WorkerChannel::write_locked() {
    between_frames_ = false;
    const std::optional<std::size_t> sent = send_some(admission_.socket.get(), unsent_);
    const std::size_t done = sent.value_or(unsent_.size());  // gone: the reading side will tell
    unsent_.erase(unsent_.begin(), unsent_.begin() + static_cast<std::ptrdiff_t>(done));
    between_frames_ = unsent_.empty();
}

bool WorkerChannel::flush(double patience_s) {
    const auto until = SteadyClock::now() + seconds(patience_s);
    while (true) {
        {
            const std::lock_guard lock{mutex_};
            if (!gone_) write_locked();
            if (unsent_.empty()) return !gone_;
        }
        const int wait_ms = milliseconds(-seconds_since(until));
        if (wait_ms == 0) return false;
        pollfd ready{admission_.socket.get(), POLLOUT, 0};
        (void)::poll(&ready, 1, std::min(wait_ms, kTick_ms));
    }
}

std::optional<message::ToWorker> WorkerChannel::next_command() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return gone_ || !commands_.empty(); });
    if (commands_.empty()) return std::nullopt;
    message::ToWorker command = std::move(commands_.front());
    commands_.pop_front();
    return command;
}

int WorkerChannel::socket_between_frames() const noexcept {
    return between_frames_ ? admission_.socket.get() : -1;
}

void WorkerChannel::serve() {
    auto next_tick = SteadyClock::now();
    read_commands();  // what came together with the Welcome
    while (true) {
        std::array<pollfd, 2> polled{
            {{admission_.socket.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}}};
        {
            const std::lock_guard lock{mutex_};
            if (stopping_ || gone_) return;
            if (!unsent_.empty()) polled[0].events |= POLLOUT;
        }
        const int wait_ms = std::min(kTick_ms, milliseconds(-seconds_since(next_tick)) + 1);
        (void)::poll(polled.data(), polled.size(), wait_ms);
        if ((polled[1].revents & POLLIN) != 0) {
            std::uint64_t count = 0;
            (void)!::read(wake_.get(), &count, sizeof count);
        }
        if ((polled[0].revents & POLLOUT) != 0) {
            const std::lock_guard lock{mutex_};
            write_locked();
            changed_.notify_all();
        }
        if ((polled[0].revents & ~POLLOUT) != 0) {
            const FrameReader::Arrival what = admission_.reader.read_from(admission_.socket.get());
            if (what == FrameReader::Arrival::End) return leave();
            read_commands();
        }
        if (SteadyClock::now() >= next_tick) {
            next_tick = SteadyClock::now() + std::chrono::milliseconds(kTick_ms);
            if (callbacks_.on_tick) callbacks_.on_tick();
        }
    }
}

void WorkerChannel::read_commands() {
    try {
        while (const std::optional<std::vector<std::byte>> frame = admission_.reader.next()) {
            message::ToWorker command = message::decode_to_worker(*frame);
            const std::lock_guard lock{mutex_};
            commands_.push_back(std::move(command));
            changed_.notify_all();
        }
    } catch (const Error&) {
        leave();  // what is no command is no controller
    }
}

void WorkerChannel::leave() {
    {
        const std::lock_guard lock{mutex_};
        gone_ = true;
        unsent_.clear();
        changed_.notify_all();
    }
    if (callbacks_.on_gone) callbacks_.on_gone();
}

}  // namespace rackproof
