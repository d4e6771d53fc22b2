// A libnccl.so.2 without any GPU. See fake_nccl.hpp.
#include "tests/support/nccl/fake_nccl.hpp"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "devices/nccl/interface.hpp"

// The names are NCCL's.
// NOLINTBEGIN(readability-identifier-naming, misc-use-internal-linkage)
namespace {

namespace nccl = rackproof::nccl;
using rackproof::test::FakeNccl;

/// The ranks of one id, which meet at every collective.
struct Clique {
    std::mutex mutex;
    std::condition_variable changed;
    int ranks = 0;
    int joined = 0;
    std::vector<const void*> sent;
    std::map<std::pair<int, int>, const void*> to_peer;
    int arrived = 0;
    int left = 0;
    long round = 0;
    bool aborted = false;
};

struct Rank {
    std::shared_ptr<Clique> clique;
    int rank = 0;
    int calls = 0;
    std::atomic<bool> aborted = false;
    std::atomic<int> async_error = nccl::kSuccess;
};

struct State {
    std::mutex mutex;
    FakeNccl script;
    std::map<std::string, std::shared_ptr<Clique>> cliques;
    std::vector<std::unique_ptr<Rank>> ranks;
    int ids = 0;
};

/// Never destroyed: a thread that hangs at its start is left behind, and may come back to it.
State& state() {
    static State& kState = *std::make_unique<State>().release();
    return kState;
}

FakeNccl script() {
    const std::scoped_lock lock{state().mutex};
    return state().script;
}

/// A line of debug output, where NCCL_DEBUG_FILE says; only the first clique's rank 0 need speak.
void say(const std::string& words) {
    const char* const file = std::getenv("NCCL_DEBUG_FILE");
    if (file == nullptr) return;
    static std::FILE* const kOut = std::fopen(file, "w");
    static std::mutex kMutex;
    const std::scoped_lock lock{kMutex};
    if (kOut == nullptr) return;
    std::fprintf(kOut, "node:1:2 [0] NCCL INFO %s\n", words.c_str());
    std::fflush(kOut);
}

std::size_t size_of(int type) {
    switch (type) {
        case nccl::kFloat64:
        case nccl::kInt64: return 8;
        case nccl::kFloat32: return 4;
        default: return 2;
    }
}

template <class Number>
void add(const std::vector<const void*>& from, std::size_t first, std::size_t count, void* to) {
    std::vector<Number> sum(count, Number{});
    for (const void* rank : from) {
        for (std::size_t i = 0; i < count; ++i)
            sum[i] += static_cast<const Number*>(rank)[first + i];
    }
    std::memcpy(to, sum.data(), count * sizeof(Number));
}

int add_typed(int type, const std::vector<const void*>& from, std::size_t first, std::size_t count,
              void* to) {
    switch (type) {
        case nccl::kFloat64: add<double>(from, first, count, to); return 0;
        case nccl::kFloat32: add<float>(from, first, count, to); return 0;
        case nccl::kInt64: add<long long>(from, first, count, to); return 0;
        default: return 4;  // ncclInvalidArgument
    }
}

/// All ranks come in, each does its part, and none goes before all have: `part` reads what the
/// others have sent, so it must be done before anybody writes over it.
int meet(Rank& own, const void* send, const std::function<int(Clique&)>& read,
         const std::function<void()>& write) {
    const FakeNccl script = ::script();
    const int call = own.calls++;
    if (script.async_error_after >= 0 && call >= script.async_error_after) {
        own.async_error = nccl::kRemoteError;
    }
    Clique& clique = *own.clique;
    std::unique_lock lock{clique.mutex};
    const auto gone = [&] { return clique.aborted || own.aborted.load(); };
    if (script.hangs_at_call == call || own.async_error != nccl::kSuccess) {
        clique.changed.wait(lock, gone);
        return nccl::kSuccess;  // as a kernel that was told to leave
    }
    clique.changed.wait(lock, [&] { return clique.left == 0 || gone(); });
    clique.sent[static_cast<std::size_t>(own.rank)] = send;
    const long round = clique.round;
    if (++clique.arrived == clique.ranks) {
        ++clique.round;
        clique.changed.notify_all();
    }
    clique.changed.wait(lock, [&] { return clique.round != round || gone(); });
    if (gone()) return nccl::kSuccess;
    const int result = read(clique);
    if (++clique.left == clique.ranks) {
        clique.left = -clique.ranks;
        clique.arrived = 0;
        clique.changed.notify_all();
    }
    clique.changed.wait(lock, [&] { return clique.left < 0 || gone(); });
    if (script.idle_at_call != call) write();
    if (++clique.left == 0) clique.changed.notify_all();
    return result;
}

/// A collective that fills `bytes` at `receive` by `make`.
int collective(void* comm, const char* name, const void* send, void* receive, std::size_t bytes,
               const std::function<int(Clique&, void*)>& make) {
    Rank& own = *static_cast<Rank*>(comm);
    const FakeNccl script = ::script();
    say(std::string{name} + ": " + std::to_string(bytes) + " Bytes -> Algo " + script.algorithm +
        " proto SIMPLE channel{Lo..Hi}={0..15}");
    const bool wrong = script.wrong_at_call == own.calls;
    std::vector<std::byte> made(bytes);
    return meet(
        own, send, [&](Clique& clique) { return make(clique, made.data()); },
        [&] {
            if (wrong) made.front() ^= std::byte{0x55};
            std::memcpy(receive, made.data(), bytes);
        });
}

int queue(void* stream, std::function<int()> work) {
    auto& queue = *static_cast<rackproof::test::FakeStream*>(stream);
    if (!queue.recording) return work();
    queue.recorded.push_back(std::move(work));
    return nccl::kSuccess;
}

struct Pending {
    bool is_send = false;
    const void* from = nullptr;
    void* to = nullptr;
    std::size_t bytes = 0;
    int peer = 0;
    void* comm = nullptr;
    void* stream = nullptr;
};
thread_local std::vector<Pending> grouped;

/// All sends and receives of one group, as one meeting.
int exchange(const std::vector<Pending>& calls) {
    Rank& own = *static_cast<Rank*>(calls.front().comm);
    {
        const std::scoped_lock lock{own.clique->mutex};
        for (const Pending& call : calls) {
            if (call.is_send) own.clique->to_peer[{own.rank, call.peer}] = call.from;
        }
    }
    const bool wrong = script().wrong_at_call == own.calls;
    std::vector<std::vector<std::byte>> made;
    return meet(
        own, nullptr,
        [&](Clique& clique) {
            for (const Pending& call : calls) {
                if (call.is_send) continue;
                const auto* const from =
                    static_cast<const std::byte*>(clique.to_peer.at({call.peer, own.rank}));
                made.emplace_back(from, from + call.bytes);
            }
            return 0;
        },
        [&] {
            std::size_t place = 0;
            for (const Pending& call : calls) {
                if (call.is_send) continue;
                std::vector<std::byte>& bytes = made[place++];
                if (wrong) bytes.front() ^= std::byte{0x55};
                std::memcpy(call.to, bytes.data(), bytes.size());
            }
        });
}

}  // namespace

