#include "hwcheck/kernel_log.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <tuple>

#include "core/error.hpp"
#include "core/number_text.hpp"
#include "core/utf8.hpp"
#include "hwcheck/kernel_log_stamp.hpp"
#include "hwcheck/log_fault.hpp"
#include "hwcheck/mailed_files.hpp"
#include "hwcheck/mailed_inventory.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kMostOwnFaults = 256;  // of which an event each goes into a run file

/// A message that holds all the words of `all` is this fault.
struct LogRule {
    const char* code = "";
    const char* severity = "";
    std::initializer_list<const char*> all = {};
};

/// The first that fits is taken. Words are those of the kernel's sources: drivers/pci/pcie/aer.c,
/// arch/x86/kernel/cpu/mce, drivers/edac, drivers/firmware/efi/cper.c, block/blk-core.c,
/// drivers/nvme/host, drivers/ata, fs/ext4, fs/xfs, kernel/panic.c, mm/oom_kill.c,
/// mm/memory-failure.c; of NVIDIA's open modules (kernel-open/); and of
/// drivers/net/ethernet/mellanox.
const LogRule kLogRules[] = {
    {"gpu_lost", "error", {"NVRM:", "has fallen off the bus"}},
    {"nvlink_error", "error", {"NVRM:", "NVLink", "error"}},
    {"nvlink_error", "error", {"nvidia-nvswitch", "fatal", "error"}},
    {"peermem_invalid_context", "warning", {"nvidia-peermem", "invalid context"}},
    {"nccl_segfault", "warning", {"segfault at", "in libnccl"}},
    {"pcie_aer_uncorrected", "error", {"AER:", "ncorrect", "error"}},
    {"pcie_aer_uncorrected", "error", {"PCIe Bus Error:", "severity=Uncorrect"}},
    {"pcie_aer_corrected", "warning", {"AER:", "Corrected error"}},
    {"pcie_aer_corrected", "warning", {"AER:", "Correctable error"}},
    {"pcie_aer_corrected", "warning", {"PCIe Bus Error:", "severity=Correct"}},
    {"pcie_link_down", "warning", {"pcieport", "Link Down"}},
    {"memory_uncorrected", "error", {"EDAC", " UE "}},
    {"memory_corrected", "warning", {"EDAC", " CE "}},
    {"memory_uncorrected", "error", {"Memory failure: 0x"}},
    {"machine_check", "error", {"Machine Check Exception"}},
    {"machine_check", "error", {"[Hardware Error]:", "ncorrected"}},
    {"machine_check", "error", {"[Hardware Error]:", "severity: fatal"}},
    {"machine_check", "error", {"[Hardware Error]:", "severity: recoverable"}},
    {"machine_check_corrected", "warning", {"[Hardware Error]:", "orrected"}},
    {"machine_check_corrected", "warning", {"[Hardware Error]: Machine check events logged"}},
    {"cpu_throttled", "warning", {"temperature above threshold", "cpu clock throttled"}},
    {"disk_error", "error", {"I/O error, dev "}},
    {"disk_error", "error", {"Buffer I/O error on dev"}},
    {"disk_error", "error", {"medium error, dev "}},
    {"disk_error", "error", {"Medium Error"}},
    {"disk_error", "error", {"nvme nvme", " QID ", "timeout"}},
    {"disk_error", "error", {"nvme nvme", "controller is down"}},
    {"disk_error", "error", {"nvme nvme", "Removing after probe failure"}},
    {"disk_error", "error", {"nvme nvme", "Device not ready"}},
    {"disk_error", "error", {"ata", ": failed command:"}},
    {"file_system_error", "error", {"EXT4-fs error"}},
    {"file_system_error", "error", {"XFS (", "orruption"}},
    {"file_system_error", "error", {"XFS (", "I/O error"}},
    {"hca_error", "error", {"mlx5_core", "ealth", "compromised"}},
    {"hca_error", "error", {"mlx5_core", "Health issue observed"}},
    {"hca_error", "error", {"mlx5_core", "assert_var"}},
    {"hca_power", "warning", {"mlx5_core", "Detected insufficient power"}},
    {"port_link_down", "warning", {"mlx5_core", "Link down"}},
    // These two before what follows: they print a program's name, which may be any words.
    {"task_hung", "warning", {"blocked for more than", "seconds"}},
    {"oom_kill", "warning", {"ut of memory: Kill"}},
    {"kernel_panic", "error", {"Kernel panic - not syncing"}},
    {"kernel_panic", "error", {"BUG: unable to handle"}},
    {"kernel_panic", "error", {"Oops: ", "[#"}},
    {"kernel_lockup", "error", {"BUG: soft lockup"}},
    {"kernel_lockup", "error", {"atchdog", "hard LOCKUP"}},
};

