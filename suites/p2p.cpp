// Measures:  copies from each GPU of a node to each other one, one way and both ways at once, by
//            copy engine and by kernel, and the latency of dependent loads from the other's memory.
// How:       in rounds of disjoint pairs; the first GPU's process sends and times, with a context
//            of its own on the second, which compares what has arrived.
// Fooled by: copies that go by way of the host's memory (see the variant's transport), pairs of a
//            round that share a switch, another process on one of the GPUs.
#include "core/error.hpp"
#include "suites/sampling.hpp"
#include "suites/suite.hpp"

namespace rackproof {
namespace {

constexpr SamplingDefaults kP2pSampling{.repetitions = 5, .warmup = 1, .min_sample_s = 0.02};
constexpr std::string_view kPeerLatency = "latency";
constexpr double kLeastPeerBytes = 4096;

std::vector<std::string> all_kinds() {
    std::vector<std::string> names;
    for (const PeerCopy copy : kPeerCopies) names.emplace_back(to_string(copy));
    names.emplace_back(kPeerLatency);
    return names;
}

PeerCopy peer_copy_from(const std::string& text) {
    for (const PeerCopy copy : kPeerCopies) {
        if (to_string(copy) == text) return copy;
    }
    throw Error{"choose a copy between GPUs", "'" + text + "' is none"};
}

std::string peer_definition(const std::string& kind) {
    if (kind == kPeerLatency) {
        return "time of one dependent load by the first GPU from memory of the second, in a random "
               "cycle";
    }
    const PeerCopy copy = peer_copy_from(kind);
    const bool kernel = copy == PeerCopy::Kernel || copy == PeerCopy::KernelBothWays;
    const bool both = copy == PeerCopy::EngineBothWays || copy == PeerCopy::KernelBothWays;
    return std::string{both ? "bytes both ways at the same time, summed"
                            : "bytes from the first GPU to the second"} +
           ", by " + (kernel ? "a kernel" : "the copy engine") + " of the sender / time";
}

/// One GPU alone is no fault; one of several that a rank may use is how the ranks were started.
std::string why_no_peer(const DeviceInfo& own) {
    const auto hidden = own.details.find(kHiddenGpus);
    if (hidden == own.details.end()) return "this node has one GPU: no second one to copy to";
    return "each rank may use one GPU of its node, and no second one to copy to: " + hidden->second;
}

class PeerToPeer : public Suite {
  public:
    [[nodiscard]] std::string_view name() const override { return "p2p"; }
    [[nodiscard]] std::string_view summary() const override {
        return "copies and load latency between the GPUs of a node, pair by pair";
    }
    [[nodiscard]] Scope scope() const override { return Scope::DevicePair; }

    [[nodiscard]] std::vector<ParameterSpec> parameters() const override {
        constexpr double kMostBytes = 1e11;
        std::vector<ParameterSpec> specs = sampling_parameters(kP2pSampling);
        specs.push_back(device_parameter("gpu"));
        specs.push_back({.name = "kinds",
                         .kind = ParameterSpec::Kind::Texts,
                         .default_value = all_kinds(),
                         .allowed = all_kinds(),
                         .help = "one case each, on every ordered pair of a node's GPUs"});
        specs.push_back({.name = "bytes",
                         .kind = ParameterSpec::Kind::Bytes,
                         .default_value = std::int64_t{512} << 20,
                         .minimum = kLeastPeerBytes,
                         .maximum = kMostBytes,
                         .allowed = {},
                         .help = "of a copy, each way, and of the memory that latency walks"});
        specs.push_back({.name = "seed",
                         .kind = ParameterSpec::Kind::Count,
                         .default_value = std::int64_t{1},
                         .maximum = 9e15,
                         .allowed = {},
                         .help = "of the random cycle for latency"});
        return specs;
    }

    [[nodiscard]] std::vector<CaseSpec> cases(const Parameters& parameters) const override {
        if (parameters.text("device") != "gpu") {
            throw InputError{"copies between devices are GPUs' alone; expected device = \"gpu\""};
        }
        std::vector<CaseSpec> specs;
        for (const std::string& kind : parameters.texts("kinds")) {
            const bool latency = kind == kPeerLatency;
            CaseSpec spec;
            spec.name = "p2p." + kind;
            spec.lead = static_cast<std::int32_t>(specs.size());
            spec.scope = scope();
            spec.unit = symbol(latency ? Unit::Second : Unit::BytesPerSecond);
            spec.better = latency ? Direction::LowerIsBetter : Direction::HigherIsBetter;
            spec.definition = peer_definition(kind);
            spec.parameters = with_one(parameters, "kinds", "kind", kind);
            spec.repetitions = static_cast<std::int32_t>(parameters.integer("repetitions"));
            constexpr double kSlowLink = 2e10;  // B/s: PCIe 4.0, x16
            constexpr double kWalk_s = 0.06;    // 32,768 loads, 1.8 us each
            const double copy_s = static_cast<double>(parameters.integer("bytes")) / kSlowLink;
            spec.expected_s =
                expected_cell_s(0.2, latency ? kWalk_s : copy_s, sampling_options(spec));
            spec.deadline_s = deadline_for(spec.expected_s);
            specs.push_back(std::move(spec));
        }
        return specs;
    }

    void run(const CaseSpec& lead, SuiteContext& context) const override {
        if (!lead.parameters.has(kPeerParameter)) {
            throw Unsupported{why_no_peer(context.device().info())};
        }
        const std::string& peer = lead.parameters.text(kPeerParameter);
        const bool latency = lead.parameters.text("kind") == kPeerLatency;
        context.operation("allocate and fill memory of both, the second GPU at " + peer);
        const auto work = make(lead.parameters, peer, context.device());
        measure_then_record(
            *work, sampling_options(lead), context, nullptr, [&](const Measurement& measured) {
                std::vector<double> samples =
                    latency ? measured.seconds : rates(measured.seconds, work->work().bytes);
                if (latency) {
                    for (double& sample : samples) sample /= work->work().accesses;
                }
                context.record(lead.name, std::move(samples), measured.time_s, work->variant());
            });
    }

  private:
    static std::unique_ptr<Workload> make(const Parameters& parameters, const std::string& peer,
                                          ComputeDevice& device) {
        const std::string kind = parameters.text("kind");
        const std::int64_t bytes = parameters.integer("bytes");
        if (kind != kPeerLatency) return device.make_peer_copy(peer_copy_from(kind), peer, bytes);
        return device.make_peer_chase(peer, bytes,
                                      static_cast<std::uint64_t>(parameters.integer("seed")));
    }
};

}  // namespace

const Suite& p2p_suite() {
    static const PeerToPeer kSuite;
    return kSuite;
}

}  // namespace rackproof
