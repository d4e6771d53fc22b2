#pragma once

namespace rackproof {

/// From now on the process keeps the memory that it frees, whatever its size, instead of giving it
/// back to the system: for work on one large matrix after another, each as large as the last, where
/// touching new pages costs more than the work. To be called before threads are started.
void keep_freed_memory();

}  // namespace rackproof
