// Readers of /proc and /sys for tests: inventory_reader ROOT [counters]
#include <unistd.h>

#include "hwcheck/inventory_reader.hpp"

int main(int argc, char** argv) {
    constexpr int kWithScope = 3;
    return argc == kWithScope ? rackproof::serve_counters_reader(STDIN_FILENO, argv[1])
                              : rackproof::serve_inventory_reader(STDIN_FILENO, argv[1]);
}
