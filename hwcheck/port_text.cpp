#include <algorithm>
#include <cstdint>
#include <optional>

#include "hwcheck/mailed_files.hpp"
#include "hwcheck/mailed_inventory.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kMostPorts = 4096;

/// A name as the kernel gives adapters: it becomes part of a column's name.
bool is_adapter_name(std::string_view name) {
    constexpr std::size_t kLongest = 64;
    return !name.empty() && name.size() <= kLongest && name.front() != '.' &&
           std::ranges::all_of(name, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '-' || c == '.';
           });
}

/// What ibstat and ibstatus say of a port. Empty: not said.
struct MailedPort {
    std::string adapter;
    std::string number;
    int line = 0;
    std::string state;           ///< "active"
    std::string physical_state;  ///< "linkup"
    std::string rate_bit_per_s;
    std::string link_layer;
    std::string guid;

    [[nodiscard]] std::string part() const { return adapter + "/" + number; }
};

/// "400" or "200 Gb/sec (4X HDR)", in bit/s.
std::string rate_bit_per_s(const MailedText& text, std::string_view said) {
    constexpr double kPerGiga = 1e9;
    constexpr double kMostGigabits = 100'000;
    const std::string_view digits = mailed::take_until(said, ' ');
    const std::optional<double> rate = mailed::decimal(digits);
    if (!rate || *rate < 0 || *rate > kMostGigabits) {
        text.refuse(text.line(), "has " + mailed::quoted(digits) +
                                     " for a rate; expected a number from 0 to 100000 (Gb/s)");
    }
    return mailed::plain(*rate * kPerGiga);
}

/// "4: ACTIVE" or "Active" as "active".
std::string port_state_word(std::string_view said) {
    const std::size_t colon = said.find(": ");
    return mailed::lower(colon == std::string_view::npos ? said : said.substr(colon + 2));
}

void check_whole(const MailedText& text, const MailedPort& port) {
    if (port.state.empty() || port.physical_state.empty() || port.rate_bit_per_s.empty() ||
        port.link_layer.empty()) {
        text.refuse(text.line(), "breaks off: port " + port.part() +
                                     " has no state, physical state, rate or link layer; "
                                     "expected " +
                                     std::string{kIbstatExpected});
    }
}

void add_port(const MailedText& text, const MailedPort& port, MailedInventory& writer) {
    check_whole(text, port);
    const std::string place = text.place(port.line);
    const std::string part = port.part();
    writer.known("port.state", part, port.state, place);
    writer.known("port.physical_state", part, port.physical_state, place);
    writer.known("port.rate_bit_per_s", part, port.rate_bit_per_s, place);
    writer.known("port.link_layer", part, port.link_layer, place);
    if (!port.guid.empty()) writer.known("port.guid", part, port.guid, place);
    const bool is_linked = port.physical_state == "linkup";
    if (is_linked && port.state == "active") return;
    writer.event(part, "error", is_linked ? "port_inactive" : "port_down",
                 "the port is '" + port.state + "', its physical state '" + port.physical_state +
                     "' (" + place + ")");
}

/// The lines of an output, each "LABEL: VALUE".
class PortReader {
  public:
    PortReader(MailedText& text, MailedInventory& writer) : text_{&text}, writer_{&writer} {}

    void read() {
        std::string_view line;
        while (text_->next(line)) {
            line = mailed::trimmed(line);
            if (line.empty()) continue;
            if (!heading(line) && !broken(line)) field(line);
        }
        finish_port();
        finish_adapter();
        writer_->known("hca.count", "", std::to_string(adapters_), text_->place(1));
        if (ports_ == 0 && !has_broken_) {
            text_->refuse(1, "has no port; expected " + std::string{kIbstatExpected});
        }
    }

  private:
    /// "CA 'mlx5_0'", "Port 1:", "Infiniband device 'mlx5_0' port 1 status:"
    bool heading(std::string_view line) {
        constexpr std::string_view kDevice = "Infiniband device '";
        if (line.size() > 5 && line.starts_with("CA '") && line.ends_with('\'')) {
            finish_port();
            finish_adapter();
            line.remove_prefix(4);
            line.remove_suffix(1);
            if (!is_adapter_name(line)) refuse(line);
            adapter_ = std::string{line};
            ++adapters_;
            return true;
        }
        if (line.starts_with("Port ") && line.ends_with(':') && line.size() > 6) {
            line.remove_suffix(1);
            begin_port(line.substr(5));
            return true;
        }
        if (line.starts_with(kDevice) && line.ends_with(" status:")) {
            finish_port();
            line.remove_prefix(kDevice.size());
            const std::string adapter{mailed::take_until(line, '\'')};
            if (!is_adapter_name(adapter)) refuse(line);
            if (adapter != adapter_) ++adapters_;
            adapter_ = adapter;
            if (!line.starts_with(" port ") || !line.ends_with(" status:")) refuse(line);
            line.remove_suffix(std::string_view{" status:"}.size());
            line = mailed::trimmed(line);
            if (!line.starts_with("port ")) refuse(line);
            begin_port(line.substr(5));
            return true;
        }
        return false;
    }

