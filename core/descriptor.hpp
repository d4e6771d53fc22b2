#pragma once

#include "core/owner.hpp"

namespace rackproof {

struct DescriptorTraits {
    using Handle = int;
    static constexpr Handle kNull = -1;
    static void close(Handle handle) noexcept;
};

/// An open file, socket or pipe; closed with the last owner.
using Descriptor = Owner<DescriptorTraits>;

}  // namespace rackproof