/// Messages that print a program's name, which may be any words: "NAME[PID]: segfault at ...",
/// "traps: NAME[PID] trap ...", "CPU: 3 PID: 7 Comm: NAME ..." of a stack trace, and who was ended
/// for want of memory. A message of another form that holds one of these is not this.
bool is_of_a_program(std::string_view message) {
    constexpr std::size_t kMostName = 15;  // TASK_COMM_LEN less its end
    if (message.starts_with("oom_reaper: ")) return true;
    if (message.starts_with("CPU: ") && message.find(" Comm: ") != std::string_view::npos) {
        return true;
    }
    if (message.starts_with("traps: ")) message.remove_prefix(7);
    const std::size_t open = message.substr(0, kMostName + 1).rfind('[');
    if (open == std::string_view::npos) return false;
    std::string_view rest = message.substr(open + 1);
    const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
    rest.remove_prefix(digits);
    return digits > 0 && (rest.starts_with("]: segfault at ") || rest.starts_with("] trap ") ||
                          rest.starts_with("] general protection"));
}

/// What one message tells.
struct Told {
    std::string part;  ///< a PCI slot or a device's name; empty: the node
    std::string code;
    std::string severity;
    std::string lead;  ///< what it means, before the message
};

/// "PCI:0000:19:00" of "NVRM: Xid (PCI:0000:19:00): 48, ..." and the number behind it.
struct XidWords {
    std::string slot;
    int number = 0;
    bool is_switch = false;
};

/// None where there is no "Xid ("; throws where its number cannot be one, which is said of what was
/// mailed in.
std::optional<XidWords> xid_words(const MailedText& text, std::string_view message) {
    constexpr int kMostXid = 1'000'000;
    const std::size_t at = message.find("Xid (");
    if (at == std::string_view::npos) return {};
    const bool is_switch = at > 0 && message[at - 1] == 'S';
    const bool is_driver = message.starts_with("NVRM: ") || message.starts_with("nvidia-nvswitch");
    if (!is_driver) return {};
    std::string_view rest = message.substr(at + 5);
    std::string_view device = mailed::take_until(rest, ')');
    if (device.starts_with("PCI:")) device.remove_prefix(4);
    if (!rest.starts_with(": ")) return {};
    rest.remove_prefix(2);
    const std::string_view digits = rest.substr(0, rest.find_first_not_of("0123456789"));
    const auto number = mailed::whole(digits);
    if (!number || *number > kMostXid) {
        text.refuse(text.line(), "has " + mailed::quoted(message) +
                                     "; expected an Xid's number from 0 to 1000000");
    }
    const auto slot = mailed::pci_slot(device);
    return XidWords{slot.value_or(printable(device)), static_cast<int>(*number), is_switch};
}

Told told_by_switch(const XidWords& xid, std::string_view message) {
    const bool is_fatal = message.find("Non-fatal") == std::string_view::npos &&
                          message.find("non-fatal") == std::string_view::npos;
    return {xid.slot, "sxid." + std::to_string(xid.number), is_fatal ? "error" : "warning",
            "NVSwitch error (SXid) " + std::to_string(xid.number)};
}

