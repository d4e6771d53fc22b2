#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "core/number_text.hpp"
#include "hwcheck/mailed_files.hpp"
#include "hwcheck/mailed_inventory.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kMostFunctions = 65'536;
constexpr int kMostBridges = 64;  ///< deeper trees are loops of a forged file

/// Speed in transfers a second (GT/s) and lanes.
struct PcieRate {
    double speed_gt = 0;
    std::uint64_t width = 0;
};

struct PciFunction {
    std::string address;  ///< "0000:19:00.0"
    std::string what;     ///< "3D controller: NVIDIA Corporation Device 2330"
    int line = 0;
    std::string domain;
    std::string bus;
    std::string secondary_bus;  ///< of a bridge
    std::optional<PcieRate> can;
    std::optional<PcieRate> is;
    bool is_upstream_port = false;  ///< of a switch: its link is the one above it
    std::string hidden;             ///< why there is no link, if lspci was not root
};

/// Of which the links are told: class names as lspci writes them.
const char* kind_of(const std::string& what) {
    constexpr std::array<std::pair<const char*, const char*>, 9> kClasses{{
        {"3D controller: NVIDIA", "gpu"},
        {"VGA compatible controller: NVIDIA", "gpu"},
        {"3D controller [0302]: NVIDIA", "gpu"},
        {"VGA compatible controller [0300]: NVIDIA", "gpu"},
        {"Processing accelerators", "gpu"},
        {"Ethernet controller", "nic"},
        {"Infiniband controller", "nic"},
        {"Network controller", "nic"},
        {"Non-Volatile memory controller", "nvme"},
    }};
    for (const auto& [name, kind] : kClasses) {
        if (what.starts_with(name)) return kind;
    }
    return nullptr;
}

/// What stands behind `label` up to a comma, a space or the end.
std::string_view word_behind(std::string_view line, std::string_view label) {
    const std::size_t at = line.find(label);
    if (at == std::string_view::npos) return {};
    const std::string_view rest = line.substr(at + label.size());
    return rest.substr(0, rest.find_first_of(", "));
}

/// "Port #0, Speed 32GT/s, Width x16, ASPM ..."; none for "Speed unknown, Width x0".
std::optional<PcieRate> rate_in(const MailedText& text, std::string_view line) {
    constexpr double kMostSpeed_gt = 256;
    constexpr std::uint64_t kMostWidth = 32;
    std::string_view speed = word_behind(line, "Speed ");
    const std::string_view width = word_behind(line, "Width x");
    if (speed == "unknown" || width == "0" || width == "63") return {};
    const bool has_unit = speed.ends_with("GT/s");
    if (has_unit) speed.remove_suffix(4);
    const std::optional<double> speed_gt = mailed::decimal(speed);
    const std::optional<std::uint64_t> lanes = mailed::whole(width);
    if (!has_unit || !speed_gt || *speed_gt <= 0 || *speed_gt > kMostSpeed_gt || !lanes ||
        *lanes > kMostWidth) {
        text.refuse(text.line(), "has " + mailed::quoted(mailed::trimmed(line)) +
                                     "; expected 'Speed 32GT/s, Width x16' with at most 256 GT/s "
                                     "and 32 lanes");
    }
    return PcieRate{*speed_gt, *lanes};
}

class LspciReader {
  public:
    explicit LspciReader(MailedText& text) : text_{&text} {}

    std::vector<PciFunction> read() {
        std::string_view line;
        while (text_->next(line)) {
            if (line.empty()) continue;
            if (line.front() == ' ' || line.front() == '\t') {
                if (functions_.empty()) refuse(line);
                detail(mailed::trimmed(line), functions_.back());
            } else {
                begin(line);
            }
        }
        return std::move(functions_);
    }

  private:
    void begin(std::string_view line) {
        std::string_view rest = line;
        const std::string_view said = mailed::take_until(rest, ' ');
        const std::optional<std::string> address = mailed::pci_function(said);
        if (!address || rest.empty()) refuse(line);
        if (functions_.size() == kMostFunctions) {
            text_->refuse(text_->line(), "is the 65537th function; expected those of one machine");
        }
        PciFunction function;
        function.address = *address;
        function.what = std::string{mailed::trimmed(rest)};
        function.line = text_->line();
        function.domain = address->substr(0, address->find(':'));
        function.bus = address->substr(function.domain.size() + 1, 2);
        functions_.push_back(std::move(function));
    }

    void detail(std::string_view line, PciFunction& function) {
        if (line.starts_with("LnkCap:")) function.can = rate_in(*text_, line);
        if (line.starts_with("LnkSta:")) function.is = rate_in(*text_, line);
        if (line.starts_with("Bus: ")) {
            function.secondary_bus = mailed::lower(word_behind(line, "secondary="));
        }
        if (line.find(" Upstream Port") != std::string_view::npos) function.is_upstream_port = true;
        if (line.find("<access denied>") != std::string_view::npos) {
            function.hidden = "needs root: lspci said <access denied>";
        }
    }

