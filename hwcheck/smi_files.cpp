#include "hwcheck/mailed_files.hpp"
#include "hwcheck/smi_log.hpp"

namespace rackproof {
namespace {

enum class SmiOutput { Xml, Text, Query, Nvlinks, Table, None };

/// By the first lines that say what it is.
SmiOutput smi_output(MailedText& text) {
    std::string_view line;
    SmiOutput output = SmiOutput::None;
    while (output == SmiOutput::None && text.next(line)) {
        line = mailed::trimmed(line);
        if (line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
        if (line.starts_with('<')) {
            output = SmiOutput::Xml;
        } else if (line.find("NVSMI LOG") != std::string_view::npos) {
            output = SmiOutput::Text;
        } else if (line.starts_with("GPU ") && line.find("(UUID: ") != std::string_view::npos) {
            output = SmiOutput::Nvlinks;
        } else if (line.starts_with("| NVIDIA-SMI ")) {
            output = SmiOutput::Table;
        } else if (smi::is_query_heading(line)) {
            output = SmiOutput::Query;
        } else if (text.line() > 8) {
            break;
        }
    }
    text.rewind();
    return output;
}

}  // namespace

void add_nvidia_smi(MailedText text, Inventory& inventory) {
    MailedInventory writer{inventory};
    switch (smi_output(text)) {
        case SmiOutput::Xml: smi::add_log(text, smi::parse_xml(text), writer); break;
        case SmiOutput::Text: {
            const smi::Log log = smi::parse_text(text);
            smi::add_log(text, log, writer);
            break;
        }
        case SmiOutput::Query: {
            const smi::Log log = smi::parse_query(text);
            smi::add_log(text, log, writer);
            break;
        }
        case SmiOutput::Nvlinks: smi::add_nvlinks(text, writer); break;
        case SmiOutput::Table: smi::add_table(text, writer); break;
        case SmiOutput::None:
            text.refuse(1,
                        "is no output of nvidia-smi; expected " + std::string{kNvidiaSmiExpected});
    }
}

}  // namespace rackproof
