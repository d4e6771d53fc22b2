#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "hwcheck/log_fault.hpp"
#include "hwcheck/mailed_files.hpp"
#include "hwcheck/mailed_inventory.hpp"

namespace rackproof {
namespace {

/// "[Jul 23 2024 07:53:55] [ERROR] [tid 841] detected NVSwitch fatal error 20034 on fid 0 on ..."
struct Message {
    std::string_view time;
    std::string_view level;
    std::string_view text;
};

/// What stands in the brackets that `rest` begins with, which is taken away; none if it does not.
std::optional<std::string_view> bracketed(std::string_view& rest) {
    if (!rest.starts_with('[') || rest.find(']') == std::string_view::npos) return {};
    rest.remove_prefix(1);
    const std::string_view inside = mailed::take_until(rest, ']');
    rest = mailed::trimmed(rest);
    return inside;
}

/// None of a line that goes on with the message above.
std::optional<Message> message_of(std::string_view line) {
    const auto time = bracketed(line);
    const auto level = time ? bracketed(line) : std::nullopt;
    const auto thread = level ? bracketed(line) : std::nullopt;
    if (!thread || !thread->starts_with("tid ")) return {};
    for (const char* const known : {"INFO", "WARNING", "ERROR", "CRITICAL"}) {
        if (*level == known) return Message{*time, *level, line};
    }
    return {};
}

/// The word behind `label`; empty if there is none.
std::string_view word_behind(std::string_view text, std::string_view label) {
    const std::size_t at = text.find(label);
    if (at == std::string_view::npos) return {};
    text.remove_prefix(at + label.size());
    return mailed::take_until(text, ' ');
}

/// Messages that differ in their numbers alone are of one kind.
std::string kind_of(std::string_view text) {
    std::string kind;
    for (const char c : text) {
        const bool is_digit = c >= '0' && c <= '9';
        if (!is_digit) kind += c;
        if (is_digit && !kind.ends_with('#')) kind += '#';
    }
    return kind;
}

class FabricManagerLog {
  public:
    explicit FabricManagerLog(MailedText& text) : text_{&text} {}

    void read() {
        std::string_view line;
        while (text_->next(line)) {
            const std::optional<Message> message = message_of(line);
            if (!message) continue;
            ++messages_;
            add(*message);
        }
        if (messages_ == 0) {
            text_->refuse(1, "has no line of the fabric manager; expected " +
                                 std::string{kFabricManagerExpected});
        }
    }

    void write(MailedInventory& writer) const {
        writer.known("fabric_manager.log_lines", "", std::to_string(messages_), text_->name());
        if (version_.empty()) {
            writer.unknown("fabric_manager.version", "", "it does not say so here", text_->name());
        } else {
            writer.known("fabric_manager.version", "", version_, text_->place(version_line_));
        }
        for (const auto& [key, fault] : faults_) {
            const auto& [part, code, severity, kind] = key;
            writer.event(part.empty() ? part : writer.gpu_at(part), severity, code,
                         fault.words(text_->place(fault.first_line())));
        }
    }

  private:
    /// Part, code, severity, kind of the message ("" where the code says it).
    using Key = std::tuple<std::string, std::string, std::string, std::string>;

    void add(const Message& message) {
        if (const auto version = word_behind(message.text, "Fabric Manager version ");
            !version.empty()) {
            version_ = std::string{version};
            version_line_ = text_->line();
        }
        if (message.level == "INFO") return;
        const std::string severity = message.level == "WARNING" ? "warning" : "error";
        Key key{"", "fabric_manager_error", severity, kind_of(message.text)};
        std::string lead = "The fabric manager tells of " +
                           std::string{severity == "error" ? "an error" : "a trouble"};
        if (const std::optional<Key> of_switch = switch_error(message.text)) {
            key = *of_switch;
            lead = "NVSwitch error (SXid) " + std::get<1>(key).substr(5);
        }
        if (!faults_.contains(key) && faults_.size() == kMostLogFaults) {
            text_->refuse(text_->line(), "is different fault " +
                                             std::to_string(kMostLogFaults + 1) +
                                             "; expected the log of one machine, with at most " +
                                             std::to_string(kMostLogFaults));
        }
        faults_[key].seen(*text_, message.text, lead,
                          std::string{message.time} + " (the node's own time)");
    }

    /// "detected NVSwitch non-fatal error 12028 on fid 0 on NVSwitch pci bus id 00000000:83:00.0
    /// physical id 0 port 34"
    static std::optional<Key> switch_error(std::string_view text) {
        for (const auto& [label, severity] :
             {std::pair{"detected NVSwitch fatal error ", "error"},
              std::pair{"detected NVSwitch non-fatal error ", "warning"}}) {
            const auto number = mailed::whole(word_behind(text, label));
            const auto slot = mailed::pci_slot(word_behind(text, "pci bus id "));
            if (number && slot) return Key{*slot, "sxid." + std::to_string(*number), severity, ""};
        }
        return {};
    }

    MailedText* text_;
    std::uint64_t messages_ = 0;
    std::string version_;
    int version_line_ = 0;
    std::map<Key, LogFault> faults_;
};

}  // namespace

void add_fabric_manager_log(MailedText text, Inventory& inventory) {
    FabricManagerLog log{text};
    log.read();
    MailedInventory writer{inventory};
    log.write(writer);
}

}  // namespace rackproof
