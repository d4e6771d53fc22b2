#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "core/descriptor.hpp"
#include "runners/handshake.hpp"
#include "runners/message.hpp"
#include "runners/socket.hpp"

namespace rackproof {

/// One rank of one job of this run.
struct RankId {
    std::int32_t job = 0;
    std::int32_t rank = 0;
    friend auto operator<=>(const RankId&, const RankId&) = default;
};

/// What came in over the back channel.
namespace arrival {
struct Joined {
    RankId id;
    message::Hello hello;
};
struct Said {
    RankId id;
    message::ToController message;
};
/// The rank's connection is no more: it closed it, or broke the protocol (`problem` says how).
struct Closed {
    RankId id;
    std::optional<std::string> problem;
};
/// Someone was not let in.
struct Refused {
    std::string text;
};
}  // namespace arrival
using Arrival = std::variant<arrival::Joined, arrival::Said, arrival::Closed, arrival::Refused>;

/// The controller's end of the connections of all ranks. Strangers are refused: whoever does not
/// prove the secret within kAdmissionTime_s, or does not speak the protocol. Of each only a few
/// kilobytes are held. Nothing blocks.
class BackChannel {
  public:
    static constexpr double kAdmissionTime_s = 5;
    static constexpr std::size_t kMostStrangers = 512;                ///< beyond, one has to go
    static constexpr std::size_t kMostUnsent = std::size_t{4} << 20;  ///< bytes, for one rank

    /// Listens on `address` alone. `secret` must outlive this. Throws Error.
    BackChannel(const std::string& address, const Secret& secret, std::string tool_version);

    [[nodiscard]] Endpoint endpoint() const { return local_endpoint(listener_); }

    /// Readable (poll) when handle() has something to do.
    [[nodiscard]] int descriptor() const { return poller_.get(); }

    /// From now on these ranks may join, each once.
    void expect(std::int32_t job, std::int32_t ranks);

    /// Closes whatever the job has open; none of its ranks may join any more.
    void forget(std::int32_t job);

    /// Takes in what has arrived. `now_s` is any clock that only goes forward.
    [[nodiscard]] std::vector<Arrival> handle(double now_s);

    /// Does nothing if the rank is not connected; a rank that takes nothing in is closed later.
    void send(RankId id, const message::ToWorker& message);

    /// Closes a rank's connection; no Closed is reported for it.
    void close(RankId id);

  private:
    struct Connection {
        Connection(Descriptor accepted, const Secret& secret, const std::string& tool_version,
                   double now_s)
            : socket{std::move(accepted)},
              source{peer_address(socket)},
              door{secret, tool_version},
              since_s{now_s} {}
        Descriptor socket;
        std::string source;  ///< address alone
        FrameReader reader{kStrangerFrameLimit};
        Doorkeeper door;
        std::optional<RankId> id;  ///< once it is let in
        double since_s = 0;
        std::vector<std::byte> unsent;
    };
    using Connections = std::map<int, std::unique_ptr<Connection>>;

    void accept_some(double now_s, std::vector<Arrival>& arrivals);
    void make_room(std::vector<Arrival>& arrivals);
    void read(Connection& connection, std::vector<Arrival>& arrivals);
    void take_frames(Connection& connection, std::vector<Arrival>& arrivals);
    void greet(Connection& connection, std::span<const std::byte> frame,
               std::vector<Arrival>& arrivals);
    void admit(Connection& connection, const message::Hello& hello, std::vector<Arrival>& arrivals);
    void refuse(Connection& connection, const std::string& reason, std::vector<Arrival>& arrivals);
    void end(Connection& connection, std::optional<std::string> problem,
             std::vector<Arrival>& arrivals);
    void send_to(Connection& connection, const message::ToWorker& message);
    void flush(Connection& connection);
    void watch(const Connection& connection, bool is_new);
    void drop(const Connection& connection);
    void refuse_the_slow(double now_s, std::vector<Arrival>& arrivals);
    void end_the_stuck(std::vector<Arrival>& arrivals);

    const Secret* secret_;
    std::string tool_version_;
    Descriptor listener_;
    Descriptor poller_;  ///< epoll
    Connections connections_;
    std::map<RankId, int> joined_;
    std::set<RankId> expected_;
    std::set<int> stuck_;       ///< take nothing in
    double accept_from_s_ = 0;  ///< out of descriptors: no accept before
    double look_from_s_ = 0;    ///< for the slow: not at every turn
};

}  // namespace rackproof
