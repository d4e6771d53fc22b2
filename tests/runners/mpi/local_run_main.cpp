// The test program is its own worker: "local_run_test worker" is what mpirun starts. And it is a
// controller that a test can kill: "local_run_test controller DIR"; and, for its workers, the
// reader of this machine's counters.
#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdio>
#include <string_view>

#include "core/error.hpp"
#include "hwcheck/inventory_reader.hpp"
#include "runners/run_plan.hpp"
#include "tests/runners/mpi/local_run_check.hpp"

namespace {

int as_worker() {
    try {
        return rackproof::run_worker();
    } catch (const rackproof::Error& error) {
        std::fprintf(stderr, "worker: %s\n", error.what());
        return 3;
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 2 && std::string_view{argv[1]} == "worker") return as_worker();
    if (argc == 3 && std::string_view{argv[1]} == "controller") {
        rackproof::test::run_for_ever(argv[2]);
        return 0;
    }
    if (argc >= 2 && std::string_view{argv[1]} == rackproof::kInventoryReaderCommand) {
        const char* root = argc > 2 ? argv[2] : "/";
        return rackproof::serve_inventory_reader(STDIN_FILENO, root, argc > 3 ? argv[3] : "");
    }
    testing::InitGoogleMock(&argc, argv);
    return RUN_ALL_TESTS();
}
