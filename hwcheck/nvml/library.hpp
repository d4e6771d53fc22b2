#pragma once

#include <span>
#include <string>

#include "core/owner.hpp"
#include "hwcheck/nvml/answer.hpp"
#include "hwcheck/nvml/interface.hpp"

namespace rackproof::nvml {

struct LoadedTraits {
    using Handle = void*;
    static constexpr Handle kNull = nullptr;
    static void close(Handle handle) noexcept;
};
using Loaded = Owner<LoadedTraits>;

/// Loads the library and calls nothing. Throws Unsupported, with the linker's words, if it cannot.
[[nodiscard]] Loaded load(const std::string& file);

/// NVML in this process, loaded and started. Its calls can hang for good on a sick GPU, so only a
/// process that can be done without makes one (hwcheck/gpu_reader.hpp). Each call is looked up by
/// name and shape: what this driver's library does not have is an answer like any other.
class Library {
  public:
    /// Throws Unsupported if there is no library here; Error if the driver behind it is not
    /// loaded, of another version, or does not start. Both say why.
    explicit Library(const std::string& file = kLibrary);
    ~Library();
    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;

    [[nodiscard]] Answer<unsigned> count() const;  ///< of GPUs, as the driver lists them
    [[nodiscard]] Answer<DeviceHandle> by_index(unsigned index) const;
    [[nodiscard]] Answer<DeviceHandle> by_pci(const std::string& bus_id) const;
    [[nodiscard]] Answer<DeviceHandle> by_uuid(const std::string& uuid) const;

    [[nodiscard]] Answer<std::string> system_text(const char* call) const;
    [[nodiscard]] Answer<int> cuda_version() const;  ///< 13000 = 13.0

    // By the call's shape: (device, char*, length), (device, unsigned*), and so on.
    [[nodiscard]] Answer<std::string> text(DeviceHandle device, const char* call) const;
    [[nodiscard]] Answer<unsigned> number(DeviceHandle device, const char* call) const;
    [[nodiscard]] Answer<unsigned> number(DeviceHandle device, const char* call,
                                          unsigned selector) const;
    [[nodiscard]] Answer<std::uint64_t> wide(DeviceHandle device, const char* call) const;
    [[nodiscard]] Answer<std::pair<unsigned, unsigned>> two(DeviceHandle device,
                                                            const char* call) const;
    /// "yes"; "no" if NVML finds it corrupted. Reads it from the GPU's flash.
    [[nodiscard]] Answer<std::string> inforom_is_valid(DeviceHandle device) const;
    template <class Struct>
    [[nodiscard]] Answer<Struct> structure(DeviceHandle device, const char* call,
                                           Struct value = {}) const {
        return answer(invoke<int(DeviceHandle, Struct*)>(call, device, &value), value);
    }
    [[nodiscard]] Answer<std::uint64_t> ecc_errors(DeviceHandle device, int type,
                                                   int counter) const;
    struct RemappedRows {
        unsigned correctable = 0;
        unsigned uncorrectable = 0;
        unsigned pending = 0;
        unsigned failed = 0;
    };
    [[nodiscard]] Answer<RemappedRows> remapped_rows(DeviceHandle device) const;
    /// The numbers of the processes that compute on it, apart by spaces; "none".
    [[nodiscard]] Answer<std::string> compute_processes(DeviceHandle device) const;
    [[nodiscard]] Answer<std::uint64_t> link_errors(DeviceHandle device, unsigned link,
                                                    int counter) const;
    [[nodiscard]] Answer<std::uint64_t> violation_ns(DeviceHandle device, int policy) const;

    /// Asks for all of `fields` (field and scope set) at once. Each then has its own result; if the
    /// call as a whole fails, that is the result of each.
    void read_fields(DeviceHandle device, std::span<FieldValue> fields) const;
    [[nodiscard]] Answer<double> value_of(const FieldValue& field) const;
    [[nodiscard]] Answer<std::uint64_t> count_of(const FieldValue& field) const;

    [[nodiscard]] std::string words_for(int code) const;

  private:
    [[nodiscard]] void* symbol(const char* name) const;
    /// kFunctionNotFound if this library has no such call.
    template <class Function, class... Arguments>
    [[nodiscard]] int invoke(const char* name, Arguments... arguments) const {
        auto* const function = reinterpret_cast<Function*>(symbol(name));
        return function == nullptr ? kFunctionNotFound : function(arguments...);
    }
    /// By reference, so that the call in the first argument may be what writes the value.
    template <class Value>
    [[nodiscard]] Answer<Value> answer(int code, const Value& value) const {
        if (code == kSuccess) return Answer<Value>::of(value);
        return Answer<Value>::none(code, words_for(code));
    }

    Loaded loaded_;
};

}  // namespace rackproof::nvml
