#pragma once

#include <cstddef>
#include <string>

#include "core/owner.hpp"
#include "devices/nccl/interface.hpp"

namespace rackproof::nccl {

struct LoadedTraits {
    using Handle = void*;
    static constexpr Handle kNull = nullptr;
    /// Stays loaded: its threads may still be in it.
    static void close(Handle handle) noexcept;
};
using Loaded = Owner<LoadedTraits>;

/// NCCL in this process. Each call throws Error with its name and NCCL's own words.
class Library {
  public:
    /// Throws Unsupported if there is no library here, or it is older than 2.8.
    explicit Library(const std::string& file = kLibrary);

    /// "NCCL 2.28.9"
    [[nodiscard]] const std::string& name() const { return name_; }

    [[nodiscard]] UniqueId unique_id() const;
    /// Returns once all ranks are there; may never return.
    [[nodiscard]] Comm init_rank(int ranks, const UniqueId& id, int rank) const;
    void destroy(Comm comm) const noexcept;
    /// Ends what is under way, on this rank; from any thread.
    void cut_off(Comm comm) const noexcept;
    /// What has gone wrong behind the calls; empty if nothing has. From any thread.
    [[nodiscard]] std::string async_error(Comm comm) const;

    // Queued on `stream`; counts are elements of a rank's share, as NCCL takes them.
    struct Buffers {
        const void* send = nullptr;
        void* receive = nullptr;
        std::size_t count = 0;
        int type = kFloat32;
    };
    void all_reduce(const Buffers& buffers, Comm comm, void* stream) const;
    void all_gather(const Buffers& buffers, Comm comm, void* stream) const;
    void reduce_scatter(const Buffers& buffers, Comm comm, void* stream) const;
    void broadcast(const Buffers& buffers, int root, Comm comm, void* stream) const;
    void send(const void* from, std::size_t count, int type, int peer, Comm comm,
              void* stream) const;
    void receive(void* to, std::size_t count, int type, int peer, Comm comm, void* stream) const;
    void group_start() const;
    void group_end() const;

  private:
    template <class Function>
    [[nodiscard]] Function* call(const char* name) const;
    template <class Function, class... Arguments>
    void invoke(const char* name, Arguments... arguments) const;
    void check(int result, const char* name) const;
    [[nodiscard]] std::string words_for(int result) const;

    Loaded loaded_;
    std::string name_;
};

}  // namespace rackproof::nccl
