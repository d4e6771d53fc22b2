#pragma once

#include <memory>
#include <string>

#include "devices/communicator.hpp"

namespace rackproof {

/// Starts MPI in this process, which an MPI launcher must have started, and gives all its ranks.
/// MPI is finalised with the communicator; a process that leaves after trouble must not destroy it
/// (finalising waits for ranks that may be dead). Made, used and destroyed by one thread.
/// Throws Error.
[[nodiscard]] std::unique_ptr<Communicator> make_mpi_communicator();

/// The MPI library that this program runs with, e.g. "Open MPI v4.1.4". Starts nothing.
[[nodiscard]] std::string mpi_library();

}  // namespace rackproof