    [[noreturn]] void refuse(std::string_view line) const {
        text_->refuse(text_->line(), "has " + mailed::quoted(line) + "; expected " +
                                         std::string{kLspciExpected} +
                                         ": 'BUS:DEVICE.FUNCTION "
                                         "CLASS: NAME' and indented lines under it");
    }

    MailedText* text_;
    std::vector<PciFunction> functions_;
};

/// "32.0 GT/s PCIe", as the kernel has it.
std::string speed_words(double speed_gt) {
    std::string number = number_text(speed_gt);
    if (number.find('.') == std::string::npos) number += ".0";
    return number + " GT/s PCIe";
}

std::string link_words(const PcieRate& rate) {
    return "width " + std::to_string(rate.width) + " at " + number_text(rate.speed_gt) + " GT/s";
}

/// A link has two ends and runs at what both can: a fast port over a slow card is no fault.
PcieRate both_can(const PciFunction& lower_end, const PciFunction* port) {
    PcieRate can = *lower_end.can;
    if (port != nullptr && port->can) {
        can.speed_gt = std::min(can.speed_gt, port->can->speed_gt);
        can.width = std::min(can.width, port->can->width);
    }
    return can;
}

class LinkTeller {
  public:
    LinkTeller(const MailedText& text, const std::vector<PciFunction>& functions,
               MailedInventory& writer)
        : text_{&text}, writer_{&writer} {
        for (const PciFunction& function : functions) {
            if (function.secondary_bus.empty()) continue;
            above_.try_emplace({function.domain, function.secondary_bus}, &function);
        }
    }

    void tell(const PciFunction& function, const char* kind) {
        const std::string place = text_->place(function.line);
        const std::string& address = function.address;
        const char* const speed = is_gpu(kind) ? "pcie.speed_now" : "pcie.speed";
        writer_->known("pcie.kind", address, kind, place);
        if (!function.can || !function.is) {
            const std::string why = function.hidden.empty()
                                        ? "lspci shows no PCIe link (it takes -vv)"
                                        : function.hidden;
            for (const char* const key :
                 {"pcie.width", "pcie.width_max", speed, "pcie.speed_max"}) {
                writer_->unknown(key, address, why, place);
            }
            return;
        }
        writer_->known("pcie.width", address, std::to_string(function.is->width), place);
        writer_->known("pcie.width_max", address, std::to_string(function.can->width), place);
        writer_->known(speed, address, speed_words(function.is->speed_gt), place);
        writer_->known("pcie.speed_max", address, speed_words(function.can->speed_gt), place);
        const PciFunction* at = &function;
        for (int bridges = 0; at != nullptr && bridges < kMostBridges; ++bridges) {
            // A root port's or downstream port's link is that of the function below, told already.
            if (at == &function) tell_link(*at, kind);
            if (at->is_upstream_port) tell_link(*at, "bridge");
            at = port_of(*at);
        }
    }

  private:
    [[nodiscard]] const PciFunction* port_of(const PciFunction& function) const {
        const auto found = above_.find({function.domain, function.bus});
        return found == above_.end() ? nullptr : found->second;
    }

    static bool is_gpu(std::string_view kind) { return kind == "gpu"; }

    /// The link between a function and the port above it. A bridge stands above many: once is
    /// enough.
    void tell_link(const PciFunction& function, const char* kind) {
        if (!function.can || !function.is || !told_.insert(function.address).second) return;
        const PcieRate can = both_can(function, port_of(function));
        const bool is_narrow = function.is->width < can.width;
        const bool is_slow = function.is->speed_gt < can.speed_gt;
        if (!is_narrow && !is_slow) return;
        // An idle GPU lets its link's speed go down to save power.
        const bool may_be_idle = is_gpu(kind) && !is_narrow;
        writer_->event(function.address, may_be_idle ? "warning" : "error", "pcie_degraded",
                       "the PCIe link of " + std::string{kind} + " " + function.address + " (" +
                           function.what.substr(0, 100) + ") has " + link_words(*function.is) +
                           "; both ends can do " + link_words(can) + " (" +
                           text_->place(function.line) + ")");
    }

    const MailedText* text_;
    MailedInventory* writer_;
    std::map<std::pair<std::string, std::string>, const PciFunction*> above_;
    std::set<std::string> told_;
};

}  // namespace

void add_lspci(MailedText text, Inventory& inventory) {
    const std::vector<PciFunction> functions = LspciReader{text}.read();
    if (functions.empty()) {
        text.refuse(1, "has no PCI function; expected " + std::string{kLspciExpected});
    }
    MailedInventory writer{inventory};
    LinkTeller teller{text, functions, writer};
    std::map<std::string, std::size_t> counts{{"gpu", 0}, {"nic", 0}, {"nvme", 0}};
    for (const PciFunction& function : functions) {
        const char* const kind = kind_of(function.what);
        if (kind == nullptr) continue;
        teller.tell(function, kind);
        ++counts[kind];
    }
    for (const auto& [kind, count] : counts) {
        writer.known("pcie.devices", kind, std::to_string(count), text.place(1));
    }
}

}  // namespace rackproof