Told told_by_gpu(const XidWords& xid, const XidTable& table) {
    const std::string number = std::to_string(xid.number);
    const auto row = table.rows.find(xid.number);
    if (row == table.rows.end()) {
        return {xid.slot, "xid." + number, "error",
                "XID " + number + ", of which the table of XIDs (version " + table.version +
                    ") says nothing. Next: look it up in NVIDIA's catalogue"};
    }
    return {xid.slot, "xid." + number, row->second.severity,
            "XID " + number + ", " + row->second.name + ". Next: " + row->second.next_step};
}

/// The device that a message of these rules names: a PCI address, or a drive.
std::string part_in(std::string_view message) {
    for (const char* before : {"(device ", "XFS ("}) {
        const std::size_t at = message.find(before);
        if (at == std::string_view::npos) continue;
        const std::string_view device = message.substr(at + std::string_view{before}.size());
        return std::string{device.substr(0, device.find_first_of("): "))};
    }
    if (const std::size_t at = message.find(" dev "); at != std::string_view::npos) {
        const std::string_view device = message.substr(at + 5);
        return std::string{device.substr(0, device.find_first_of(", "))};
    }
    std::string found;
    while (!message.empty()) {
        std::string_view word = mailed::take_until(message, ' ');
        while (!word.empty() && (word.back() == ':' || word.back() == ',')) word.remove_suffix(1);
        // The last address is the one at fault: "pcieport 0000:00:01.0: AER: ... 0000:01:00.0".
        if (word.size() > 8 && mailed::pci_slot(word)) found = *mailed::pci_slot(word);
        const bool is_drive =
            word.starts_with("nvme") && word.size() > 4 && word[4] >= '0' && word[4] <= '9';
        if (found.empty() && is_drive) found = std::string{word};
    }
    return found;
}

/// Floppy and CD drives, which a management controller offers and takes away again, and what a user
/// makes of a file, of memory or of another machine's disk.
bool is_no_drive_of_the_node(std::string_view part) {
    return std::ranges::any_of(
        std::initializer_list<const char*>{"fd", "sr", "loop", "nbd", "ram", "zram"},
        [part](const char* kind) { return part.starts_with(kind); });
}

/// A volume that the kernel makes of drives, or of another machine's: what a drive of the node had
/// to do with its error the kernel says of the drive as well.
bool is_made_of_drives(std::string_view part) {
    return std::ranges::any_of(std::initializer_list<const char*>{"dm-", "md", "rbd", "drbd", "zd"},
                               [part](const char* kind) { return part.starts_with(kind); });
}

std::optional<Told> told_by_rule(std::string_view message) {
    const bool of_a_program = is_of_a_program(message);
    for (const LogRule& rule : kLogRules) {
        if (of_a_program && std::string_view{rule.code} != "nccl_segfault") continue;
        const bool fits = std::ranges::all_of(rule.all, [&](const char* word) {
            return message.find(word) != std::string_view::npos;
        });
        if (!fits) continue;
        const std::string part = part_in(message);
        const bool is_harmless =
            is_no_drive_of_the_node(part) ||
            (std::string_view{rule.code} == "disk_error" && is_made_of_drives(part));
        return Told{part, rule.code, is_harmless ? "warning" : rule.severity, ""};
    }
    return {};
}

/// The same, of records that the firmware kept of the boot before.
Told of_before(const Told& told) {
    const bool is_corrected = told.severity != "error";
    return {
        told.part, is_corrected ? told.code : "machine_check_before_boot", told.severity,
        "Kept by the firmware from before this boot" + (told.lead.empty() ? "" : ". " + told.lead)};
}

/// A fault of the log, and when its last message was written.
struct TimedFault {
    LogFault fault;
    std::optional<double> last_after_boot_s;
};

