#include "hwcheck/inventory_reader.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <functional>
#include <iterator>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/number_text.hpp"
#include "core/utf8.hpp"
#include "core/wire.hpp"
#include "hwcheck/gpu_inventory.hpp"
#include "hwcheck/gpu_reader.hpp"
#include "hwcheck/linux/live_log.hpp"
#include "hwcheck/linux/sections.hpp"
#include "hwcheck/linux/smart.hpp"
#include "hwcheck/mailed_inventory.hpp"
#include "hwcheck/mailed_text.hpp"

namespace rackproof {

template <class Visit>
void wire_members(InventoryItem& item, Visit visit) {
    visit(item.key, item.part, item.value, item.source, item.why_unknown);
}
template <class Visit>
void wire_members(InventoryEvent& event, Visit visit) {
    visit(event.part, event.severity, event.code, event.text);
}

namespace {

constexpr const char* kHostName = "/proc/sys/kernel/hostname";

/// One packet: what was read, and what comes next; nothing comes after the last.
struct Portion {
    std::vector<InventoryItem> items;
    std::vector<InventoryEvent> events;
    std::vector<InventoryEvent> happened;
    std::string node;
    std::string reading_next;
};

template <class Visit>
void wire_members(Portion& portion, Visit visit) {
    visit(portion.items, portion.events, portion.happened, portion.node, portion.reading_next);
}

/// A portion of InventoryWriter's with one item of the longest texts beyond its mark.
constexpr std::size_t kPacketLimit = std::size_t{160} << 10;

/// All, or what has counters and states that a load may change.
enum class Extent { All, Counters };

/// Of what Linux shows.
struct LinuxSection {
    const char* name;
    void (*read)(const Tree& tree, InventoryWriter& out);
    Extent extent;  ///< Counters: it is read for these, too
};
constexpr LinuxSection kLinuxSections[] = {
    {"processors", read_processors, Extent::All},
    {"machine checks", read_machine_checks, Extent::Counters},
    {"memory", read_memory, Extent::All},
    {"memory errors", read_memory_errors, Extent::Counters},
    {"firmware and kernel", read_system, Extent::All},
    {"kernel modules", read_modules, Extent::All},
    {"the clock", read_clock, Extent::All},
    {"the NVLink fabric's processes", read_fabric, Extent::All},
    {"the PCI bus", read_pci, Extent::Counters},
    {"network ports", read_ports, Extent::Counters},
    {"drives", read_drives, Extent::Counters},
};

/// What is read in one go, and named if it hangs.
struct Section {
    const char* name;
    std::function<void(InventoryWriter& out)> read;
};
using Sections = std::vector<Section>;

/// The kernel's log, which does not block, then what Linux shows: when a device hangs, the lines
/// that say why have been sent.
Sections log_and_linux(Section log, const Tree& tree, Extent extent) {
    Sections sections{std::move(log)};
    for (const LinuxSection& section : kLinuxSections) {
        if (extent == Extent::Counters && section.extent == Extent::All) continue;
        sections.push_back({section.name, [&tree, read = section.read](InventoryWriter& out) {
                                read(tree, out);
                            }});
    }
    return sections;
}

void append(Inventory& inventory, Portion portion) {
    std::ranges::move(portion.items, std::back_inserter(inventory.items));
    std::ranges::move(portion.events, std::back_inserter(inventory.events));
    std::ranges::move(portion.happened, std::back_inserter(inventory.happened));
    if (!portion.node.empty()) inventory.node = portion.node;
}

void tell_unreadable(Inventory& inventory, const std::string& reading, const std::string& why) {
    inventory.events.push_back({"", "error", "hwcheck_unreadable",
                                "while reading " + reading + ": " + why +
                                    "; what comes after it in the inventory is not known"});
}

/// False where it came to no end, which is an event then.
bool receive_linux(const Child& child, double patience_s, Inventory& inventory) {
    const SteadyClock::time_point begun = SteadyClock::now();
    std::string reading = "the first file";
    while (!reading.empty()) {
        const double left_s = patience_s - seconds_since(begun);
        const auto packet = child.receive(std::max(0.0, left_s), kPacketLimit);
        if (!packet) {
            tell_unreadable(inventory, reading,
                            "no answer within " + number_text(patience_s) + " s");
            return false;
        }
        if (packet->empty()) {
            tell_unreadable(inventory, reading, "the process that reads it has died");
            return false;
        }
        Portion portion;
        WireReader reader{*packet};
        reader.get(portion);
        reading = portion.reading_next;
        append(inventory, std::move(portion));
    }
    return true;
}

/// Sends what the host is called and what `sections` read; false if nobody is there to hear it.
bool send_sections(int channel, const Tree& tree, const Sections& sections) {
    bool heard = true;
    const auto send = [&](const Portion& portion) {
        WireWriter writer;
        writer.put(portion);
        const std::vector<std::byte> bytes = writer.take();
        heard = heard && ::send(channel, bytes.data(), bytes.size(), MSG_NOSIGNAL) >= 0;
    };
    send({{}, {}, {}, tree.read(kHostName).text.value_or(""), sections.front().name});
    InventoryWriter out{[&](Inventory read, const std::string& next) {
        send({std::move(read.items), std::move(read.events), std::move(read.happened), {}, next});
    }};
    for (const Section& section : sections) {
        out.begin(section.name);
        section.read(out);
    }
    out.begin("");
    return heard;
}

constexpr const char* kLog = "the kernel's log";

/// What the log says from now on and the counters, once for each packet that comes.
int serve_counters(int channel, const Tree& tree, const XidSource& xids) {
    LogWatch log{tree, xids};
    const Sections sections =
        log_and_linux({kLog, [&](InventoryWriter& out) { log.read(out); }}, tree, Extent::Counters);
    char again = 0;
    while (::recv(channel, &again, sizeof again, 0) > 0) {
        if (!send_sections(channel, tree, sections)) break;
    }
    return 0;
}

/// The log speaks of GPUs by their address, and people by their index.
void name_gpus(Inventory& inventory) {
    const MailedInventory known{inventory};
    for (InventoryEvent& event : inventory.events) {
        if (mailed::pci_slot(event.part) == event.part) event.part = known.gpu_at(event.part);
    }
}

/// NVML's word on each GPU's registration says more than the list of processes: one that was
/// registered stays so without its manager.
void weigh_fabric_manager(Inventory& inventory) {
    std::size_t states = 0;
    for (const InventoryItem& item : inventory.items) {
        if (item.key != "gpu.fabric_state" && item.key != "gpu.fabric_status") continue;
        if (item.value != (item.key == "gpu.fabric_state" ? "Completed" : "Success")) return;
        ++states;
    }
    if (states == 0) return;
    for (InventoryEvent& event : inventory.events) {
        if (event.code != kNoFabricManager) continue;
        event.severity = "warning";
        event.text += "; NVML says that all of them are registered with the fabric";
    }
}

}  // namespace

InventoryOptions own_inventory(const std::filesystem::path& root, double log_s) {
    InventoryOptions options;
    options.linux_reader = {
        "/proc/self/exe",
        {kInventoryReaderCommand, root.string(), kAllArgument, number_text(log_s)}};
    if (Tree{root}.is_living()) options.gpu_reader = own_gpu_reader();
    return options;
}

ReaderProgram own_counters_reader() {
    return {"/proc/self/exe", {kInventoryReaderCommand, "/", kCountersArgument}};
}

Inventory read_inventory(const InventoryOptions& options) {
    Inventory inventory;
    receive_linux(Child{options.linux_reader}, options.linux_patience_s, inventory);
    if (options.gpu_reader) {
        read_gpus(*options.gpu_reader, {options.gpu_first_s, options.gpus_s}, inventory);
    } else {
        inventory.items.push_back({"gpu.count", "", "", "NVML", "a copy of files cannot be asked"});
    }
    name_gpus(inventory);
    weigh_fabric_manager(inventory);
    return inventory;
}

Inventory CountersReader::read() {
    if (!child_) child_.emplace(program_);
    Inventory inventory;
    constexpr char kAgain = 'r';
    // One that has died is told of by what does not come from it.
    static_cast<void>(::send(child_->channel(), &kAgain, sizeof kAgain, MSG_NOSIGNAL));
    if (!receive_linux(*child_, patience_s_, inventory)) child_.reset();
    return inventory;
}

NodeNics read_node_nics(const ReaderProgram& program, double patience_s) {
    Inventory inventory;
    receive_linux(Child{program}, patience_s, inventory);
    return nics_of(inventory);
}

NodeNics own_node_nics() {
    const Tree tree;
    if (!tree.names("/sys/class/infiniband").empty()) {
        return read_node_nics({"/proc/self/exe", {kInventoryReaderCommand, "/", kNicsArgument}});
    }
    Inventory inventory;
    InventoryWriter out{[&](Inventory read, const std::string&) {
        append(inventory, {std::move(read.items), std::move(read.events), {}, {}, {}});
    }};
    read_nics(tree, out);
    out.finish();
    return nics_of(inventory);
}

int serve_inventory_reader(int channel, const ReaderTask& task) {
    constexpr int kNobodyThere = 1;
    const Tree tree{task.root};
    if (task.scope == kCountersArgument) return serve_counters(channel, tree, task.xids);
    if (task.scope == kNicsArgument) {
        const Section cards{"network cards", [&](InventoryWriter& out) { read_nics(tree, out); }};
        return send_sections(channel, tree, {cards}) ? 0 : kNobodyThere;
    }
    if (task.scope != kAllArgument) {
        throw InputError{"the scope is '" + printable(task.scope) + "'; expected '" + kAllArgument +
                         "', '" + kCountersArgument + "' or '" + kNicsArgument + "'"};
    }
    const LiveLogOptions options{task.xids, task.log_s};
    Sections sections = log_and_linux(
        {kLog, [&](InventoryWriter& out) { read_log(tree, options, out); }}, tree, Extent::All);
    sections.push_back({"libraries", [&](InventoryWriter& out) { read_libraries(tree, out); }});
    // Drives and network cards answer these themselves, or do not.
    sections.push_back(
        {"what drives say of themselves", [&](InventoryWriter& out) { read_smart(tree, out); }});
    sections.push_back(
        {"temperatures", [&](InventoryWriter& out) { read_temperatures(tree, out); }});
    return send_sections(channel, tree, sections) ? 0 : kNobodyThere;
}

std::size_t count_needing_root(const Inventory& inventory) {
    return static_cast<std::size_t>(
        std::ranges::count(inventory.items, kNeedsRoot, &InventoryItem::why_unknown));
}

}  // namespace rackproof
