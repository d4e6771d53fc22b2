#include "tests/support/gpu_machine.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "hwcheck/inventory_reader.hpp"
#include "tests/support/nvml/fake_machine.hpp"
#include "tests/support/nvml/files.hpp"
#include "tests/support/source_folder.hpp"

namespace rackproof::test {
namespace {

constexpr int kLinks = 18;

nlohmann::json healthy_gpu() {
    std::ifstream stream{source_folder() / "tests/support/nvml/h200.json"};
    nlohmann::json gpu = nlohmann::json::parse(stream);
    for (int link = 0; link < kLinks; ++link) {
        gpu["links"].push_back({{"active", 1}, {"counters", {0, 0, 0, 0}}});
    }
    return gpu;
}

std::string numbered(const char* format, int number) {
    std::array<char, 64> text{};
    (void)std::snprintf(text.data(), text.size(), format, number);
    return text.data();
}

}  // namespace

GpuMachine::GpuMachine(int gpus) {
    json = {{"driver", "580.95.05"}, {"nvml", "13.580.95.05"}, {"cuda", 13000}};
    json["gpus"] = nlohmann::json::array();
    for (int i = 0; i < gpus; ++i) {
        nlohmann::json own = healthy_gpu();
        own["nvmlDeviceGetUUID"] = numbered("GPU-00000000-0000-0000-0000-%012d", i);
        own["nvmlDeviceGetSerial"] = numbered("1650000000%03d", i);
        own["pci"] = numbered("00000000:%02X:00.0", 0x18 + i);
        own["nvmlDeviceGetMinorNumber"] = i;
        json["gpus"].push_back(own);
    }
    write();
    ::setenv(kFakeNvmlVariable, (folder_ / "machine.json").c_str(), 1);
}

GpuMachine::~GpuMachine() { ::unsetenv(kFakeNvmlVariable); }

/// By rename, for the fake may be reading.
void GpuMachine::write() const {
    write_bytes(folder_ / "next.json", json.dump());
    std::filesystem::rename(folder_ / "next.json", folder_ / "machine.json");
}

std::string fake_nvml() { return kFakeNvml; }
std::string old_fake_nvml() { return kOldFakeNvml; }

GpuReaderProgram fake_gpu_reader(const std::string& library) { return {kGpuReader, {library}}; }

ReaderProgram inventory_reader(const std::filesystem::path& root) {
    return {kInventoryReader, {root.string()}};
}

ReaderProgram counters_reader(const std::filesystem::path& root) {
    return {kInventoryReader, {root.string(), kCountersArgument}};
}

}  // namespace rackproof::test
