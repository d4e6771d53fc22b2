// Measures:  bus bandwidth of collective operations over the ranks of a node, by message size:
//            busbw = factor x S / t (nccl-tests, doc/PERFORMANCE.md), t the mean over ranks; of
//            CPUs over MPI, of GPUs over NCCL.
// How:       all ranks start each sample together and run the same count of operations; answers
//            checked every sample; each rank's entry and exit on synchronised clocks.
// Fooled by: small messages (latency, not bandwidth), shared memory in place of the network,
//            in-switch reduction and two-node trees (both exceed line rate), a slow rank (see the
//            ranks' own times).
#include <algorithm>

#include "core/error.hpp"
#include "suites/collective_samples.hpp"
#include "suites/sampling.hpp"
#include "suites/suite.hpp"

namespace rackproof {
namespace {

constexpr SamplingDefaults kCollectivesSampling{
    .repetitions = 20, .warmup = 2, .min_sample_s = 0.01};
constexpr Collective kOperations[] = {Collective::AllReduce,     Collective::AllGather,
                                      Collective::ReduceScatter, Collective::Broadcast,
                                      Collective::AllToAll,      Collective::SendReceive};
constexpr ElementType kTypes[] = {ElementType::Fp64, ElementType::Fp32, ElementType::Bf16,
                                  ElementType::Int64};
constexpr std::int64_t kMiB = 1 << 20;

std::vector<std::string> all_operations() {
    std::vector<std::string> names;
    for (const Collective collective : kOperations) names.emplace_back(to_string(collective));
    return names;
}

Collective collective_from(const std::string& text) {
    for (const Collective collective : kOperations) {
        if (to_string(collective) == text) return collective;
    }
    throw Error{"choose a collective", "'" + text + "' is none"};
}

/// From min_bytes by the factor; the last is always max_bytes.
std::vector<std::int64_t> sizes(const Parameters& parameters) {
    const std::int64_t least = parameters.integer("min_bytes");
    const std::int64_t most = parameters.integer("max_bytes");
    const std::int64_t factor = parameters.integer("factor");
    if (least > most) throw InputError{"'min_bytes' is larger than 'max_bytes'"};
    std::vector<std::int64_t> bytes;
    for (std::int64_t size = least; size < most; size *= factor) {
        bytes.push_back(size);
        if (size > most / factor) break;
    }
    bytes.push_back(most);
    return bytes;
}

/// Large messages take long and spread little: a quarter of the samples, at least 5 if so many
/// were asked for.
std::int32_t repetitions_for(std::int64_t bytes, std::int64_t asked) {
    constexpr std::int64_t kFewest = 5;
    if (bytes <= 16 * kMiB) return static_cast<std::int32_t>(asked);
    return static_cast<std::int32_t>(std::max(std::min(asked, kFewest), asked / 4));
}

Buffers buffers_from(const std::string& text) {
    return text == to_string(Buffers::InPlace) ? Buffers::InPlace : Buffers::OutOfPlace;
}

ElementType type_from(const std::string& text) {
    for (const ElementType type : kTypes) {
        if (to_string(type) == text) return type;
    }
    throw Error{"choose a type", "'" + text + "' is none"};
}

/// NCCL has none of these in place.
bool has_in_place(Collective collective) {
    return collective != Collective::AllToAll && collective != Collective::SendReceive;
}

CaseSpec case_of(const Parameters& all, const std::string& operation, std::int64_t bytes,
                 const std::string& buffers) {
    const Parameters parameters = with_one(all, "buffers", "buffers", buffers);
    CaseSpec spec;
    spec.name = "collectives." + operation + "." + size_name(bytes);
    if (buffers_from(buffers) == Buffers::InPlace) spec.name += "." + buffers;
    spec.name = name_on_device(parameters, spec.name);
    spec.scope = Scope::Node;
    spec.unit = symbol(Unit::BytesPerSecond);
    spec.better = Direction::HigherIsBetter;
    spec.definition = "busbw = factor x S / t, t the mean over ranks (nccl-tests PERFORMANCE.md)";
    spec.parameters = with_one(parameters, "operations", "operation", operation);
    spec.parameters.set("bytes", bytes);
    spec.repetitions = repetitions_for(bytes, parameters.integer("repetitions"));
    constexpr double kSlowBus = 5e8;     // B/s
    constexpr double kSlowGpuBus = 2e9;  // B/s: GPUs over the host's memory or TCP
    const bool of_gpus = parameters.text("device") == "gpu";
    spec.expected_s =
        expected_cell_s(0.5, static_cast<double>(bytes) / (of_gpus ? kSlowGpuBus : kSlowBus),
                        sampling_options(spec));
    spec.deadline_s = deadline_for(spec.expected_s);
    return spec;
}

class Collectives : public Suite {
  public:
    [[nodiscard]] std::string_view name() const override { return "collectives"; }
    [[nodiscard]] std::string_view summary() const override {
        return "busbw of collectives over CPUs (MPI) or GPUs (NCCL), by size";
    }
    [[nodiscard]] Scope scope() const override { return Scope::Node; }
    [[nodiscard]] bool communicates() const override { return true; }

