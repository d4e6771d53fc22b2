#include <cstdint>
#include <optional>

#include "hwcheck/smi_log.hpp"

namespace rackproof::smi {
namespace {

constexpr std::uint64_t kMostNvlinks = 64;

struct LinkCount {
    std::string gpu;
    int line = 0;
    std::uint64_t links = 0;
    std::string inactive;  ///< "3, 5"
    std::uint64_t inactive_count = 0;
};

/// "GPU 3: Tesla V100-SXM2-32GB (UUID: GPU-50b1bd2e-...)"
bool read_nvlink_gpu(const MailedText& text, std::string_view line, MailedInventory& writer,
                     LinkCount& count) {
    if (!line.starts_with("GPU ")) return false;
    line.remove_prefix(4);
    const std::string_view index = mailed::take_until(line, ':');
    const std::size_t uuid = line.find(" (UUID: ");
    const std::optional<std::uint64_t> number = mailed::whole(index);
    if (!number || *number >= kMostGpus || uuid == std::string_view::npos || !line.ends_with(')')) {
        text.refuse(text.line(), "is no GPU; expected 'GPU INDEX: NAME (UUID: ...)'");
    }
    count = {std::to_string(*number), text.line(), 0, "", 0};
    writer.known("gpu.model", count.gpu, std::string{mailed::trimmed(line.substr(0, uuid))},
                 text.place(text.line()));
    constexpr std::size_t kLabel = 8;
    const std::string_view rest = line.substr(uuid + kLabel);
    writer.known("gpu.uuid", count.gpu, std::string{rest.substr(0, rest.size() - 1)},
                 text.place(text.line()));
    return true;
}

/// "Link 3: <inactive>", "Link 3: 25.781 GB/s"
void read_link(const MailedText& text, std::string_view line, LinkCount& count) {
    std::string_view state = line;
    std::string_view label = mailed::trimmed(mailed::take_until(state, ':'));
    state = mailed::trimmed(state);
    const bool is_link = label.starts_with("Link ");
    if (is_link) label.remove_prefix(5);
    const bool is_inactive = state == "<inactive>" || mailed::lower(state) == "inactive";
    bool is_rate = state.ends_with(" GB/s");
    if (is_rate) is_rate = mailed::decimal(state.substr(0, state.size() - 5)).has_value();
    if (!is_link || mailed::whole(label) != count.links || (!is_inactive && !is_rate) ||
        count.links >= kMostNvlinks) {
        text.refuse(text.line(), "has " + mailed::quoted(line) + "; expected 'Link " +
                                     std::to_string(count.links) +
                                     ": 25.781 GB/s' or '... <inactive>'");
    }
    ++count.links;
    if (!is_inactive) return;
    ++count.inactive_count;
    count.inactive += (count.inactive.empty() ? "" : ", ") + std::string{label};
}

void add_links(const MailedText& text, const LinkCount& count, MailedInventory& writer) {
    if (count.links == 0) {
        text.refuse(count.line, "has no NVLink under GPU " + count.gpu +
                                    "; expected the whole output of 'nvidia-smi nvlink --status'");
    }
    writer.known(
        "gpu.nvlinks_active", count.gpu,
        std::to_string(count.links - count.inactive_count) + " of " + std::to_string(count.links),
        text.place(count.line));
    if (count.inactive_count == 0) return;
    // A GPU none of whose links is active may stand alone on purpose.
    const bool is_alone = count.inactive_count == count.links;
    writer.event(count.gpu, is_alone ? "warning" : "error", "gpu_nvlink_inactive",
                 std::string{count.inactive_count == 1 ? "NVLink " : "NVLinks "} + count.inactive +
                     (count.inactive_count == 1 ? " is" : " are") + " inactive (" +
                     text.place(count.line) + ")");
}

}  // namespace

void add_nvlinks(MailedText& text, MailedInventory& writer) {
    std::string_view line;
    std::optional<LinkCount> count;
    LinkCount next;
    std::size_t gpus = 0;
    while (text.next(line)) {
        line = mailed::trimmed(line);
        if (line.empty()) continue;
        if (read_nvlink_gpu(text, line, writer, next)) {
            if (count) add_links(text, *count, writer);
            count = next;
            if (++gpus > kMostGpus) {
                text.refuse(text.line(), "is the 1025th GPU; expected the output of one machine");
            }
            continue;
        }
        if (!count) text.refuse(text.line(), "stands before any GPU; expected 'GPU INDEX: ...'");
        read_link(text, line, *count);
    }
    if (count) add_links(text, *count, writer);
}

}  // namespace rackproof::smi
