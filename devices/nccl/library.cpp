#include "devices/nccl/library.hpp"

#include <dlfcn.h>

#include "core/error.hpp"
#include "core/utf8.hpp"

namespace rackproof::nccl {
namespace {

constexpr int kOldest = 2800;  ///< 2.8.0, before the numbering changed with 2.9

/// 22809 is 2.28.9; up to 2.8 it was 2804 for 2.8.4 (NCCL_VERSION in nccl.h).
std::string version_text(int version) {
    constexpr int kNewNumbering = 10000;
    const int major = version / (version < kNewNumbering ? 1000 : 10000);
    const int minor = version < kNewNumbering ? version % 1000 / 100 : version % 10000 / 100;
    return std::to_string(major) + "." + std::to_string(minor) + "." +
           std::to_string(version % 100);
}

Loaded load(const std::string& file) {
    Loaded loaded{::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL)};
    if (loaded) return loaded;
    const char* const words = ::dlerror();
    throw Unsupported{"no NCCL here: " +
                      printable(words == nullptr ? "it does not say why" : words)};
}

}  // namespace

void LoadedTraits::close(Handle /*handle*/) noexcept {}

Library::Library(const std::string& file) : loaded_{load(file)} {
    int version = 0;
    invoke<int(int*)>("ncclGetVersion", &version);
    if (version < kOldest) {
        throw Unsupported{"this NCCL is " + version_text(version) + "; 2.8 or newer is needed"};
    }
    name_ = "NCCL " + version_text(version);
}

template <class Function>
Function* Library::call(const char* name) const {
    auto* const found = reinterpret_cast<Function*>(::dlsym(loaded_.get(), name));
    if (found == nullptr) throw Error{name, "this NCCL has no such call"};
    return found;
}

template <class Function, class... Arguments>
void Library::invoke(const char* name, Arguments... arguments) const {
    check(call<Function>(name)(arguments...), name);
}

std::string Library::words_for(int result) const {
    using Words = const char*(int);
    const char* const text = call<Words>("ncclGetErrorString")(result);
    std::string words =
        printable(text == nullptr ? "" : text) + " (" + std::to_string(result) + ")";
    // What the last error was about; since 2.13.
    using Last = const char*(Comm);
    auto* const last = reinterpret_cast<Last*>(::dlsym(loaded_.get(), "ncclGetLastError"));
    const char* const detail = last == nullptr ? nullptr : last(nullptr);
    if (detail != nullptr && *detail != '\0') words += ": " + printable(detail);
    return words;
}

void Library::check(int result, const char* name) const {
    if (result != kSuccess) throw Error{name, words_for(result)};
}

UniqueId Library::unique_id() const {
    UniqueId id{};
    invoke<int(UniqueId*)>("ncclGetUniqueId", &id);
    return id;
}

Comm Library::init_rank(int ranks, const UniqueId& id, int rank) const {
    Comm comm = nullptr;
    invoke<int(Comm*, int, UniqueId, int)>("ncclCommInitRank", &comm, ranks, id, rank);
    return comm;
}

void Library::destroy(Comm comm) const noexcept {
    auto* const function =
        reinterpret_cast<int (*)(Comm)>(::dlsym(loaded_.get(), "ncclCommDestroy"));
    if (function != nullptr) (void)function(comm);
}

void Library::cut_off(Comm comm) const noexcept {
    auto* const function = reinterpret_cast<int (*)(Comm)>(::dlsym(loaded_.get(), "ncclCommAbort"));
    if (function != nullptr) (void)function(comm);
}

std::string Library::async_error(Comm comm) const {
    int result = kSuccess;
    invoke<int(Comm, int*)>("ncclCommGetAsyncError", comm, &result);
    return result == kSuccess || result == kInProgress ? "" : words_for(result);
}

void Library::all_reduce(const Buffers& b, Comm comm, void* stream) const {
    invoke<int(const void*, void*, std::size_t, int, int, Comm, void*)>(
        "ncclAllReduce", b.send, b.receive, b.count, b.type, kSum, comm, stream);
}

void Library::all_gather(const Buffers& b, Comm comm, void* stream) const {
    invoke<int(const void*, void*, std::size_t, int, Comm, void*)>(
        "ncclAllGather", b.send, b.receive, b.count, b.type, comm, stream);
}

void Library::reduce_scatter(const Buffers& b, Comm comm, void* stream) const {
    invoke<int(const void*, void*, std::size_t, int, int, Comm, void*)>(
        "ncclReduceScatter", b.send, b.receive, b.count, b.type, kSum, comm, stream);
}

void Library::broadcast(const Buffers& b, int root, Comm comm, void* stream) const {
    invoke<int(const void*, void*, std::size_t, int, int, Comm, void*)>(
        "ncclBroadcast", b.send, b.receive, b.count, b.type, root, comm, stream);
}

void Library::send(const void* from, std::size_t count, int type, int peer, Comm comm,
                   void* stream) const {
    invoke<int(const void*, std::size_t, int, int, Comm, void*)>("ncclSend", from, count, type,
                                                                 peer, comm, stream);
}

void Library::receive(void* to, std::size_t count, int type, int peer, Comm comm,
                      void* stream) const {
    invoke<int(void*, std::size_t, int, int, Comm, void*)>("ncclRecv", to, count, type, peer, comm,
                                                           stream);
}

void Library::group_start() const { invoke<int()>("ncclGroupStart"); }
void Library::group_end() const { invoke<int()>("ncclGroupEnd"); }

}  // namespace rackproof::nccl
