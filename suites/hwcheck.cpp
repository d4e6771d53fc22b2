// Measures:  how many items of its inventory the node could tell: processors, memory, firmware,
//            kernel, PCIe, network, drives, GPUs; items are facts of the run, faults are events.
// How:       one rank of the node reads /proc, /sys, the kernel's log and NVML from processes with
//            a deadline (hwcheck/inventory_reader.hpp); puts no load on anything.
// Fooled by: firmware and drivers, whose word it takes; containers, which hide parts of /proc and
//            /sys: what is hidden is not known, and not compared as fine.
#include <algorithm>

#include "core/error.hpp"
#include "hwcheck/inventory_reader.hpp"
#include "suites/hwcheck_case.hpp"
#include "suites/suite.hpp"

namespace rackproof {
namespace {

class Hwcheck : public Suite {
  public:
    [[nodiscard]] std::string_view name() const override { return "hwcheck"; }
    [[nodiscard]] std::string_view summary() const override {
        return "what the node is, what is wrong with it, who uses it";
    }
    [[nodiscard]] Scope scope() const override { return Scope::Node; }

    [[nodiscard]] std::vector<ParameterSpec> parameters() const override {
        return {{.name = "patience_s",
                 .kind = ParameterSpec::Kind::Seconds,
                 .default_value = 15.0,
                 .minimum = 1,
                 .maximum = 120,
                 .allowed = {},
                 .help = "for Linux, and for the first answer of a GPU"},
                {.name = "log_s",
                 .kind = ParameterSpec::Kind::Seconds,
                 .default_value = kLogAge_s,
                 .minimum = 0,
                 .maximum = 1e9,
                 .allowed = {},
                 .help = "how old a fault in the kernel's log may be and still count"}};
    }

    [[nodiscard]] std::vector<CaseSpec> cases(const Parameters& parameters) const override {
        constexpr double kUsual_s = 1;
        constexpr double kGpus = 3;  // patience for all of them, in that of the first
        CaseSpec spec = inventory_case();
        spec.parameters = parameters;
        spec.expected_s = kUsual_s;
        spec.deadline_s = kUsual_s + (kGpus + 2) * parameters.real("patience_s");
        return {spec};
    }

    void run(const CaseSpec& lead, SuiteContext& context) const override {
        if (!context.is_first_of_node()) {
            // One speaks for the node; of the others no number is kept.
            context.record(lead.name, {0}, {}, {});
            return;
        }
        context.operation("reading the inventory");
        InventoryOptions options = own_inventory("/", lead.parameters.real("log_s"));
        const double patience_s = lead.parameters.real("patience_s");
        options.linux_patience_s = patience_s;
        options.gpu_first_s = patience_s;
        options.gpus_s = 3 * patience_s;
        record_inventory(read_inventory(options), lead, context);
    }
};

/// What does no harm to a node that nobody wants to measure, and spoils every number here.
bool spoils(const std::string& code) {
    return code == "gpu_in_use" || code == "gpu_partitioned" || code == "gpu_compute_mode" ||
           code == "gpu_mps";
}

}  // namespace

CaseSpec inventory_case() {
    CaseSpec spec;
    spec.name = "hwcheck.inventory";
    spec.scope = Scope::Node;
    spec.unit = symbol(Unit::One);
    spec.better = Direction::None;
    spec.definition = "items of the node's inventory that could be read";
    spec.repetitions = 1;
    return spec;
}

void record_inventory(const Inventory& inventory, const CaseSpec& lead, SuiteContext& context) {
    const auto known = std::ranges::count_if(
        inventory.items, [](const InventoryItem& item) { return !item.value.empty(); });
    if (known == 0) throw Error{"read the inventory", "not one item could be read"};
    for (const InventoryItem& item : inventory.items) {
        context.node_fact(column_name(item), item.source, item.value);
    }
    context.node_fact(kNotKnownColumn, "rackproof hwcheck", why_not_known(inventory));
    for (const InventoryEvent& event : inventory.events) {
        const std::string part = event.part.empty() ? "" : event.part + ": ";
        context.node_event(spoils(event.code) ? "error" : event.severity, event.code,
                           part + event.text);
    }
    context.record(lead.name, {static_cast<double>(known)}, {}, {});
}

const Suite& hwcheck_suite() {
    static const Hwcheck kSuite;
    return kSuite;
}

}  // namespace rackproof
