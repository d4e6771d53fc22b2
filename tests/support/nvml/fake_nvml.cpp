// The calls of libnvidia-ml.so.1 that drivers have had for long. See fake_machine.hpp.
#include "hwcheck/nvml/interface.hpp"
#include "tests/support/nvml/fake_machine.hpp"

// The names are NVML's.
// NOLINTBEGIN(readability-identifier-naming, misc-use-internal-linkage)

namespace {

namespace nvml = rackproof::nvml;
using nlohmann::json;
using nvml::DeviceHandle;
using rackproof::test::fake_answer;
using rackproof::test::fake_error;
using rackproof::test::fake_gpu;
using rackproof::test::fake_machine;
using rackproof::test::fake_number;
using rackproof::test::fake_text;
using rackproof::test::FakeAnswer;

int system_text(const char* name, char* text, unsigned length) {
    const json value = fake_machine().value(name, json{});
    return fake_text({fake_error(value), value}, text, length);
}

int find_gpu(const char* key, const char* value, DeviceHandle* device) {
    const json machine = fake_machine();
    std::uintptr_t place = 0;
    for (const json& gpu : machine["gpus"]) {
        ++place;
        if (gpu.value(key, "") != value) continue;
        if (gpu.value("lost", false)) return nvml::kGpuIsLost;
        *device = reinterpret_cast<DeviceHandle>(place);
        return fake_error(gpu.value("open", json(0)));
    }
    return nvml::kNotFound;
}

int two(const FakeAnswer& answer, unsigned* first, unsigned* second) {
    if (answer.code != 0) return answer.code;
    *first = answer.value.at(0).get<unsigned>();
    *second = answer.value.at(1).get<unsigned>();
    return 0;
}

json link_of(DeviceHandle device, unsigned link) {
    const json links = fake_gpu(device).value("links", json::array());
    return link < links.size() ? links[link] : json{};
}

}  // namespace

