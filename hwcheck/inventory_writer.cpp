#include "hwcheck/inventory_writer.hpp"

#include <utility>

#include "core/utf8.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kLongestValue = 4096;
constexpr std::size_t kLongestName = 128;
/// A portion stays well below what a packet of the reader's channel holds.
constexpr std::size_t kPortionBytes = std::size_t{48} << 10;

std::string harmless(std::string_view text, std::size_t longest) {
    return shortened(printable(text), longest);
}

}  // namespace

void InventoryWriter::begin(const std::string& section) {
    section_ = section;
    finish();
}

void InventoryWriter::finish() {
    sink_(std::exchange(portion_, {}), section_);
    bytes_ = 0;
}

void InventoryWriter::item(InventoryItem item) {
    bytes_ += item.key.size() + item.part.size() + item.value.size() + item.source.size() +
              item.why_unknown.size() + sizeof(InventoryItem);
    portion_.items.push_back(std::move(item));
    if (bytes_ > kPortionBytes) finish();
}

void InventoryWriter::add(std::string_view key, std::string_view part, std::string_view source,
                          std::string_view value) {
    if (value.empty()) return unknown(key, part, source, "it is empty");
    item({std::string{key},
          harmless(part, kLongestName),
          harmless(value, kLongestValue),
          harmless(source, kLongestValue),
          {}});
}

void InventoryWriter::add(std::string_view key, std::string_view part, std::string_view source,
                          std::int64_t value) {
    add(key, part, source, std::to_string(value));
}

void InventoryWriter::unknown(std::string_view key, std::string_view part, std::string_view source,
                              std::string_view why) {
    item({std::string{key},
          harmless(part, kLongestName),
          {},
          harmless(source, kLongestValue),
          harmless(why, kLongestValue)});
}

void InventoryWriter::file(std::string_view key, std::string_view part, const Tree& tree,
                           const std::string& path) {
    const FileText read = tree.read(path);
    if (read.text) {
        add(key, part, path, *read.text);
    } else {
        unknown(key, part, path, read.why);
    }
}

void InventoryWriter::event(std::string_view severity, std::string_view code, std::string_view part,
                            std::string_view text) {
    portion_.events.push_back({harmless(part, kLongestName), std::string{severity},
                               std::string{code}, harmless(text, kLongestValue)});
    bytes_ += kLongestValue;
    if (bytes_ > kPortionBytes) finish();
}

void InventoryWriter::happened(InventoryEvent event) {
    event.part = harmless(event.part, kLongestName);
    event.text = harmless(event.text, kLongestValue);
    portion_.happened.push_back(std::move(event));
    bytes_ += kLongestValue;
    if (bytes_ > kPortionBytes) finish();
}

}  // namespace rackproof
