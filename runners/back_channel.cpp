#include "runners/back_channel.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "core/error.hpp"

namespace rackproof {
namespace {

constexpr int kAcceptedAtOnce = 64;
constexpr double kAcceptPause_s = 0.2;
constexpr double kLookEvery_s = 0.1;
constexpr const char* kTooMany = "too many connections at once";

}  // namespace

BackChannel::BackChannel(const std::string& address, const Secret& secret, std::string tool_version)
    : secret_{&secret},
      tool_version_{std::move(tool_version)},
      listener_{listen_on(address)},
      poller_{::epoll_create1(EPOLL_CLOEXEC)} {
    if (!poller_) throw system_error("open the back channel", errno);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = listener_.get();
    if (::epoll_ctl(poller_.get(), EPOLL_CTL_ADD, listener_.get(), &event) != 0) {
        throw system_error("open the back channel", errno);
    }
}

void BackChannel::expect(std::int32_t job, std::int32_t ranks) {
    for (std::int32_t rank = 0; rank < ranks; ++rank) expected_.insert({job, rank});
}

void BackChannel::forget(std::int32_t job) {
    std::erase_if(expected_, [job](const RankId& id) { return id.job == job; });
    std::vector<RankId> of_job;
    for (const auto& [id, socket] : joined_) {
        if (id.job == job) of_job.push_back(id);
    }
    for (const RankId& id : of_job) close(id);
}

std::vector<Arrival> BackChannel::handle(double now_s) {
    std::vector<Arrival> arrivals;
    std::array<epoll_event, 64> events{};
    const int count =
        ::epoll_wait(poller_.get(), events.data(), static_cast<int>(events.size()), 0);
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        if (event.data.fd == listener_.get()) {
            accept_some(now_s, arrivals);
            continue;
        }
        const auto found = connections_.find(event.data.fd);
        if (found == connections_.end()) continue;
        if ((event.events & EPOLLOUT) != 0) flush(*found->second);
        if ((event.events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) {
            read(*found->second, arrivals);
        }
    }
    refuse_the_slow(now_s, arrivals);
    end_the_stuck(arrivals);
    return arrivals;
}

void BackChannel::accept_some(double now_s, std::vector<Arrival>& arrivals) {
    if (now_s < accept_from_s_) return;
    for (int i = 0; i < kAcceptedAtOnce; ++i) {
        Descriptor accepted{
            ::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
        if (!accepted) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
                accept_from_s_ = now_s + kAcceptPause_s;
                make_room(arrivals);
            }
            return;
        }
        if (connections_.size() - joined_.size() >= kMostStrangers) make_room(arrivals);
        prepare_connection(accepted);
        const int key = accepted.get();
        auto connection =
            std::make_unique<Connection>(std::move(accepted), *secret_, tool_version_, now_s);
        watch(*connection, true);
        connections_[key] = std::move(connection);
    }
}

/// Who has said nothing that makes sense goes first; among these one of the address that holds the
/// most; among these who has been here longest. A real worker is through in milliseconds, from an
/// address of a few.
void BackChannel::make_room(std::vector<Arrival>& arrivals) {
    std::map<std::string_view, std::size_t> of_source;
    for (const auto& [socket, connection] : connections_) {
        if (!connection->id) ++of_source[connection->source];
    }
    const auto goes_before = [&](const Connection& a, const Connection& b) {
        if (a.door.has_challenged() != b.door.has_challenged()) return b.door.has_challenged();
        if (of_source[a.source] != of_source[b.source]) {
            return of_source[a.source] > of_source[b.source];
        }
        return a.since_s < b.since_s;
    };
    Connection* goes = nullptr;
    for (const auto& [socket, connection] : connections_) {
        if (connection->id) continue;
        if (goes == nullptr || goes_before(*connection, *goes)) goes = connection.get();
    }
    if (goes != nullptr) refuse(*goes, kTooMany, arrivals);
}

void BackChannel::refuse_the_slow(double now_s, std::vector<Arrival>& arrivals) {
    if (now_s < look_from_s_) return;
    look_from_s_ = now_s + kLookEvery_s;
    std::vector<Connection*> slow;
    for (const auto& [socket, connection] : connections_) {
        const bool late = now_s - connection->since_s > kAdmissionTime_s;
        if (!connection->id && late) slow.push_back(connection.get());
    }
    for (Connection* connection : slow) {
        refuse(*connection, "it did not prove the secret in time", arrivals);
    }
}

void BackChannel::end_the_stuck(std::vector<Arrival>& arrivals) {
    for (const int socket : std::exchange(stuck_, {})) {
        const auto found = connections_.find(socket);
        if (found != connections_.end()) end(*found->second, "takes nothing in", arrivals);
    }
}

