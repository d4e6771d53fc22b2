// Writes tests/results' sample run to the path given; other tools are then tried on it.
#include <cstdio>
#include <string_view>

#include "core/error.hpp"
#include "results/run_file.hpp"
#include "tests/results/sample_run.hpp"

int main(int count, char** arguments) try {
    if (count != 3 ||
        (arguments[1] != std::string_view{"sample"} && arguments[1] != std::string_view{"empty"})) {
        std::fputs("usage: write_sample_run sample|empty PATH\n", stderr);
        return 2;
    }
    const bool empty = arguments[1] == std::string_view{"empty"};
    rackproof::write_run_file(empty ? rackproof::test::empty_run() : rackproof::test::sample_run(),
                              arguments[2]);
    return 0;
} catch (const rackproof::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}
