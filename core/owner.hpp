#pragma once

#include <utility>

namespace rackproof {

/// Owns one C handle: move-only, closes it once. A new library costs one traits struct:
///   struct FileTraits {
///       using Handle = int;
///       static constexpr Handle kNull = -1;
///       static void close(Handle handle) noexcept;
///   };
/// `close` never throws; where a close can fail in a way that matters, call the library's own
/// checked close first and then `release()`.
template <class Traits>
class Owner {
  public:
    using Handle = typename Traits::Handle;

    Owner() noexcept = default;
    explicit Owner(Handle handle) noexcept : handle_{handle} {}
    Owner(Owner&& other) noexcept : handle_{other.release()} {}
    Owner& operator=(Owner&& other) noexcept {
        if (this != &other) reset(other.release());
        return *this;
    }
    Owner(const Owner&) = delete;
    Owner& operator=(const Owner&) = delete;
    ~Owner() { reset(); }

    [[nodiscard]] Handle get() const noexcept { return handle_; }
    [[nodiscard]] explicit operator bool() const noexcept { return handle_ != Traits::kNull; }

    /// Gives the handle up without closing it.
    [[nodiscard]] Handle release() noexcept { return std::exchange(handle_, Traits::kNull); }

    void reset(Handle handle = Traits::kNull) noexcept {
        const Handle old = std::exchange(handle_, handle);
        if (old != Traits::kNull) Traits::close(old);
    }

  private:
    Handle handle_ = Traits::kNull;
};

}  // namespace rackproof