    void begin_port(std::string_view number) {
        finish_port();
        constexpr std::size_t kMostDigits = 5;
        if (adapter_.empty() || !mailed::whole(number) || number.size() > kMostDigits) {
            refuse(number);
        }
        if (++ports_ > kMostPorts) {
            text_->refuse(text_->line(), "is the 4097th port; expected the ports of one machine");
        }
        ++ports_of_adapter_;
        port_ = MailedPort{adapter_, std::string{number}, text_->line(), "", "", "", "", ""};
    }

    /// ibstat gives up at an adapter that it cannot read: "ibpanic: [1400444] main: stat of IB
    /// device 'mlx5_8' failed: No such file or directory".
    bool broken(std::string_view line) {
        if (!line.starts_with("ibpanic:")) return false;
        has_broken_ = true;
        std::string_view rest = line;
        (void)mailed::take_until(rest, '\'');
        const std::string adapter{mailed::take_until(rest, '\'')};
        if (!is_adapter_name(adapter)) refuse(line);
        writer_->unknown("port.state", adapter, std::string{line}, text_->place(text_->line()));
        writer_->event(adapter, "error", "hca_unreadable",
                       std::string{line} + " (" + text_->place(text_->line()) + ")");
        return true;
    }

    void field(std::string_view line) {
        std::string_view rest = line;
        const std::string label = mailed::lower(mailed::take_until(rest, ':'));
        const std::string_view value = mailed::trimmed(rest);
        if (adapter_.empty() || label.size() == line.size()) refuse(line);
        if (!port_) {
            adapter_field(label, value);
            return;
        }
        if (label == "state") port_->state = port_state_word(value);
        if (label == "physical state" || label == "phys state") {
            port_->physical_state = port_state_word(value);
        }
        if (label == "rate") port_->rate_bit_per_s = rate_bit_per_s(*text_, value);
        if (label == "link layer" || label == "link_layer") port_->link_layer = value;
        if (label == "port guid") port_->guid = value;
    }

    void adapter_field(const std::string& label, std::string_view value) {
        const std::string place = text_->place(text_->line());
        if (label == "firmware version") {
            writer_->known("hca.firmware", adapter_, std::string{value}, place);
        } else if (label == "ca type") {
            writer_->known("hca.type", adapter_, std::string{value}, place);
        } else if (label == "node guid") {
            writer_->known("hca.guid", adapter_, std::string{value}, place);
        } else if (label == "number of ports") {
            ports_said_ = mailed::whole(value);
            if (!ports_said_) refuse(value);
        }
    }

    void finish_port() {
        if (port_) add_port(*text_, *port_, *writer_);
        port_.reset();
    }

    void finish_adapter() {
        if (ports_said_.value_or(ports_of_adapter_) != ports_of_adapter_) {
            text_->refuse(text_->line(), "breaks off: " + mailed::quoted(adapter_) + " has " +
                                             std::to_string(*ports_said_) + " ports, and " +
                                             std::to_string(ports_of_adapter_) +
                                             " are described; expected " +
                                             std::string{kIbstatExpected});
        }
        ports_said_.reset();
        ports_of_adapter_ = 0;
    }

    [[noreturn]] void refuse(std::string_view line) const {
        text_->refuse(text_->line(),
                      "has " + mailed::quoted(line) + "; expected " + std::string{kIbstatExpected});
    }

    MailedText* text_;
    MailedInventory* writer_;
    std::string adapter_;
    std::optional<MailedPort> port_;
    std::optional<std::uint64_t> ports_said_;
    std::uint64_t ports_of_adapter_ = 0;
    std::size_t ports_ = 0;
    std::size_t adapters_ = 0;
    bool has_broken_ = false;
};

}  // namespace

void add_ibstat(MailedText text, Inventory& inventory) {
    MailedInventory writer{inventory};
    PortReader{text, writer}.read();
}

}  // namespace rackproof
