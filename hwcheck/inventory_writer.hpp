#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "hwcheck/inventory.hpp"
#include "hwcheck/tree.hpp"

namespace rackproof {

/// Takes in what is read of a node, a short harmless text each, and hands it on in portions.
class InventoryWriter {
  public:
    using Sink = std::function<void(Inventory portion, const std::string& reading_next)>;
    explicit InventoryWriter(Sink sink) : sink_{std::move(sink)} {}

    /// Said before it is read, so that a read that hangs is known by its name.
    void begin(const std::string& section);

    void add(std::string_view key, std::string_view part, std::string_view source,
             std::string_view value);
    void add(std::string_view key, std::string_view part, std::string_view source,
             std::int64_t value);
    void unknown(std::string_view key, std::string_view part, std::string_view source,
                 std::string_view why);
    /// What a file of one line holds, or why not.
    void file(std::string_view key, std::string_view part, const Tree& tree,
              const std::string& path);
    void event(std::string_view severity, std::string_view code, std::string_view part,
               std::string_view text);

    /// An event that is new since the last reading.
    void happened(InventoryEvent event);

    void finish();

  private:
    void item(InventoryItem item);

    Sink sink_;
    std::string section_;
    Inventory portion_;
    std::size_t bytes_ = 0;
};

}  // namespace rackproof
