// How long `rackproof import csv` takes: writes a CSV of so many rows (10 million unless told
// otherwise) to a folder, imports it, and says how long that and merely reading the file took.
//   import_csv FOLDER [ROWS]
#include <fmt/core.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "bench/process_usage.hpp"
#include "core/clock.hpp"
#include "results/csv_import.hpp"

namespace {

constexpr int kDevices = 8;
constexpr int kMetrics = 6;
constexpr int kRepetitions = 5;

std::size_t write_csv(const std::filesystem::path& path, std::size_t rows) {
    std::ofstream file{path};
    file << "node,device,metric,value,unit,rack,slot,sku,rep\n";
    std::size_t written = 0;
    for (int node = 0; written < rows; ++node) {
        for (int i = 0; i < kDevices * kMetrics * kRepetitions && written < rows; ++i) {
            const int repetition = i % kRepetitions;
            const int metric = i / kRepetitions % kMetrics;
            const int device = i / kRepetitions / kMetrics;
            const double value = 700 + (static_cast<double>(written % 9973) / 997.3);
            file << fmt::format("r{:04}n{:02},{},gemm.m{},{:.6f},TFLOP/s,r{:04},{},h200,{}\n",
                                node / 8, node % 8, device, metric, value, node / 8, node % 8,
                                repetition);
            ++written;
        }
    }
    return written;
}

double read_s(const std::filesystem::path& path) {
    const auto start = rackproof::SteadyClock::now();
    std::ifstream file{path, std::ios::binary};
    std::vector<char> buffer(std::size_t{4} << 20U);
    while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()))) {
    }
    return rackproof::seconds_since(start);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        fmt::print(stderr, "usage: import_csv FOLDER [ROWS]\n");
        return 2;
    }
    const std::filesystem::path folder{argv[1]};
    const std::size_t rows = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 10'000'000;
    const std::filesystem::path csv = folder / "import.csv";
    write_csv(csv, rows);
    const double reading_s = read_s(csv);

    rackproof::CsvImport wanted;
    wanted.files = {csv};
    wanted.output = folder / "import.h5";
    wanted.lookup = [](std::string_view) { return std::nullopt; };
    const auto start = rackproof::SteadyClock::now();
    const double processor_before_s = rackproof::bench::processor_s();
    const rackproof::CsvImported imported = rackproof::import_csv(wanted);
    const double import_s = rackproof::seconds_since(start);
    fmt::print(
        "{} rows, {} MB: imported in {:.2f} s ({:.2f} s of processor time), merely read in {:.2f} "
        "s; peak memory {:.0f} MB\n",
        imported.rows, std::filesystem::file_size(csv) / 1'000'000, import_s,
        rackproof::bench::processor_s() - processor_before_s, reading_s,
        rackproof::bench::peak_mb());
    std::filesystem::remove(csv);
    std::filesystem::remove(wanted.output);
    return imported.rows == rows ? 0 : 1;
}
