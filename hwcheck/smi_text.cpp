#include <algorithm>
#include <optional>

#include "hwcheck/smi_log.hpp"

namespace rackproof::smi {
namespace {

constexpr std::string_view kWantedField = "expected 'NAME : VALUE' as 'nvidia-smi -q' writes it";

struct Line {
    std::size_t indent = 0;
    Node node;
};

std::string field_name(std::string_view label) {
    std::string name = mailed::lower(mailed::trimmed(label));
    std::ranges::replace(name, ' ', '_');
    return name;
}

/// "Product Name      : NVIDIA A10", "MIG Mode" (a heading), "GPU 00000000:19:00.0".
Line parsed(std::string_view line, int number) {
    Line parsed_line;
    parsed_line.indent = std::min(line.find_first_not_of(' '), line.size());
    const std::string_view content = line.substr(parsed_line.indent);
    parsed_line.node.line = number;
    if (parsed_line.indent == 0 && content.starts_with("GPU ")) {
        parsed_line.node.name = "gpu";
        parsed_line.node.value = std::string{mailed::trimmed(content.substr(4))};
        return parsed_line;
    }
    const std::size_t colon = content.find(" : ");
    const bool is_empty_value = colon == std::string_view::npos && content.ends_with(" :");
    const std::size_t end = is_empty_value ? content.size() - 2 : colon;
    parsed_line.node.name = field_name(content.substr(0, end));
    if (colon != std::string_view::npos) {
        parsed_line.node.value = std::string{mailed::trimmed(content.substr(colon + 3))};
    }
    return parsed_line;
}

/// Reads fields; a field that stands further in than the one above belongs to it.
class Fields {
  public:
    Fields(MailedText& text, Log& log) : text_{&text}, log_{&log} { advance(); }

    void read_into(Node& parent, std::size_t indent, std::size_t depth) {
        while (line_ && line_->indent >= indent) {
            if (line_->indent > indent) {
                if (depth >= kMostDepth) {
                    text_->refuse(text_->line(),
                                  "is nested deeper than 32 fields; " + std::string{kWantedField});
                }
                if (parent.children.empty()) {
                    text_->refuse(text_->line(), "stands further in than its heading; " +
                                                     std::string{kWantedField});
                }
                read_into(parent.children.back(), line_->indent, depth + 1);
                continue;
            }
            parent.children.push_back(std::move(line_->node));
            advance();
        }
    }

  private:
    void advance() {
        line_.reset();
        std::string_view line;
        while (text_->next(line)) {
            log_->last_line = text_->line();
            if (mailed::trimmed(line).empty() || line.find("NVSMI LOG") != std::string_view::npos) {
                continue;
            }
            if (is_remark(line)) {
                log_->remarks.push_back(
                    {"remark", std::string{mailed::trimmed(line)}, text_->line(), {}});
                continue;
            }
            line_ = parsed(line, text_->line());
            return;
        }
    }

    MailedText* text_;
    Log* log_;
    std::optional<Line> line_;
};

void check_outermost(const MailedText& text, const Log& log) {
    constexpr std::string_view kKnown[] = {"timestamp", "driver_version", "cuda_version",
                                           "attached_gpus", "gpu"};
    for (const Node& node : log.root.children) {
        if (std::ranges::find(kKnown, node.name) == std::end(kKnown)) {
            text.refuse(node.line,
                        "is no line of 'nvidia-smi -q'; expected driver and CUDA "
                        "version, the number of GPUs, or 'GPU ADDRESS'");
        }
        // Every version ends a GPU with its processes: one that has none was broken off.
        if (node.name == "gpu" && node.find("processes") == nullptr) {
            const bool is_last = &node == &log.root.children.back();
            text.refuse(is_last ? log.last_line : node.line,
                        "breaks off: GPU " + mailed::quoted(node.value) +
                            " has no 'Processes'; expected the whole output of 'nvidia-smi -q'");
        }
    }
}

}  // namespace

const Node* Node::find(std::string_view path) const {
    const Node* at = this;
    while (!path.empty()) {
        const std::string_view step = mailed::take_until(path, '/');
        const auto child = std::ranges::find(at->children, step, &Node::name);
        if (child == at->children.end()) return nullptr;
        at = &*child;
    }
    return at;
}

Log parse_text(MailedText& text) {
    Log log;
    Fields fields{text, log};
    fields.read_into(log.root, 0, 0);
    check_outermost(text, log);
    return log;
}

}  // namespace rackproof::smi
