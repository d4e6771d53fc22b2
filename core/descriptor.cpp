#include "core/descriptor.hpp"

#include <unistd.h>

namespace rackproof {

void DescriptorTraits::close(Handle handle) noexcept { ::close(handle); }

}  // namespace rackproof
