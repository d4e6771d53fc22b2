// Measures:  the share of TCP segments that the hosts of a job had to send again while its ranks
//            sent each other small messages; of the host with the largest share.
// How:       a ring of messages; the hosts' own counters (RetransSegs and OutSegs of
//            /proc/net/snmp, TCPDSACKRecvSegs of /proc/net/netstat) before and after. What was sent
//            again though it had arrived (a busy host acknowledges late) does not count: 0 on a
//            link that loses nothing.
// Fooled by: other TCP traffic of the host, which the counters hold as well; fabrics other than
//            TCP, of which they know nothing (it is skipped there). A network that doubles
//            segments, or loses acknowledgements alone, makes DSACKs that hide as many losses.
#include <algorithm>

#include "core/error.hpp"
#include "hwcheck/tcp_counters.hpp"
#include "suites/sampling.hpp"
#include "suites/suite.hpp"

namespace rackproof {
namespace {

constexpr const char* kCase = "tcp_loss.retransmitted";

/// Of this rank's host from one reading to the next; nullopt if fewer segments than half of the
/// messages went out: then the messages took another way.
std::optional<double> share_between(const TcpCounters& before, const TcpCounters& after,
                                    std::int64_t messages) {
    const std::int64_t sent = after.sent - before.sent;
    if (sent < messages / 2) return std::nullopt;
    const std::int64_t again = after.retransmitted - before.retransmitted;
    const std::int64_t needless = after.needless - before.needless;
    return static_cast<double>(std::max<std::int64_t>(0, again - needless)) /
           static_cast<double>(sent);
}

class TcpLoss : public Suite {
  public:
    [[nodiscard]] std::string_view name() const override { return "tcp_loss"; }
    [[nodiscard]] std::string_view summary() const override {
        return "share of TCP segments sent again while ranks talk";
    }
    [[nodiscard]] Scope scope() const override { return Scope::Node; }
    [[nodiscard]] bool communicates() const override { return true; }

    [[nodiscard]] std::vector<ParameterSpec> parameters() const override {
        return {{.name = "messages",
                 .kind = ParameterSpec::Kind::Count,
                 .default_value = std::int64_t{2000},
                 .minimum = 100,
                 .maximum = 10'000'000,
                 .allowed = {},
                 .help = "that each rank sends, a sample"},
                {.name = "bytes",
                 .kind = ParameterSpec::Kind::Bytes,
                 .default_value = std::int64_t{1024},
                 .minimum = 8,
                 .maximum = 1 << 20,
                 .allowed = {},
                 .help = "of one message"},
                {.name = "repetitions",
                 .kind = ParameterSpec::Kind::Count,
                 .default_value = std::int64_t{3},
                 .minimum = 1,
                 .maximum = 1000,
                 .allowed = {},
                 .help = "samples kept"}};
    }

    [[nodiscard]] std::vector<CaseSpec> cases(const Parameters& parameters) const override {
        constexpr double kSlowMessage_s = 0.0005;
        CaseSpec spec;
        spec.name = kCase;
        spec.scope = scope();
        spec.unit = symbol(Unit::One);
        spec.better = Direction::LowerIsBetter;
        spec.definition =
            "TCP segments sent again, less those that had arrived (DSACK) / sent, of the host with "
            "the largest share";
        spec.parameters = parameters;
        spec.repetitions = static_cast<std::int32_t>(parameters.integer("repetitions"));
        spec.expected_s = 0.1 + kSlowMessage_s * spec.repetitions *
                                    static_cast<double>(parameters.integer("messages"));
        spec.deadline_s = deadline_for(spec.expected_s);
        return {spec};
    }

    void run(const CaseSpec& lead, SuiteContext& context) const override {
        Communicator& ranks = context.communicator();
        if (ranks.size() < 2) throw Unsupported{"needs at least 2 ranks"};
        const auto ring = ranks.make_collective(
            {.collective = Collective::SendReceive, .bytes = lead.parameters.integer("bytes")});
        const std::int64_t messages = lead.parameters.integer("messages");
        std::vector<double> shares;
        std::vector<double> times_s;
        for (std::int32_t i = 0; i < lead.repetitions; ++i) {
            context.operation("sample " + std::to_string(i + 1) + " of " +
                              std::to_string(lead.repetitions));
            shares.push_back(largest_share(*ring, messages, ranks));
            times_s.push_back(context.now_s());
        }
        context.record(lead.name, std::move(shares), std::move(times_s), ring->variant());
    }

  private:
    /// Every rank comes to the same: the largest of all hosts', or Unsupported.
    static double largest_share(Workload& ring, std::int64_t messages, Communicator& ranks) {
        const std::optional<TcpCounters> before = read_tcp_counters();
        ranks.barrier();
        for (std::int64_t i = 0; i < messages; ++i) ring.run();
        ring.verify();
        ranks.barrier();
        const std::optional<TcpCounters> after = read_tcp_counters();
        std::optional<double> share;
        if (before && after) share = share_between(*before, *after, messages);
        if (ranks.max(share ? 0 : 1) > 0) {
            throw Unsupported{"the messages of some rank's host did not go over TCP"};
        }
        return ranks.max(*share);
    }
};

}  // namespace

const Suite& tcp_loss_suite() {
    static const TcpLoss kSuite;
    return kSuite;
}

}  // namespace rackproof
