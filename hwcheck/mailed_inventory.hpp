#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "hwcheck/inventory.hpp"

namespace rackproof {

/// Writes what mailed files say into an inventory that may hold what other files of the same
/// machine said. Texts are made printable and short; keys and parts of items are names that the
/// readers have checked.
class MailedInventory {
  public:
    /// `inventory` outlives the writer.
    explicit MailedInventory(Inventory& inventory);

    /// An empty value is none: it becomes unknown. Throws InputError if another file has said
    /// otherwise: the files are of two machines, or of two times.
    void known(const std::string& key, const std::string& part, const std::string& value,
               const std::string& source);
    /// Nothing, if another file knows.
    void unknown(const std::string& key, const std::string& part, const std::string& why,
                 const std::string& source);
    void event(const std::string& part, const std::string& severity, const std::string& code,
               const std::string& text);

    /// The value, if it is known.
    [[nodiscard]] std::optional<std::string> value(const std::string& key,
                                                   const std::string& part) const;
    /// The index of the GPU at this address ("0000:19:00", with or without function), if a file
    /// said it; else the address itself.
    [[nodiscard]] std::string gpu_at(const std::string& pci) const;

  private:
    Inventory* inventory_;
    std::map<std::pair<std::string, std::string>, std::size_t> places_;
};

}  // namespace rackproof
