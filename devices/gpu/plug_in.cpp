#include "devices/gpu/plug_in.hpp"

#include <dlfcn.h>

#include <algorithm>

#include "core/error.hpp"
#include "devices/gpu/bus.hpp"
#include "devices/gpu/fingerprint.hpp"

namespace rackproof::gpu {
namespace {

constexpr const char* kFileName = "librackproof_cuda.so";

std::string last_dl_error() {
    const char* text = ::dlerror();
    return text == nullptr ? "no reason given" : text;
}

/// The function of this name in the library, or null.
template <class Function>
Function* function_of(const Library& library, const char* name) {
    return reinterpret_cast<Function*>(::dlsym(library.get(), name));
}

LoadedPlugIn plug_in_of(const std::filesystem::path& file) {
    Library library{::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL)};
    if (!library) return {nullptr, "the CUDA back end does not load: " + last_dl_error()};
    auto* fingerprint = function_of<const char*()>(library, kFingerprintSymbol);
    auto* make = function_of<PlugIn*()>(library, kPlugInSymbol);
    if (fingerprint == nullptr || make == nullptr) {
        return {nullptr, file.string() + " is no back end of rackproof"};
    }
    if (const std::string theirs = fingerprint(); theirs != kFingerprint) {
        return {nullptr, file.string() + " belongs to another build of rackproof (" + theirs +
                             ", expected " + kFingerprint + ")"};
    }
    PlugIn* plug_in = make();
    if (plug_in == nullptr) return {nullptr, file.string() + " gives no back end"};
    (void)library.release();  // for as long as the process lives
    return {plug_in, ""};
}

DeviceInfo unusable_at(const std::string& pci) {
    DeviceInfo info;
    info.facts.kind = "gpu";
    info.facts.model = "NVIDIA GPU that cannot be used";
    info.facts.pci = pci;
    return info;
}

enum class Driver : std::uint8_t { Lists, Fails };

/// What the bus shows beside those that were found: dead, or hidden by who lets the driver list
/// others, or none.
void add_from_bus(Driver driver, const NodeView& view, FoundGpus& found) {
    const std::vector<std::string> on_bus = gpus_on_bus(view.root / "sys");
    const std::size_t listed = found.devices.size();
    if (listed >= on_bus.size()) return;  // all are there, under whatever address
    std::string hidden;
    std::size_t hidden_count = 0;
    std::string why;
    for (const std::string& pci : on_bus) {
        const auto is_it = [&](const DeviceInfo& gpu) { return gpu.facts.pci == pci; };
        if (std::ranges::any_of(found.devices, is_it)) continue;
        const std::string keeps =
            driver == Driver::Fails ? "" : why_hidden(pci, listed, on_bus.size(), view);
        if (keeps.empty()) {
            found.devices.push_back(unusable_at(pci));
            continue;
        }
        hidden += (hidden.empty() ? "" : ", ") + pci;
        ++hidden_count;
        why = keeps;
    }
    if (hidden_count == 0) return;
    found.hidden = std::to_string(hidden_count) + " of the node's " +
                   std::to_string(on_bus.size()) + " GPUs are kept from a rank (" + why +
                   "): " + hidden;
}

}  // namespace

void LibraryTraits::close(Handle handle) noexcept { (void)::dlclose(handle); }

PlugInPlaces places_of_this_program() {
    PlugInPlaces places;
    std::error_code error;
    const auto folder = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
    if (error) return places;
    const auto beside = folder.parent_path();
    places.files = {folder / kFileName, beside / "lib" / "rackproof" / kFileName,
                    beside / "devices" / "cuda" / kFileName};
    return places;
}

LoadedPlugIn load_plug_in(const PlugInPlaces& places) {
    Library driver{::dlopen(places.driver.c_str(), RTLD_LAZY | RTLD_LOCAL)};
    if (!driver) return {nullptr, "no NVIDIA driver is installed: " + last_dl_error()};
    const auto file = std::ranges::find_if(places.files, [](const std::filesystem::path& path) {
        std::error_code error;
        return std::filesystem::is_regular_file(path, error);
    });
    if (file == places.files.end()) {
        std::string tried;
        for (const auto& path : places.files) tried += (tried.empty() ? "" : ", ") + path.string();
        return {
            nullptr,
            "there is an NVIDIA driver, but this rackproof was built without CUDA: no " + tried};
    }
    (void)driver.release();  // its threads may outlive us
    return plug_in_of(*file);
}

FoundGpus find_gpus(const LoadedPlugIn& loaded, const NodeView& view) {
    FoundGpus found;
    found.problem = loaded.problem;
    Driver driver = Driver::Fails;
    if (loaded.plug_in != nullptr) {
        try {
            found.devices = loaded.plug_in->list();
            driver = Driver::Lists;
            if (found.devices.empty()) found.problem = "the driver lists no GPU";
        } catch (const Error& error) {
            found.problem = error.what();
        }
    }
    add_from_bus(driver, view, found);
    const auto address = [](const DeviceInfo& gpu) -> const std::string& { return gpu.facts.pci; };
    std::ranges::sort(found.devices, {}, address);
    for (std::size_t i = 0; i < found.devices.size(); ++i) {
        DeviceInfo& gpu = found.devices[i];
        gpu.facts.index = static_cast<std::int32_t>(i);
        if (!found.hidden.empty()) gpu.details[kHiddenGpus] = found.hidden;
    }
    return found;
}

const LoadedPlugIn& this_plug_in() {
    static const LoadedPlugIn kLoaded = load_plug_in(places_of_this_program());
    return kLoaded;
}

}  // namespace rackproof::gpu
