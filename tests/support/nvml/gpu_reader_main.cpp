// A GpuReader's child for tests: gpu_reader LIBRARY
#include <unistd.h>

#include "hwcheck/gpu_reader_child.hpp"

int main(int, char** argv) { return rackproof::serve_gpu_reader(STDIN_FILENO, argv[1]); }
