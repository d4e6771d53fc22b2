#include "hwcheck/inventory_reader.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <span>

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

struct Section {
    const char* name;
    void (*read)(const Tree& tree, InventoryWriter& out);
    Extent extent;  ///< Counters: it is read for these, too
};
constexpr Section kSections[] = {
    {"processors", read_processors, Extent::All},
    {"machine checks", read_machine_checks, Extent::Counters},
    {"memory", read_memory, Extent::All},
    {"memory errors", read_memory_errors, Extent::Counters},
    {"firmware and kernel", read_system, Extent::All},
    {"kernel modules", read_modules, Extent::All},
    {"the clock", read_clock, Extent::All},
    {"the PCI bus", read_pci, Extent::Counters},
    {"network ports", read_ports, Extent::Counters},
    {"drives", read_drives, Extent::Counters},
    {"the NVLink fabric's processes", read_fabric, Extent::All},
    {"temperatures", read_temperatures, Extent::All},
};

/// For the rank alone that asks which card is nearest.
constexpr Section kNicSections[] = {{"network cards", read_nics, Extent::All}};

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

/// What is read last, for it may be long, or hang where all else does not.
struct LastSection {
    const char* name;
    std::function<void(InventoryWriter& out)> read;
};

/// Sends what `tree` shows; false if nobody is there to hear it.
bool send_linux(int channel, const Tree& tree, std::span<const Section> sections, Extent extent,
                std::span<const LastSection> last = {}) {
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
        if (extent == Extent::Counters && section.extent == Extent::All) continue;
        out.begin(section.name);
        section.read(tree, out);
    }
    for (const LastSection& section : last) {
        out.begin(section.name);
        section.read(out);
    }
    out.begin("");
    return heard;
}

constexpr const char* kLog = "the kernel's log";

/// The counters and what the log says from now on, once for each packet that comes.
int serve_counters(int channel, const Tree& tree, const XidSource& xids) {
    LogWatch log{tree, xids};
    const LastSection news[] = {{kLog, [&](InventoryWriter& out) { log.read(out); }}};
    char again = 0;
    while (::recv(channel, &again, sizeof again, 0) > 0) {
        if (!send_linux(channel, tree, kSections, Extent::Counters, news)) break;
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
        return send_linux(channel, tree, kNicSections, Extent::All) ? 0 : kNobodyThere;
    }
    if (task.scope != kAllArgument) {
        throw InputError{"the scope is '" + printable(task.scope) + "'; expected '" + kAllArgument +
                         "', '" + kCountersArgument + "' or '" + kNicsArgument + "'"};
    }
    const LiveLogOptions options{task.xids, task.log_s};
    const LastSection last[] = {
        {kLog, [&](InventoryWriter& out) { read_log(tree, options, out); }},
        {"libraries", [&](InventoryWriter& out) { read_libraries(tree, out); }},
        {"what drives say of themselves", [&](InventoryWriter& out) { read_smart(tree, out); }}};
    return send_linux(channel, tree, kSections, Extent::All, last) ? 0 : kNobodyThere;
}

std::size_t count_needing_root(const Inventory& inventory) {
    return static_cast<std::size_t>(
        std::ranges::count(inventory.items, kNeedsRoot, &InventoryItem::why_unknown));
}

}  // namespace rackproof
