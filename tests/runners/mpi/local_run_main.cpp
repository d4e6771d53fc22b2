// The test program is its own worker: "local_run_test worker" is what mpirun starts.
#include <gmock/gmock.h>

#include <cstdio>
#include <filesystem>
#include <string_view>

#include "core/error.hpp"
#include "runners/run_plan.hpp"

int main(int argc, char** argv) {
    if (argc == 2 && std::string_view{argv[1]} == "worker") {
        try {
            return rackproof::run_worker();
        } catch (const rackproof::Error& error) {
            std::fprintf(stderr, "worker: %s\n", error.what());
            return 3;
        }
    }
    testing::InitGoogleMock(&argc, argv);
    return RUN_ALL_TESTS();
}