/// "5 days", "26 hours", "16 minutes"
std::string age_words(double age_s) {
    constexpr double kMinute_s = 60;
    constexpr double kHour_s = 60 * kMinute_s;
    constexpr double kDay_s = 24 * kHour_s;
    const auto words = [age_s](double unit_s, const char* unit) {
        return number_text(std::floor(age_s / unit_s)) + unit;
    };
    if (age_s >= 2 * kDay_s) return words(kDay_s, " days");
    if (age_s >= 2 * kHour_s) return words(kHour_s, " hours");
    return words(kMinute_s, " minutes");
}

class KernelLog {
  public:
    KernelLog(MailedText& text, const XidTable& table) : text_{&text}, table_{&table} {}
    /// Of the machine's own log, as kernel_log.hpp has it.
    KernelLog(MailedText& text, const XidTable& table, const OwnLogTimes& times)
        : text_{&text}, table_{&table}, times_{times} {}

    void read() {
        std::string_view line;
        while (text_->next(line)) {
            if (line.empty()) continue;
            const std::optional<klog::Message> message = klog::message_of(line);
            if (!message && times_) continue;  // " KEY=value" behind a record
            stamped_ += message ? 1 : 0;
            if (message && !message->is_kernel) continue;
            kernel_ += message ? 1 : 0;
            add(message.value_or(klog::Message{line, "", true}));
        }
        if (stamped_ == 0) {
            text_->refuse(
                1, "has no line of a kernel log; expected " + std::string{kKernelLogExpected});
        }
    }

    void write_items(MailedInventory& writer) const {
        if (kernel_ == 0) {
            writer.unknown("kernel_log.lines", "",
                           "no line of the kernel among " + std::to_string(stamped_),
                           text_->name());
        } else {
            writer.known("kernel_log.lines", "", std::to_string(kernel_), text_->name());
        }
        writer.known("kernel_log.xid_table", "", table_->version, "plans/xid.toml");
    }

    void write_events(MailedInventory& writer) const {
        for (const auto& [key, seen] : faults_) {
            const auto& [part, code, severity] = key;
            const bool is_pci = mailed::pci_slot(part).has_value();
            const std::optional<double> age_s = age_if_old(seen.last_after_boot_s);
            writer.event(is_pci ? writer.gpu_at(part) : part,
                         age_s && severity == "error" ? "warning" : severity, code,
                         words(seen.fault, age_s));
        }
        if (old_left_out_ > 0) {
            writer.event("", "warning", "kernel_log_cut",
                         std::to_string(old_left_out_) +
                             " more faults, too old to be judged, are not told (" + text_->name() +
                             ")");
        }
    }

    /// Empty if all that is to be judged is told.
    [[nodiscard]] std::string left_out() const {
        if (left_out_ == 0) return "";
        return "of more than " + std::to_string(kMostOwnFaults) + " different faults the " +
               std::to_string(left_out_) + " that were not seen for longest are left out";
    }

  private:
    using Key = std::tuple<std::string, std::string, std::string>;  // part, code, severity

    void add(const klog::Message& message) {
        std::optional<Told> told = told_by(message);
        const bool is_of_before = follows_heading_of_before(message.text);
        if (!told) return;
        if (is_of_before) *told = of_before(*told);
        const Key key{shortened(printable(told->part), 64), told->code, told->severity};
        if (!faults_.contains(key)) make_room();
        TimedFault& seen = faults_[key];
        seen.fault.seen(*text_, message.text, told->lead, time_of(message));
        seen.last_after_boot_s = message.after_boot_s;
    }

    /// What the firmware kept of the boot before follows this heading, without another line between
    /// (drivers/acpi/apei/bert.c). Lines of another part of the kernel end it.
    [[nodiscard]] bool follows_heading_of_before(std::string_view message) {
        const bool is_heading = message.starts_with("BERT: Error records from previous boot");
        const bool is_record = message.find("[Hardware Error]: ") != std::string_view::npos;
        is_of_before_ = is_heading || (is_of_before_ && is_record);
        return is_of_before_;
    }