void BackChannel::read(Connection& connection, std::vector<Arrival>& arrivals) {
    const FrameReader::Arrival what = connection.reader.read_from(connection.socket.get());
    if (what == FrameReader::Arrival::End) return end(connection, std::nullopt, arrivals);
    if (what == FrameReader::Arrival::Nothing) return;
    const int key = connection.socket.get();
    try {
        take_frames(connection, arrivals);
    } catch (const Error& error) {
        if (connections_.contains(key)) end(connection, error.what(), arrivals);
    }
}

void BackChannel::take_frames(Connection& connection, std::vector<Arrival>& arrivals) {
    const int key = connection.socket.get();
    while (connections_.contains(key)) {
        const std::optional<std::vector<std::byte>> frame = connection.reader.next();
        if (!frame) return;
        if (!connection.id) {
            greet(connection, *frame, arrivals);
        } else {
            arrivals.emplace_back(
                arrival::Said{*connection.id, message::decode_to_controller(*frame)});
        }
    }
}

void BackChannel::greet(Connection& connection, std::span<const std::byte> frame,
                        std::vector<Arrival>& arrivals) {
    if (!connection.door.has_challenged()) {
        send_to(connection, connection.door.challenge(frame));
        return;
    }
    admit(connection, connection.door.admit(frame), arrivals);
}

void BackChannel::admit(Connection& connection, const message::Hello& hello,
                        std::vector<Arrival>& arrivals) {
    const RankId id{hello.job, hello.rank};
    if (expected_.erase(id) == 0) {
        const std::string who =
            "rank " + std::to_string(id.rank) + " of job " + std::to_string(id.job);
        refuse(connection, who + " is not expected", arrivals);
        return;
    }
    connection.id = id;
    connection.reader.set_limit(kFrameLimit);
    joined_[id] = connection.socket.get();
    arrivals.emplace_back(arrival::Joined{id, hello});
}

void BackChannel::refuse(Connection& connection, const std::string& reason,
                         std::vector<Arrival>& arrivals) {
    arrivals.emplace_back(
        arrival::Refused{"refused " + peer_name(connection.socket) + ": " + reason});
    send_to(connection, message::Refusal{reason, reason == kTooMany});
    drop(connection);
}

void BackChannel::end(Connection& connection, std::optional<std::string> problem,
                      std::vector<Arrival>& arrivals) {
    if (!connection.id) {
        refuse(connection, problem.value_or("it closed before it was let in"), arrivals);
        return;
    }
    arrivals.emplace_back(arrival::Closed{*connection.id, std::move(problem)});
    joined_.erase(*connection.id);
    drop(connection);
}

void BackChannel::drop(const Connection& connection) {
    stuck_.erase(connection.socket.get());
    connections_.erase(connection.socket.get());  // epoll forgets a closed descriptor by itself
}

void BackChannel::send(RankId id, const message::ToWorker& message) {
    const auto found = joined_.find(id);
    if (found != joined_.end()) send_to(*connections_.at(found->second), message);
}

void BackChannel::close(RankId id) {
    const auto found = joined_.find(id);
    if (found == joined_.end()) return;
    const Connection& connection = *connections_.at(found->second);
    joined_.erase(found);
    drop(connection);
}

void BackChannel::send_to(Connection& connection, const message::ToWorker& message) {
    const std::vector<std::byte> frame = framed(message::encode(message));
    connection.unsent.insert(connection.unsent.end(), frame.begin(), frame.end());
    flush(connection);
    if (connection.unsent.size() > kMostUnsent) stuck_.insert(connection.socket.get());
}

void BackChannel::flush(Connection& connection) {
    const std::optional<std::size_t> sent = send_some(connection.socket.get(), connection.unsent);
    // A peer that is gone shows when we read from it; then there is a last word to hear as well.
    const std::size_t done = sent.value_or(connection.unsent.size());
    connection.unsent.erase(connection.unsent.begin(),
                            connection.unsent.begin() + static_cast<std::ptrdiff_t>(done));
    watch(connection, false);
}

void BackChannel::watch(const Connection& connection, bool is_new) {
    epoll_event event{};
    event.events = EPOLLIN;
    if (!connection.unsent.empty()) event.events |= EPOLLOUT;
    event.data.fd = connection.socket.get();
    const int operation = is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    if (::epoll_ctl(poller_.get(), operation, connection.socket.get(), &event) != 0) {
        throw system_error("watch a connection", errno);
    }
}

}  // namespace rackproof