    [[nodiscard]] std::vector<ParameterSpec> parameters() const override {
        using Kind = ParameterSpec::Kind;
        constexpr double kMostBytes = 1e12;
        std::vector<ParameterSpec> specs = sampling_parameters(kCollectivesSampling);
        specs.push_back(device_parameter("cpu"));
        specs.push_back({.name = "type",
                         .kind = Kind::Text,
                         .default_value = std::string{"fp64"},
                         .allowed = {"fp64", "fp32", "bf16", "int64"},
                         .help = "of the elements; CPUs have fp64 alone"});
        specs.push_back(
            {.name = "buffers",
             .kind = Kind::Texts,
             .default_value = std::vector<std::string>{"out_of_place"},
             .allowed = {"out_of_place", "in_place"},
             .help = "each at every size; in_place with GPUs alone, where NCCL has it"});
        specs.push_back({.name = "operations",
                         .kind = Kind::Texts,
                         .default_value = all_operations(),
                         .allowed = all_operations(),
                         .help = "each at every size"});
        specs.push_back({.name = "min_bytes",
                         .kind = Kind::Bytes,
                         .default_value = std::int64_t{8},
                         .minimum = 8,
                         .maximum = kMostBytes,
                         .allowed = {},
                         .help = "smallest size S"});
        specs.push_back({.name = "max_bytes",
                         .kind = Kind::Bytes,
                         .default_value = 256 * kMiB,
                         .minimum = 8,
                         .maximum = kMostBytes,
                         .allowed = {},
                         .help = "largest size S, always measured"});
        specs.push_back({.name = "factor",
                         .kind = Kind::Count,
                         .default_value = std::int64_t{4},
                         .minimum = 2,
                         .maximum = 1 << 20,
                         .allowed = {},
                         .help = "from one size to the next"});
        return specs;
    }

    [[nodiscard]] std::vector<CaseSpec> cases(const Parameters& parameters) const override {
        check(parameters);
        std::vector<CaseSpec> specs;
        for (const std::string& operation : parameters.texts("operations")) {
            for (const std::string& buffers : parameters.texts("buffers")) {
                const bool in_place = buffers_from(buffers) == Buffers::InPlace;
                if (in_place && !has_in_place(collective_from(operation))) continue;
                for (const std::int64_t bytes : sizes(parameters)) {
                    specs.push_back(case_of(parameters, operation, bytes, buffers));
                    specs.back().lead = static_cast<std::int32_t>(specs.size()) - 1;
                }
            }
        }
        if (specs.empty()) throw InputError{"none of these 'operations' can be done in place"};
        return specs;
    }

    void run(const CaseSpec& lead, SuiteContext& context) const override {
        Communicator& hosts = context.communicator();
        if (hosts.size() < 2) throw Unsupported{"needs at least 2 ranks"};
        context.operation("connect the devices");
        Communicator& ranks = context.device().connect(hosts);
        const Collective collective = collective_from(lead.parameters.text("operation"));
        context.operation("synchronise clocks");
        const RunClock clock = run_clock(ranks, context);
        context.operation("allocate buffers");
        const auto work =
            ranks.make_collective({.collective = collective,
                                   .bytes = lead.parameters.integer("bytes"),
                                   .type = type_from(lead.parameters.text("type")),
                                   .buffers = buffers_from(lead.parameters.text("buffers"))});
        const std::string slower = ranks.take_fallback();
        if (!slower.empty()) context.event("error", "nccl_fallback", slower);
        measure_then_record(
            *work, sampling_options(lead), context, &ranks, [&](const Measurement& measured) {
                record_bus_bandwidth(lead, collective, *work, clock, measured, context);
            });
    }

  private:
    static void check(const Parameters& parameters) {
        if (parameters.text("device") == "gpu") return;
        const std::vector<std::string>& buffers = parameters.texts("buffers");
        if (parameters.text("type") != "fp64" ||
            std::ranges::find(buffers, "in_place") != buffers.end()) {
            throw InputError{
                "with device = \"cpu\" collectives are measured with type = \"fp64\", out of "
                "place"};
        }
    }
};

}  // namespace

const Suite& collectives_suite() {
    static const Collectives kSuite;
    return kSuite;
}

}  // namespace rackproof
