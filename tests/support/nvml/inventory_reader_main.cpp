// Readers of /proc and /sys for tests: inventory_reader ROOT [SCOPE]
#include <unistd.h>

#include "hwcheck/inventory_reader.hpp"

int main(int argc, char** argv) {
    constexpr int kWithScope = 3;
    return rackproof::serve_inventory_reader(STDIN_FILENO, argv[1],
                                             argc == kWithScope ? argv[2] : "");
}
