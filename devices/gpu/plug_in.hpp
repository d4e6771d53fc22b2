#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/owner.hpp"
#include "devices/gpu/gpu.hpp"
#include "devices/gpu/hidden_gpus.hpp"

namespace rackproof::gpu {

/// How a back end's library is found and asked. Its two functions, with C linkage:
///   const char* rackproof_gpu_fingerprint();       // of the headers that it was built with
///   rackproof::gpu::PlugIn* rackproof_gpu_plug_in();  // lives as long as the process
inline constexpr const char* kFingerprintSymbol = "rackproof_gpu_fingerprint";
inline constexpr const char* kPlugInSymbol = "rackproof_gpu_plug_in";

struct LibraryTraits {
    using Handle = void*;
    static constexpr Handle kNull = nullptr;
    static void close(Handle handle) noexcept;
};
using Library = Owner<LibraryTraits>;

/// What stands between this process and its GPUs, or why nothing does.
struct LoadedPlugIn {
    PlugIn* plug_in = nullptr;
    std::string problem;  ///< why there is none
};

/// Where to look: the driver's library by name, then the back end's file, the first that exists.
struct PlugInPlaces {
    std::string driver = "libcuda.so.1";
    std::vector<std::filesystem::path> files;
};

/// Beside this program: in its own folder, in ../lib/rackproof, or in the build folder.
[[nodiscard]] PlugInPlaces places_of_this_program();

/// Looks for the driver first: without it nothing else is opened. What is loaded stays loaded.
[[nodiscard]] LoadedPlugIn load_plug_in(const PlugInPlaces& places);

/// The GPUs of this machine, ascending by their PCI addresses, or why none can be used.
struct FoundGpus {
    std::vector<DeviceInfo> devices;
    std::string problem;  ///< then none of the devices opens
    std::string hidden;   ///< which others are kept from this process, and by what; or empty
};
/// Those that the back end gives, and those that the bus alone shows: a GPU whose driver is dead,
/// or that the driver has lost, is there and fails; it must not go missing. One that is kept from
/// this process on purpose is none of its devices, and is told of; what the process sees says so in
/// its details (kHiddenGpus).
[[nodiscard]] FoundGpus find_gpus(const LoadedPlugIn& loaded, const NodeView& view = own_view());

/// That of this program, loaded at the first call.
[[nodiscard]] const LoadedPlugIn& this_plug_in();

}  // namespace rackproof::gpu
