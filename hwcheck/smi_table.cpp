#include <cstdint>
#include <optional>
#include <vector>

#include "hwcheck/smi_log.hpp"

namespace rackproof::smi {
namespace {

constexpr std::string_view kCorrupted = "infoROM is corrupted at gpu ";
constexpr std::string_view kNoHandle = "Unable to determine the device handle for ";
constexpr std::string_view kLostGpu = "GPU is lost";

/// What stands between the bars of "| a | b |".
std::vector<std::string_view> cells(std::string_view line) {
    std::vector<std::string_view> found;
    (void)mailed::take_until(line, '|');
    while (!line.empty()) found.push_back(mailed::trimmed(mailed::take_until(line, '|')));
    return found;
}

std::vector<std::string_view> cell_words(std::string_view text) {
    std::vector<std::string_view> found;
    while (!text.empty()) {
        const std::string_view word = mailed::take_until(text, ' ');
        if (!word.empty()) found.push_back(word);
    }
    return found;
}

/// "|   0  Tesla V100-SXM2...  Off  | 00000001:00:00.0 Off |                    0 |"
struct TableGpu {
    std::string index;
    std::string pci;
    std::string persistence;
    std::string ecc_errors;
};

std::optional<TableGpu> table_gpu(std::string_view line) {
    const std::vector<std::string_view> row = cells(line);
    if (row.size() < 3) return {};
    const std::vector<std::string_view> left = cell_words(row[0]);
    const std::vector<std::string_view> middle = cell_words(row[1]);
    if (left.size() < 3 || middle.size() != 2) return {};
    const std::optional<std::uint64_t> index = mailed::whole(left.front());
    if (!index || *index >= kMostGpus) return {};
    if (!mailed::pci_function(middle[0])) return {};
    return TableGpu{std::to_string(*index), std::string{middle[0]}, std::string{left.back()},
                    std::string{row[2]}};
}

void add_table_gpu(const MailedText& text, const TableGpu& gpu, MailedInventory& writer) {
    const std::string place = text.place(text.line());
    writer.known("gpu.pci", gpu.index, gpu.pci, place);
    if (gpu.persistence == "On" || gpu.persistence == "Off") {
        writer.known("gpu.persistence_mode", gpu.index, mailed::lower(gpu.persistence), place);
    } else {
        writer.unknown("gpu.persistence_mode", gpu.index, "said " + gpu.persistence, place);
    }
    if (mailed::whole(gpu.ecc_errors)) {
        writer.known("gpu.ecc.volatile.uncorrected", gpu.index, gpu.ecc_errors, place);
    } else {
        writer.unknown("gpu.ecc.volatile.uncorrected", gpu.index, "said " + gpu.ecc_errors, place);
    }
}

/// "| NVIDIA-SMI 460.32.03    Driver Version: 460.32.03    CUDA Version: 11.2     |"
void add_heading(const MailedText& text, std::string_view line, MailedInventory& writer) {
    for (const auto& [label, key] :
         {std::pair{"Driver Version: ", "gpu.driver"}, std::pair{"CUDA Version: ", "gpu.cuda"}}) {
        const std::size_t at = line.find(label);
        if (at == std::string_view::npos) {
            writer.unknown(key, "", "not in this output of nvidia-smi", text.place(text.line()));
            continue;
        }
        std::string_view rest = line.substr(at + std::string_view{label}.size());
        writer.known(key, "", std::string{mailed::take_until(rest, ' ')}, text.place(text.line()));
    }
}

}  // namespace

bool is_remark(std::string_view line) {
    const std::string_view content = mailed::trimmed(line);
    return content.find(kCorrupted) != std::string_view::npos || content.starts_with(kNoHandle);
}

void add_remark(const MailedText& text, const Node& remark, MailedInventory& writer) {
    const std::string said = remark.value + " (" + text.place(remark.line) + ")";
    if (const std::size_t at = remark.value.find(kCorrupted); at != std::string::npos) {
        const std::string pci = remark.value.substr(at + kCorrupted.size());
        writer.event(writer.gpu_at(pci), "error", "gpu_inforom_corrupt", said);
        return;
    }
    // "Unable to determine the device handle for GPU0: 0000:19:00.0: GPU is lost.  Reboot ..."
    std::string part;
    for (const std::string_view word : cell_words(remark.value)) {
        std::string_view address = word;
        if (address.ends_with(':')) address.remove_suffix(1);
        if (address.starts_with("GPU")) address.remove_prefix(3);
        if (mailed::pci_slot(address)) part = writer.gpu_at(std::string{address});
    }
    const bool lost = remark.value.find(kLostGpu) != std::string::npos;
    writer.event(part, "error", lost ? "gpu_lost" : "nvml_failed", said);
}

void add_table(MailedText& text, MailedInventory& writer) {
    std::vector<Node> remarks;
    std::vector<std::pair<std::string, int>> gpus;
    std::string_view line;
    bool is_closed = false;
    while (text.next(line)) {
        if (line.find("NVIDIA-SMI") != std::string_view::npos) add_heading(text, line, writer);
        if (is_remark(line)) {
            remarks.push_back({"remark", std::string{mailed::trimmed(line)}, text.line(), {}});
            continue;
        }
        if (line.empty()) continue;
        is_closed = line.starts_with('+');
        if (const auto gpu = table_gpu(line)) {
            if (gpus.size() == kMostGpus) {
                text.refuse(text.line(), "is the 1025th GPU; expected the output of one machine");
            }
            add_table_gpu(text, *gpu, writer);
            gpus.emplace_back(gpu->index, text.line());
        }
        if (line.find("ERR!") != std::string_view::npos && !gpus.empty()) {
            writer.event(
                gpus.back().first, "error", "nvml_failed",
                "nvidia-smi could not read all of it: ERR! (" + text.place(text.line()) + ")");
        }
    }
    if (!is_closed || gpus.empty()) {
        text.refuse(text.line(),
                    "breaks off; expected the whole table of 'nvidia-smi', with a "
                    "GPU in it");
    }
    for (const auto& [gpu, at] : gpus) add_gpu_events(gpu, text.place(at), writer);
    for (const Node& remark : remarks) add_remark(text, remark, writer);
}

}  // namespace rackproof::smi