extern "C" {

int nvmlInit_v2() { return fake_error(fake_machine().value("init", json(0))); }
int nvmlShutdown() { return nvml::kSuccess; }

const char* nvmlErrorString(int code) {
    switch (code) {
        case nvml::kDriverNotLoaded: return "Driver Not Loaded";
        case nvml::kNoPermission: return "Insufficient Permissions";
        case nvml::kGpuIsLost: return "GPU is lost";
        case nvml::kResetRequired: return "GPU requires reset";
        case nvml::kVersionMismatch: return "Driver/library version mismatch";
        case nvml::kNotFound: return "Not Found";
        default: return "Unknown Error";
    }
}

int nvmlSystemGetDriverVersion(char* text, unsigned length) {
    return system_text("driver", text, length);
}
int nvmlSystemGetNVMLVersion(char* text, unsigned length) {
    return system_text("nvml", text, length);
}
int nvmlSystemGetCudaDriverVersion_v2(int* version) {
    const json value = fake_machine().value("cuda", json{});
    return fake_number({fake_error(value), value}, version);
}

int nvmlDeviceGetCount_v2(unsigned* count) {
    const json machine = fake_machine();
    const json value = machine.value("count", json(machine["gpus"].size()));
    return fake_number({fake_error(value), value}, count);
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, DeviceHandle* device) {
    *device = reinterpret_cast<DeviceHandle>(std::uintptr_t{index} + 1);
    const json gpu = fake_gpu(*device);
    if (gpu.is_null()) return nvml::kInvalidArgument;
    if (gpu.value("lost", false)) return nvml::kGpuIsLost;
    return fake_error(gpu.value("open", json(0)));
}
int nvmlDeviceGetHandleByPciBusId_v2(const char* bus_id, DeviceHandle* device) {
    return find_gpu("pci", bus_id, device);
}
int nvmlDeviceGetHandleByUUID(const char* uuid, DeviceHandle* device) {
    return find_gpu("nvmlDeviceGetUUID", uuid, device);
}

#define RACKPROOF_TEXT(call)                                        \
    int call(DeviceHandle device, char* text, unsigned length) {    \
        return fake_text(fake_answer(device, #call), text, length); \
    }
#define RACKPROOF_NUMBER(call)                                 \
    int call(DeviceHandle device, unsigned* value) {           \
        return fake_number(fake_answer(device, #call), value); \
    }
#define RACKPROOF_TWO(call)                                            \
    int call(DeviceHandle device, unsigned* first, unsigned* second) { \
        return two(fake_answer(device, #call), first, second);         \
    }

RACKPROOF_TEXT(nvmlDeviceGetName)
RACKPROOF_TEXT(nvmlDeviceGetUUID)
RACKPROOF_TEXT(nvmlDeviceGetSerial)
RACKPROOF_TEXT(nvmlDeviceGetBoardPartNumber)
RACKPROOF_TEXT(nvmlDeviceGetVbiosVersion)
RACKPROOF_TEXT(nvmlDeviceGetInforomImageVersion)
RACKPROOF_NUMBER(nvmlDeviceGetPersistenceMode)
RACKPROOF_NUMBER(nvmlDeviceGetComputeMode)
RACKPROOF_NUMBER(nvmlDeviceGetEnforcedPowerLimit)
RACKPROOF_NUMBER(nvmlDeviceGetPowerManagementLimit)
RACKPROOF_NUMBER(nvmlDeviceGetPowerManagementDefaultLimit)
RACKPROOF_NUMBER(nvmlDeviceGetPowerUsage)
RACKPROOF_NUMBER(nvmlDeviceGetCurrPcieLinkGeneration)
RACKPROOF_NUMBER(nvmlDeviceGetMaxPcieLinkGeneration)
RACKPROOF_NUMBER(nvmlDeviceGetCurrPcieLinkWidth)
RACKPROOF_NUMBER(nvmlDeviceGetMaxPcieLinkWidth)
RACKPROOF_NUMBER(nvmlDeviceGetPcieReplayCounter)
RACKPROOF_NUMBER(nvmlDeviceGetMinorNumber)
RACKPROOF_NUMBER(nvmlDeviceGetFanSpeed)
RACKPROOF_TWO(nvmlDeviceGetEccMode)
RACKPROOF_TWO(nvmlDeviceGetMigMode)
RACKPROOF_TWO(nvmlDeviceGetPowerManagementLimitConstraints)

int nvmlDeviceGetClockInfo(DeviceHandle device, unsigned type, unsigned* clock) {
    const char* const name = type == nvml::kSmClock ? "sm_clock" : "memory_clock";
    return fake_number(fake_answer(device, name), clock);
}
int nvmlDeviceGetMaxClockInfo(DeviceHandle device, unsigned type, unsigned* clock) {
    const char* const name = type == nvml::kSmClock ? "sm_clock_max" : "memory_clock_max";
    return fake_number(fake_answer(device, name), clock);
}
int nvmlDeviceGetApplicationsClock(DeviceHandle device, unsigned type, unsigned* clock) {
    if (type != nvml::kGraphicsClock) return nvml::kInvalidArgument;
    return fake_number(fake_answer(device, "application_clock"), clock);
}
int nvmlDeviceGetDefaultApplicationsClock(DeviceHandle device, unsigned type, unsigned* clock) {
    if (type != nvml::kGraphicsClock) return nvml::kInvalidArgument;
    return fake_number(fake_answer(device, "application_clock_default"), clock);
}
int nvmlDeviceGetTemperature(DeviceHandle device, unsigned sensor, unsigned* value) {
    if (sensor != nvml::kGpuTemperature) return nvml::kInvalidArgument;
    return fake_number(fake_answer(device, "nvmlDeviceGetTemperature"), value);
}
int nvmlDeviceGetCurrentClocksThrottleReasons(DeviceHandle device, unsigned long long* reasons) {
    return fake_number(fake_answer(device, "event_reasons"), reasons);
}
int nvmlDeviceGetPciInfo_v3(DeviceHandle device, nvml::PciInfo* info) {
    return fake_text(fake_answer(device, "pci"), info->bus_id, sizeof info->bus_id);
}
int nvmlDeviceValidateInforom(DeviceHandle device) { return fake_answer(device, "inforom").code; }
int nvmlDeviceGetBAR1MemoryInfo(DeviceHandle device, nvml::Bar1Memory* memory) {
    return fake_number(fake_answer(device, "bar1"), &memory->total);
}
int nvmlDeviceGetUtilizationRates(DeviceHandle device, nvml::Utilization* rates) {
    return two(fake_answer(device, "nvmlDeviceGetUtilizationRates"), &rates->gpu, &rates->memory);
}
/// "ecc": [[corrected volatile, corrected aggregate], [uncorrected volatile, ...]]
int nvmlDeviceGetTotalEccErrors(DeviceHandle device, int type, int counter,
                                unsigned long long* errors) {
    const FakeAnswer answer = fake_answer(device, "ecc");
    if (answer.code != 0) return answer.code;
    *errors = answer.value.at(static_cast<std::size_t>(type))
                  .at(static_cast<std::size_t>(counter))
                  .get<unsigned long long>();
    return 0;
}
int nvmlDeviceGetRemappedRows(DeviceHandle device, unsigned* correctable, unsigned* uncorrectable,
                              unsigned* pending, unsigned* failed) {
    const FakeAnswer answer = fake_answer(device, "remapped_rows");
    if (answer.code != 0) return answer.code;
    unsigned* const out[] = {correctable, uncorrectable, pending, failed};
    for (std::size_t i = 0; i < std::size(out); ++i) *out[i] = answer.value.at(i).get<unsigned>();
    return 0;
}
int nvmlDeviceGetComputeRunningProcesses_v3(DeviceHandle device, unsigned* count,
                                            nvml::ProcessInfo* processes) {
    const FakeAnswer answer = fake_answer(device, "nvmlDeviceGetComputeRunningProcesses_v3");
    if (answer.code != 0) return answer.code;
    const unsigned room = *count;
    *count = static_cast<unsigned>(answer.value.size());
    if (*count > room) return nvml::kInsufficientSize;
    for (std::size_t i = 0; i < answer.value.size(); ++i) {
        processes[i] = {answer.value[i].get<unsigned>(), 0, 0, 0};
    }
    return 0;
}
int nvmlDeviceGetViolationStatus(DeviceHandle device, int policy, nvml::ViolationTime* time) {
    const FakeAnswer answer = fake_answer(device, "violation_ns");
    if (answer.code != 0) return answer.code;
    const json value = answer.value.value(std::to_string(policy), json{});
    return fake_number({fake_error(value), value}, &time->violation_ns);
}
int nvmlDeviceGetNvLinkState(DeviceHandle device, unsigned link, unsigned* active) {
    if (const int code = fake_answer(device, "links").code) return code;
    const json value = link_of(device, link).value("active", json{});
    return fake_number({fake_error(value), value}, active);
}
int nvmlDeviceGetNvLinkErrorCounter(DeviceHandle device, unsigned link, int counter,
                                    unsigned long long* errors) {
    if (const int code = fake_answer(device, "links").code) return code;
    const json counters = link_of(device, link).value("counters", json::array());
    const auto place = static_cast<std::size_t>(counter);
    const json value = place < counters.size() ? counters[place] : json{};
    return fake_number({fake_error(value), value}, errors);
}

int nvmlDeviceGetFieldValues(DeviceHandle device, int count, nvml::FieldValue* values) {
    const FakeAnswer all = fake_answer(device, "fields");
    if (all.code != 0) return all.code;
    for (int i = 0; i < count; ++i) {
        nvml::FieldValue& field = values[i];
        const std::string id = std::to_string(field.field);
        json value = all.value.value(id, json{});
        if (value.is_null()) {
            value = link_of(device, field.scope).value("fields", json::object()).value(id, json{});
        }
        field.result = fake_error(value);
        if (field.result != 0) continue;
        if (value.is_array()) {  // [type, number]
            field.type = value[0].get<int>();
            value = value[1];
        } else {
            field.type = nvml::kUnsignedLongLong;
        }
        if (field.type == nvml::kDouble) {
            field.value.real = value.get<double>();
        } else if (field.type == nvml::kSignedInt) {
            field.value.signed_int = value.get<int>();
        } else if (field.type == nvml::kUnsignedInt) {
            field.value.unsigned_int = value.get<unsigned>();
        } else {
            field.value.unsigned_long_long = value.get<unsigned long long>();
        }
    }
    return 0;
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming, misc-use-internal-linkage)
