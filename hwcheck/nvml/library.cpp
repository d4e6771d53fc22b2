#include "hwcheck/nvml/library.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.hpp"
#include "core/utf8.hpp"

namespace rackproof::nvml {
namespace {

/// The largest of NVML's buffer sizes is 96 (NVML_DEVICE_NAME_V2_BUFFER_SIZE).
constexpr unsigned kTextSize = 256;
using Text = std::array<char, kTextSize>;

/// What NVML wrote, without trusting it to have ended it.
std::string text_in(const Text& buffer) {
    const std::string_view all{buffer.data(), buffer.size()};
    return printable(all.substr(0, all.find('\0')));
}

std::string dl_words() {
    const char* words = ::dlerror();
    return printable(words == nullptr ? "it does not say why" : words);
}

}  // namespace

void LoadedTraits::close(Handle handle) noexcept { ::dlclose(handle); }

Loaded load(const std::string& file) {
    Loaded loaded{::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL)};
    if (!loaded) throw Unsupported{"no NVIDIA driver library here: " + dl_words()};
    return loaded;
}

Library::Library(const std::string& file) : loaded_{load(file)} {
    const int started = invoke<int()>("nvmlInit_v2");
    if (started == kSuccess) return;
    std::string why = words_for(started);
    if (started == kVersionMismatch) {
        why += "; the driver was replaced under a running system: reload it, or restart the node";
    }
    throw Error{"start NVML", why};
}

Library::~Library() { (void)invoke<int()>("nvmlShutdown"); }

void* Library::symbol(const char* name) const { return ::dlsym(loaded_.get(), name); }

std::string Library::words_for(int code) const {
    if (code == kNotSupported) return "not supported";
    if (code == kFunctionNotFound) return "this driver has no such call";
    auto* const words = reinterpret_cast<const char* (*)(int)>(symbol("nvmlErrorString"));
    const char* const text = words == nullptr ? nullptr : words(code);
    if (text == nullptr) return "NVML error " + std::to_string(code);
    return printable(text) + " (NVML error " + std::to_string(code) + ")";
}

Answer<unsigned> Library::count() const {
    unsigned count = 0;
    return answer(invoke<int(unsigned*)>("nvmlDeviceGetCount_v2", &count), count);
}

Answer<DeviceHandle> Library::by_index(unsigned index) const {
    DeviceHandle device = nullptr;
    return answer(
        invoke<int(unsigned, DeviceHandle*)>("nvmlDeviceGetHandleByIndex_v2", index, &device),
        device);
}

Answer<DeviceHandle> Library::by_pci(const std::string& bus_id) const {
    DeviceHandle device = nullptr;
    return answer(invoke<int(const char*, DeviceHandle*)>("nvmlDeviceGetHandleByPciBusId_v2",
                                                          bus_id.c_str(), &device),
                  device);
}

Answer<DeviceHandle> Library::by_uuid(const std::string& uuid) const {
    DeviceHandle device = nullptr;
    return answer(
        invoke<int(const char*, DeviceHandle*)>("nvmlDeviceGetHandleByUUID", uuid.c_str(), &device),
        device);
}

Answer<std::string> Library::system_text(const char* call) const {
    Text buffer{};
    const int code = invoke<int(char*, unsigned)>(call, buffer.data(), kTextSize);
    return answer(code, text_in(buffer));
}

Answer<int> Library::cuda_version() const {
    int version = 0;
    return answer(invoke<int(int*)>("nvmlSystemGetCudaDriverVersion_v2", &version), version);
}

Answer<std::string> Library::text(DeviceHandle device, const char* call) const {
    Text buffer{};
    const int code =
        invoke<int(DeviceHandle, char*, unsigned)>(call, device, buffer.data(), kTextSize);
    return answer(code, text_in(buffer));
}

Answer<unsigned> Library::number(DeviceHandle device, const char* call) const {
    unsigned value = 0;
    return answer(invoke<int(DeviceHandle, unsigned*)>(call, device, &value), value);
}

Answer<unsigned> Library::number(DeviceHandle device, const char* call, unsigned selector) const {
    unsigned value = 0;
    return answer(invoke<int(DeviceHandle, unsigned, unsigned*)>(call, device, selector, &value),
                  value);
}

Answer<std::uint64_t> Library::wide(DeviceHandle device, const char* call) const {
    unsigned long long value = 0;
    const int code = invoke<int(DeviceHandle, unsigned long long*)>(call, device, &value);
    return answer<std::uint64_t>(code, value);
}

Answer<std::pair<unsigned, unsigned>> Library::two(DeviceHandle device, const char* call) const {
    std::pair<unsigned, unsigned> both{0, 0};
    const int code =
        invoke<int(DeviceHandle, unsigned*, unsigned*)>(call, device, &both.first, &both.second);
    return answer(code, both);
}

