// Readers of /proc and /sys for tests: inventory_reader ROOT [SCOPE [LOG_S]]
#include <unistd.h>

#include <string>

#include "hwcheck/inventory_reader.hpp"

int main(int argc, char** argv) {
    constexpr int kWithScope = 3;
    constexpr int kWithAge = 4;
    rackproof::ReaderTask task;
    task.root = argv[1];
    if (argc >= kWithScope) task.scope = argv[2];
    if (argc >= kWithAge) task.log_s = std::stod(argv[3]);
    task.xids = [] {
        return rackproof::XidTable{
            "test 1",
            {{13, {"Graphics engine exception", "m", "warning", "look", "s"}},
             {79, {"Fallen off the bus", "m", "error", "reseat it", "s"}}}};
    };
    return rackproof::serve_inventory_reader(STDIN_FILENO, task);
}
