#pragma once

#include <functional>
#include <vector>

namespace rackproof::test {

/// A stream as the scripted library takes it: what is queued while it records waits for whoever has
/// the recording.
struct FakeStream {
    bool recording = false;
    std::vector<std::function<int()>> recorded;
};

/// What the scripted libnccl.so.2 does. Its ranks are threads of one process: a call moves host
/// memory at once, and waits for the other ranks.
struct FakeNccl {
    int version = 22809;
    const char* transport = "P2P/CUMEM";
    const char* network = "Socket";
    const char* algorithm = "RING";
    bool nvls = true;
    int hangs_at_init = -1;      ///< the rank that never comes back from ncclCommInitRank
    int fails_at_init = 0;       ///< an ncclResult_t for all
    int hangs_at_call = -1;      ///< the collective, from 0, that waits until it is aborted
    int async_error_after = -1;  ///< so many collectives later there is one (ncclRemoteError)
    int wrong_at_call = -1;      ///< the collective whose first element arrives wrong
    int idle_at_call = -1;       ///< the collective that moves nothing
};

/// A symbol of the library: sets the script and forgets all communicators.
using SetFakeNccl = void(const FakeNccl&);
inline constexpr const char* kSetFakeNccl = "rackproof_set_fake_nccl";

}  // namespace rackproof::test
