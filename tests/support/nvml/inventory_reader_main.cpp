// A reader of /proc and /sys for tests: inventory_reader ROOT
#include <unistd.h>

#include "hwcheck/inventory_reader.hpp"

int main(int, char** argv) { return rackproof::serve_inventory_reader(STDIN_FILENO, argv[1]); }