Answer<std::uint64_t> Library::ecc_errors(DeviceHandle device, int type, int counter) const {
    unsigned long long errors = 0;
    const int code = invoke<int(DeviceHandle, int, int, unsigned long long*)>(
        "nvmlDeviceGetTotalEccErrors", device, type, counter, &errors);
    return answer<std::uint64_t>(code, errors);
}

Answer<Library::RemappedRows> Library::remapped_rows(DeviceHandle device) const {
    RemappedRows rows;
    const int code = invoke<int(DeviceHandle, unsigned*, unsigned*, unsigned*, unsigned*)>(
        "nvmlDeviceGetRemappedRows", device, &rows.correctable, &rows.uncorrectable, &rows.pending,
        &rows.failed);
    return answer(code, rows);
}

Answer<std::string> Library::compute_processes(DeviceHandle device) const {
    constexpr unsigned kMost = 64;
    std::array<ProcessInfo, kMost> processes{};
    unsigned count = kMost;
    const int code = invoke<int(DeviceHandle, unsigned*, ProcessInfo*)>(
        "nvmlDeviceGetComputeRunningProcesses_v3", device, &count, processes.data());
    if (code != kSuccess && code != kInsufficientSize) return answer(code, std::string{});
    std::string numbers;
    for (unsigned i = 0; i < std::min(count, kMost); ++i) {
        if (processes[i].pid == 0) continue;  // of more than fit, none was written
        numbers += (numbers.empty() ? "" : " ") + std::to_string(processes[i].pid);
    }
    if (code == kInsufficientSize && numbers.empty())
        numbers = "more-than-" + std::to_string(kMost);
    return Answer<std::string>::of(numbers.empty() ? "none" : numbers);
}

Answer<std::string> Library::inforom_is_valid(DeviceHandle device) const {
    const int code = invoke<int(DeviceHandle)>("nvmlDeviceValidateInforom", device);
    if (code == kCorruptedInforom) return Answer<std::string>::of("no");
    return answer(code, std::string{"yes"});
}

Answer<std::uint64_t> Library::link_errors(DeviceHandle device, unsigned link, int counter) const {
    unsigned long long errors = 0;
    const int code = invoke<int(DeviceHandle, unsigned, int, unsigned long long*)>(
        "nvmlDeviceGetNvLinkErrorCounter", device, link, counter, &errors);
    return answer<std::uint64_t>(code, errors);
}

Answer<std::uint64_t> Library::violation_ns(DeviceHandle device, int policy) const {
    ViolationTime time{};
    const int code = invoke<int(DeviceHandle, int, ViolationTime*)>("nvmlDeviceGetViolationStatus",
                                                                    device, policy, &time);
    return answer<std::uint64_t>(code, time.violation_ns);
}

void Library::read_fields(DeviceHandle device, std::span<FieldValue> fields) const {
    for (FieldValue& field : fields) field.result = kNotSupported;
    const int code = invoke<int(DeviceHandle, int, FieldValue*)>(
        "nvmlDeviceGetFieldValues", device, static_cast<int>(fields.size()), fields.data());
    if (code == kSuccess) return;
    for (FieldValue& field : fields) field.result = code;
}

Answer<double> Library::value_of(const FieldValue& field) const {
    if (field.result != kSuccess)
        return Answer<double>::none(field.result, words_for(field.result));
    switch (field.type) {
        case kDouble: return Answer<double>::of(field.value.real);
        case kUnsignedInt: return Answer<double>::of(field.value.unsigned_int);
        case kSignedInt: return Answer<double>::of(field.value.signed_int);
        case kUnsignedShort: return Answer<double>::of(field.value.unsigned_short);
        case kUnsignedLong:
            return Answer<double>::of(static_cast<double>(field.value.unsigned_long));
        case kUnsignedLongLong:
            return Answer<double>::of(static_cast<double>(field.value.unsigned_long_long));
        case kSignedLongLong:
            return Answer<double>::of(static_cast<double>(field.value.signed_long_long));
        default: break;
    }
    return Answer<double>::none(
        kNotSupported, "a value of a type that is not known: " + std::to_string(field.type));
}

Answer<std::uint64_t> Library::count_of(const FieldValue& field) const {
    if (field.result == kSuccess && field.type == kUnsignedLongLong) {
        return Answer<std::uint64_t>::of(field.value.unsigned_long_long);
    }
    const Answer<double> value = value_of(field);
    if (value && !(*value.value() >= 0 && *value.value() < 0x1p63)) {
        return Answer<std::uint64_t>::none(kNotSupported, "a count that is negative or too large");
    }
    return value.as([](double number) { return static_cast<std::uint64_t>(number); });
}

}  // namespace rackproof::nvml
