#pragma once

/// NCCL's C interface, as far as it is used here, in our own words, so that rackproof builds and
/// its tests run where there is neither toolkit nor library. Numbers are those of nccl.h 2.28,
/// unchanged since 2.8; tests/devices/nccl_header_check.cpp holds them against the header where
/// there is one.
namespace rackproof::nccl {

inline constexpr const char* kLibrary = "libnccl.so.2";

/// ncclUniqueId, which is passed by value.
struct UniqueId {
    char internal[128];
};
static_assert(sizeof(UniqueId) == 128);

/// An ncclComm_t.
using Comm = void*;

// ncclResult_t
inline constexpr int kSuccess = 0;
inline constexpr int kSystemError = 2;
inline constexpr int kRemoteError = 6;
inline constexpr int kInProgress = 7;

// ncclDataType_t
inline constexpr int kInt64 = 4;
inline constexpr int kFloat32 = 7;
inline constexpr int kFloat64 = 8;
inline constexpr int kBfloat16 = 9;

// ncclRedOp_t
inline constexpr int kSum = 0;

}  // namespace rackproof::nccl
