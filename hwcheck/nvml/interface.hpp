#pragma once

#include <cstddef>
#include <cstdint>

/// NVML's stable C interface, as far as it is used here, in our own words: a node may have the
/// library and no header, or neither. Numbers and layouts are those of nvml.h of CUDA 13
/// (github.com/NVIDIA/go-nvml, pkg/nvml/nvml.h, 2f9e261), which NVML keeps from release to release.
namespace rackproof::nvml {

inline constexpr const char* kLibrary = "libnvidia-ml.so.1";

/// An nvmlDevice_t: a handle that NVML owns.
using DeviceHandle = void*;

// nvmlReturn_t
inline constexpr int kSuccess = 0;
inline constexpr int kInvalidArgument = 2;
inline constexpr int kNotSupported = 3;
inline constexpr int kNoPermission = 4;
inline constexpr int kNotFound = 6;
inline constexpr int kInsufficientSize = 7;
inline constexpr int kDriverNotLoaded = 9;
inline constexpr int kFunctionNotFound = 13;
inline constexpr int kCorruptedInforom = 14;
inline constexpr int kGpuIsLost = 15;
inline constexpr int kResetRequired = 16;
inline constexpr int kVersionMismatch = 18;

// nvmlClockType_t
inline constexpr unsigned kGraphicsClock = 0;
inline constexpr unsigned kSmClock = 1;
inline constexpr unsigned kMemoryClock = 2;
// nvmlTemperatureSensors_t
inline constexpr unsigned kGpuTemperature = 0;
// nvmlMemoryErrorType_t, nvmlEccCounterType_t
inline constexpr int kCorrected = 0;
inline constexpr int kUncorrected = 1;
inline constexpr int kVolatile = 0;
inline constexpr int kAggregate = 1;
// nvmlNvLinkErrorCounter_t
inline constexpr int kLinkReplay = 0;
inline constexpr int kLinkRecovery = 1;
inline constexpr int kLinkCrcFlit = 2;
inline constexpr int kLinkCrcData = 3;
/// NVML_NVLINK_MAX_LINKS
inline constexpr unsigned kMostLinks = 36;

// NVML_FI_DEV_*: ids of nvmlDeviceGetFieldValues.
inline constexpr unsigned kFieldThrottlePower = 74;
inline constexpr unsigned kFieldThrottleThermal = 75;
inline constexpr unsigned kFieldThrottleSyncBoost = 76;
inline constexpr unsigned kFieldThrottleBoardLimit = 77;
inline constexpr unsigned kFieldThrottleReliability = 79;
inline constexpr unsigned kFieldMemoryTemperature = 82;
inline constexpr unsigned kFieldEnergy = 83;
inline constexpr unsigned kFieldLinkCount = 91;
inline constexpr unsigned kFieldPowerAverage = 185;
inline constexpr unsigned kFieldPowerInstant = 186;
inline constexpr unsigned kFieldLinkReceiveErrors = 208;
inline constexpr unsigned kFieldLinkRecoveryFailed = 214;
inline constexpr unsigned kFieldLinkRecoveryEvents = 215;
inline constexpr unsigned kFieldRecoveryAction = 230;
inline constexpr unsigned kFieldThrottleSwThermal = 269;
inline constexpr unsigned kFieldThrottleHwThermal = 270;
inline constexpr unsigned kFieldThrottlePowerBrake = 271;

/// nvmlClocksEventReason*: which of them are harmless stands in docs/telemetry.md.
inline constexpr std::uint64_t kReasonIdle = 0x01;
inline constexpr std::uint64_t kReasonApplicationClocks = 0x02;
inline constexpr std::uint64_t kReasonSwPowerCap = 0x04;
inline constexpr std::uint64_t kReasonHwSlowdown = 0x08;
inline constexpr std::uint64_t kReasonSyncBoost = 0x10;
inline constexpr std::uint64_t kReasonSwThermal = 0x20;
inline constexpr std::uint64_t kReasonHwThermal = 0x40;
inline constexpr std::uint64_t kReasonPowerBrake = 0x80;
inline constexpr std::uint64_t kReasonDisplayClocks = 0x100;

/// nvmlPciInfo_t, version 3.
struct PciInfo {
    char bus_id_legacy[16];
    unsigned domain;
    unsigned bus;
    unsigned device;
    unsigned pci_device_id;
    unsigned pci_subsystem_id;
    char bus_id[32];
};
static_assert(sizeof(PciInfo) == 68 && offsetof(PciInfo, bus_id) == 36);

/// nvmlProcessInfo_t, as of nvmlDeviceGetComputeRunningProcesses_v3.
struct ProcessInfo {
    unsigned pid;
    unsigned long long used_gpu_memory;
    unsigned gpu_instance;
    unsigned compute_instance;
};
static_assert(sizeof(ProcessInfo) == 24);

/// nvmlBAR1Memory_t
struct Bar1Memory {
    unsigned long long total;
    unsigned long long free;
    unsigned long long used;
};
static_assert(sizeof(Bar1Memory) == 24);

/// nvmlUtilization_t, in percent
struct Utilization {
    unsigned gpu;
    unsigned memory;
};
static_assert(sizeof(Utilization) == 8);

/// nvmlMarginTemperature_v1_t; `version` is the size with the version in the top byte.
struct MarginTemperature {
    unsigned version;
    int margin;
};
static_assert(sizeof(MarginTemperature) == 8);
inline constexpr unsigned kMarginVersion1 = sizeof(MarginTemperature) | (1U << 24U);

/// nvmlGpuFabricInfo_v2_t. What stands in the padding is nobody's.
struct FabricInfo {
    unsigned version;
    unsigned char cluster_uuid[16];
    int status;  ///< nvmlReturn_t of the registration, once it is completed
    unsigned clique;
    /// nvmlGpuFabricState_t: not supported, not started, in progress, completed
    unsigned char state;
    unsigned char padding[3];
    unsigned health_mask;
};
static_assert(sizeof(FabricInfo) == 36 && offsetof(FabricInfo, state) == 28 &&
              offsetof(FabricInfo, health_mask) == 32);
inline constexpr unsigned kFabricVersion2 = sizeof(FabricInfo) | (2U << 24U);

/// nvmlViolationTime_t
struct ViolationTime {
    unsigned long long reference_us;
    unsigned long long violation_ns;
};
static_assert(sizeof(ViolationTime) == 16);

/// nvmlValue_t: which member holds is said by FieldValue::type.
union Value {
    double real;
    int signed_int;
    unsigned unsigned_int;
    unsigned long unsigned_long;
    unsigned long long unsigned_long_long;
    long long signed_long_long;
    unsigned short unsigned_short;
};

/// nvmlFieldValue_t
struct FieldValue {
    unsigned field;
    unsigned scope;  ///< the link, for NVLink's fields; 0 = the GPU alone, for power
    long long timestamp_us;
    long long latency_us;
    int type;  ///< nvmlValueType_t, in the order of Value's members below
    int result;
    Value value;
};
static_assert(sizeof(FieldValue) == 40 && offsetof(FieldValue, value) == 32);

// nvmlValueType_t
inline constexpr int kDouble = 0;
inline constexpr int kUnsignedInt = 1;
inline constexpr int kUnsignedLong = 2;
inline constexpr int kUnsignedLongLong = 3;
inline constexpr int kSignedLongLong = 4;
inline constexpr int kSignedInt = 5;
inline constexpr int kUnsignedShort = 6;

}  // namespace rackproof::nvml
