#pragma once

#include "core/error.hpp"
#include "devices/gpu/gpu.hpp"

namespace rackproof::gpu {

/// While it lives, another GPU takes this thread's memory and kernels; after it, `own` again.
class Turn {
  public:
    Turn(Gpu& other, Gpu& own) : own_{&own} { other.use_here(); }
    ~Turn() {
        try {
            own_->use_here();
        } catch (const Error&) {  // its next call fails likewise, and says so
        }
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

  private:
    Gpu* own_;
};

}  // namespace rackproof::gpu