    [[nodiscard]] std::optional<Told> told_by(const klog::Message& message) const {
        std::optional<XidWords> xid;
        try {
            xid = xid_words(*text_, message.text);
        } catch (const InputError& error) {
            if (!times_) throw;
            // One line of a machine's own log that nobody understands hides no other.
            return Told{"", "hwcheck_unreadable", "error", error.what()};
        }
        if (!xid) return told_by_rule(message.text);
        return xid->is_switch ? told_by_switch(*xid, message.text) : told_by_gpu(*xid, *table_);
    }

    /// For one more fault: of a machine's own log the one that was not seen for longest goes.
    void make_room() {
        const std::size_t most = times_ ? kMostOwnFaults : kMostLogFaults;
        if (faults_.size() < most) return;
        if (!times_) {
            text_->refuse(text_->line(), "is different fault " + std::to_string(most + 1) +
                                             "; expected the log of one machine, with at most " +
                                             std::to_string(most));
        }
        const auto last_seen = [](const auto& fault) {
            return fault.second.last_after_boot_s.value_or(0);
        };
        const auto oldest = std::ranges::min_element(faults_, {}, last_seen);
        const bool is_old = age_if_old(oldest->second.last_after_boot_s).has_value();
        ++(is_old ? old_left_out_ : left_out_);
        faults_.erase(oldest);
    }

    [[nodiscard]] std::string time_of(const klog::Message& message) const {
        constexpr double kMostUp_s = 1e9;  // of a machine that has been up for 30 years
        const bool is_known =
            times_ && times_->booted && message.after_boot_s && *message.after_boot_s < kMostUp_s;
        if (!is_known) return message.time;
        return klog::utc_text(*times_->booted + std::chrono::seconds{static_cast<std::int64_t>(
                                                    *message.after_boot_s)});
    }

    /// None where it is not old, or not known to be.
    [[nodiscard]] std::optional<double> age_if_old(std::optional<double> after_boot_s) const {
        if (!times_ || !times_->up_s || !times_->old_s || !after_boot_s) return {};
        const double age_s = *times_->up_s - *after_boot_s;
        return age_s > *times_->old_s ? std::optional{age_s} : std::nullopt;
    }

    [[nodiscard]] std::string words(const LogFault& fault, std::optional<double> age_s) const {
        return (age_s ? "Last " + age_words(*age_s) + " ago. " : "") +
               fault.words(times_ ? text_->name() : text_->place(fault.first_line()));
    }

    MailedText* text_;
    const XidTable* table_;
    std::optional<OwnLogTimes> times_;  ///< none: a mailed file
    std::uint64_t stamped_ = 0;
    std::uint64_t kernel_ = 0;
    bool is_of_before_ = false;  ///< the line above belongs to records of the boot before
    std::map<Key, TimedFault> faults_;
    std::uint64_t left_out_ = 0;  ///< faults that made room for later ones and would be judged
    std::uint64_t old_left_out_ = 0;
};

}  // namespace

void add_kernel_log(MailedText text, const XidTable& xids, Inventory& inventory) {
    KernelLog log{text, xids};
    log.read();
    MailedInventory writer{inventory};
    log.write_items(writer);
    log.write_events(writer);
}

std::string add_own_log(MailedText text, const XidTable& xids, const OwnLogTimes& times,
                        Inventory& inventory) {
    KernelLog log{text, xids, times};
    std::string problem;
    try {
        log.read();
        problem = log.left_out();
    } catch (const InputError& error) {
        problem = error.what();
    }
    MailedInventory writer{inventory};
    log.write_items(writer);
    log.write_events(writer);
    return problem;
}

}  // namespace rackproof
