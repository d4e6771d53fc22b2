#include "core/error.hpp"
#include "devices/nccl/communicator.hpp"

namespace rackproof::nccl {

std::unique_ptr<Communicator> make_communicator(gpu::Gpu& /*gpu*/, Communicator& /*hosts*/,
                                                const Options& /*options*/) {
    throw Unsupported{"this rackproof was built without NCCL (WITH_NCCL)"};
}

}  // namespace rackproof::nccl