extern "C" {

void rackproof_set_fake_nccl(const FakeNccl& script) {
    const std::scoped_lock lock{state().mutex};
    state().script = script;
    state().cliques.clear();
}

int ncclGetVersion(int* version) {
    *version = script().version;
    return nccl::kSuccess;
}

const char* ncclGetErrorString(int result) {
    return result == nccl::kRemoteError ? "remote process exited or there was a network error"
                                        : "unhandled system error";
}

int ncclGetUniqueId(nccl::UniqueId* id) {
    const std::scoped_lock lock{state().mutex};
    std::memset(id->internal, 0, sizeof id->internal);
    std::snprintf(id->internal, sizeof id->internal, "a fake id, and not a short one: %d",
                  ++state().ids);
    id->internal[sizeof id->internal - 1] = 'x';  // the last byte travels as well
    return nccl::kSuccess;
}

int ncclCommInitRank(nccl::Comm* comm, int ranks, nccl::UniqueId id, int rank) {
    const FakeNccl script = ::script();
    if (script.fails_at_init != nccl::kSuccess) return script.fails_at_init;
    auto own = std::make_unique<Rank>();
    {
        const std::scoped_lock lock{state().mutex};
        auto& clique = state().cliques[std::string(id.internal, sizeof id.internal)];
        if (!clique) clique = std::make_shared<Clique>();
        own->clique = clique;
    }
    own->rank = rank;
    Clique& clique = *own->clique;
    std::unique_lock lock{clique.mutex};
    if (script.hangs_at_init == rank) clique.changed.wait(lock, [] { return false; });
    clique.ranks = ranks;
    clique.sent.resize(static_cast<std::size_t>(ranks));
    ++clique.joined;
    clique.changed.notify_all();
    clique.changed.wait(lock, [&] { return clique.joined >= ranks; });
    say(std::string{"Using network "} + script.network);
    say(std::string{"NVLS multicast support is "} + (script.nvls ? "" : "not ") +
        "available on dev 0");
    say("Channel 00/0 : 0[0] -> 1[1] via " + std::string{script.transport});
    const std::scoped_lock all{state().mutex};
    *comm = own.get();
    state().ranks.push_back(std::move(own));
    return nccl::kSuccess;
}

int ncclCommDestroy(nccl::Comm /*comm*/) { return nccl::kSuccess; }

int ncclCommAbort(nccl::Comm comm) {
    Rank& own = *static_cast<Rank*>(comm);
    const std::scoped_lock lock{own.clique->mutex};
    own.aborted = true;
    own.clique->changed.notify_all();
    return nccl::kSuccess;
}

int ncclCommGetAsyncError(nccl::Comm comm, int* result) {
    *result = static_cast<Rank*>(comm)->async_error;
    return nccl::kSuccess;
}

int ncclAllReduce(const void* send, void* receive, std::size_t count, int type, int /*op*/,
                  nccl::Comm comm, void* stream) {
    const auto make = [=](Clique& clique, void* to) {
        return add_typed(type, clique.sent, 0, count, to);
    };
    return queue(stream, [=] {
        return collective(comm, "AllReduce", send, receive, count * size_of(type), make);
    });
}

int ncclReduceScatter(const void* send, void* receive, std::size_t count, int type, int /*op*/,
                      nccl::Comm comm, void* stream) {
    const auto rank = static_cast<std::size_t>(static_cast<Rank*>(comm)->rank);
    const auto make = [=](Clique& clique, void* to) {
        return add_typed(type, clique.sent, rank * count, count, to);
    };
    return queue(stream, [=] {
        return collective(comm, "ReduceScatter", send, receive, count * size_of(type), make);
    });
}

int ncclAllGather(const void* send, void* receive, std::size_t count, int type, nccl::Comm comm,
                  void* stream) {
    const std::size_t share = count * size_of(type);
    const auto ranks = static_cast<std::size_t>(static_cast<Rank*>(comm)->clique->ranks);
    const auto make = [=](Clique& clique, void* to) {
        for (std::size_t i = 0; i < ranks; ++i) {
            std::memcpy(static_cast<std::byte*>(to) + i * share, clique.sent[i], share);
        }
        return 0;
    };
    return queue(stream,
                 [=] { return collective(comm, "AllGather", send, receive, share * ranks, make); });
}

int ncclBroadcast(const void* send, void* receive, std::size_t count, int type, int root,
                  nccl::Comm comm, void* stream) {
    const auto make = [=](Clique& clique, void* to) {
        std::memcpy(to, clique.sent[static_cast<std::size_t>(root)], count * size_of(type));
        return 0;
    };
    return queue(stream, [=] {
        return collective(comm, "Broadcast", send, receive, count * size_of(type), make);
    });
}

int ncclSend(const void* from, std::size_t count, int type, int peer, nccl::Comm comm,
             void* stream) {
    grouped.push_back({true, from, nullptr, count * size_of(type), peer, comm, stream});
    return nccl::kSuccess;
}

int ncclRecv(void* to, std::size_t count, int type, int peer, nccl::Comm comm, void* stream) {
    grouped.push_back({false, nullptr, to, count * size_of(type), peer, comm, stream});
    return nccl::kSuccess;
}

int ncclGroupStart() { return nccl::kSuccess; }

int ncclGroupEnd() {
    const std::vector<Pending> calls = std::move(grouped);
    grouped.clear();
    if (calls.empty()) return nccl::kSuccess;
    return queue(calls.front().stream, [calls] { return exchange(calls); });
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming, misc-use-internal-linkage)
