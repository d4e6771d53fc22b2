// Compiled where nccl.h is: holds our own words of NCCL's interface against it. Never run.
#include <nccl.h>

#include <type_traits>

#include "devices/nccl/interface.hpp"

namespace rackproof::nccl {

static_assert(sizeof(UniqueId) == sizeof(ncclUniqueId) && sizeof(UniqueId) == NCCL_UNIQUE_ID_BYTES);
static_assert(sizeof(ncclComm_t) == sizeof(Comm));
static_assert(sizeof(ncclResult_t) == sizeof(int) && sizeof(ncclDataType_t) == sizeof(int) &&
              sizeof(ncclRedOp_t) == sizeof(int));
static_assert(ncclSuccess == kSuccess && ncclSystemError == kSystemError &&
              ncclRemoteError == kRemoteError && ncclInProgress == kInProgress);
static_assert(ncclInt64 == kInt64 && ncclFloat32 == kFloat32 && ncclFloat64 == kFloat64 &&
              ncclBfloat16 == kBfloat16);
static_assert(ncclSum == kSum);
static_assert(
    std::is_same_v<decltype(ncclAllReduce), ncclResult_t(const void*, void*, size_t, ncclDataType_t,
                                                         ncclRedOp_t, ncclComm_t, cudaStream_t)>);
static_assert(std::is_same_v<decltype(ncclReduceScatter), decltype(ncclAllReduce)>);
static_assert(
    std::is_same_v<decltype(ncclAllGather), ncclResult_t(const void*, void*, size_t, ncclDataType_t,
                                                         ncclComm_t, cudaStream_t)>);
static_assert(
    std::is_same_v<decltype(ncclBroadcast), ncclResult_t(const void*, void*, size_t, ncclDataType_t,
                                                         int, ncclComm_t, cudaStream_t)>);
static_assert(std::is_same_v<decltype(ncclSend), ncclResult_t(const void*, size_t, ncclDataType_t,
                                                              int, ncclComm_t, cudaStream_t)>);
static_assert(std::is_same_v<decltype(ncclRecv), ncclResult_t(void*, size_t, ncclDataType_t, int,
                                                              ncclComm_t, cudaStream_t)>);
static_assert(
    std::is_same_v<decltype(ncclCommInitRank), ncclResult_t(ncclComm_t*, int, ncclUniqueId, int)>);
static_assert(
    std::is_same_v<decltype(ncclCommGetAsyncError), ncclResult_t(ncclComm_t, ncclResult_t*)>);

}  // namespace rackproof::nccl
