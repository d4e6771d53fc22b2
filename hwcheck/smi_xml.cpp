#include <algorithm>
#include <cstddef>
#include <cstring>
#include <pugixml.hpp>

#include "core/utf8.hpp"
#include "hwcheck/smi_log.hpp"

namespace rackproof::smi {
namespace {

constexpr std::string_view kWanted = "expected the XML that 'nvidia-smi -q -x' writes";

int line_of(const MailedText& text, const pugi::xml_node& node) {
    const std::ptrdiff_t offset = node.offset_debug();
    return offset < 0 ? 1 : text.line_at(static_cast<std::size_t>(offset));
}

/// Lines are counted once from front to back: nodes come in the document's order.
class Lines {
  public:
    explicit Lines(const MailedText& text) : text_{&text} {}
    int of(const pugi::xml_node& node) {
        const std::ptrdiff_t offset = node.offset_debug();
        const std::string& bytes = text_->text();
        const auto end = offset < 0 ? at_ : static_cast<std::size_t>(offset);
        for (; at_ < end && at_ < bytes.size(); ++at_) line_ += bytes[at_] == '\n' ? 1 : 0;
        return line_;
    }

  private:
    const MailedText* text_;
    std::size_t at_ = 0;
    int line_ = 1;
};

Node converted(const MailedText& text, const pugi::xml_node& element, std::size_t depth,
               Lines& lines) {
    Node node;
    node.name = mailed::lower(element.name());
    node.line = lines.of(element);
    if (depth > kMostDepth) {
        text.refuse(node.line, "is nested deeper than 32 elements; " + std::string{kWanted});
    }
    node.value = std::string{mailed::trimmed(element.child_value())};
    if (node.name == "gpu") node.value = element.attribute("id").value();
    for (const pugi::xml_node& child : element.children()) {
        if (child.type() == pugi::node_element) {
            node.children.push_back(converted(text, child, depth + 1, lines));
        }
    }
    return node;
}

/// A document type may only name a file, which nobody opens: entities of one's own are how XML is
/// made to grow, or to read what it should not.
void refuse_entities(const MailedText& text) {
    const std::string& bytes = text.text();
    for (const char* const word : {"<!ENTITY", "<!ELEMENT", "<!ATTLIST"}) {
        const std::size_t at = bytes.find(word);
        if (at != std::string::npos) {
            text.refuse(text.line_at(at),
                        "declares an entity or element of its own; " + std::string{kWanted});
        }
    }
}

}  // namespace

Log parse_xml(const MailedText& text) {
    refuse_entities(text);
    pugi::xml_document document;
    const pugi::xml_parse_result result =
        document.load_buffer(text.text().data(), text.text().size(),
                             pugi::parse_default & ~pugi::parse_doctype, pugi::encoding_utf8);
    if (!result) {
        const int line =
            text.line_at(static_cast<std::size_t>(std::max<std::ptrdiff_t>(result.offset, 0)));
        text.refuse(line, "is broken off or no XML (" + std::string{result.description()} + "); " +
                              std::string{kWanted});
    }
    const pugi::xml_node root = document.document_element();
    if (std::strcmp(root.name(), "nvidia_smi_log") != 0 || !root.next_sibling().empty()) {
        text.refuse(line_of(text, root), "has the element " + mailed::quoted(root.name()) + "; " +
                                             std::string{kWanted} + ", <nvidia_smi_log>");
    }
    Log log;
    Lines lines{text};
    log.root = converted(text, root, 0, lines);
    log.last_line = text.line_at(text.text().size());
    return log;
}

}  // namespace rackproof::smi
