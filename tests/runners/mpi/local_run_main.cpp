// The test program is its own worker: "local_run_test worker" is what mpirun starts. And it is a
// controller that a test can kill: "local_run_test controller DIR"; and, for its workers, the
// reader of this machine's counters, or of the tree that a test has made.
#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
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
        rackproof::ReaderTask task;
        if (argc > 2) task.root = argv[2];
        if (argc > 3) task.scope = argv[3];
        if (const char* tree = std::getenv(rackproof::test::kTreeVariable)) task.root = tree;
        task.xids = [] {
            return rackproof::XidTable{"test 1",
                                       {{79, {"Fallen off the bus", "m", "error", "n", "s"}}}};
        };
        return rackproof::serve_inventory_reader(STDIN_FILENO, task);
    }
    testing::InitGoogleMock(&argc, argv);
    return RUN_ALL_TESTS();
}
