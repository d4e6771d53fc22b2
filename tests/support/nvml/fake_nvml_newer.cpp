// What the drivers since 535 have beside fake_nvml.cpp's calls.
#include <algorithm>

#include "hwcheck/nvml/interface.hpp"
#include "tests/support/nvml/fake_machine.hpp"

// The names are NVML's.
// NOLINTBEGIN(readability-identifier-naming, misc-use-internal-linkage)
extern "C" {

int nvmlDeviceGetCurrentClocksEventReasons(void* device, unsigned long long* reasons) {
    using namespace rackproof::test;
    return fake_number(fake_answer(device, "event_reasons"), reasons);
}

int nvmlDeviceGetMarginTemperature(void* device, rackproof::nvml::MarginTemperature* margin) {
    using namespace rackproof::test;
    constexpr int kArgumentVersionMismatch = 25;
    if (margin->version != rackproof::nvml::kMarginVersion1) return kArgumentVersionMismatch;
    return fake_number(fake_answer(device, "margin"), &margin->margin);
}

/// "fabric": [state, status, clique, the first byte of the cluster's UUID]. The padding is dirty,
/// as NVML's may be.
int nvmlDeviceGetGpuFabricInfoV(void* device, rackproof::nvml::FabricInfo* info) {
    using namespace rackproof::test;
    constexpr int kArgumentVersionMismatch = 25;
    if (info->version != rackproof::nvml::kFabricVersion2) return kArgumentVersionMismatch;
    const FakeAnswer answer = fake_answer(device, "fabric");
    if (answer.code != 0) return answer.code;
    info->state = answer.value.at(0).get<unsigned char>();
    std::ranges::fill(info->padding, 0xff);
    info->status = answer.value.at(1).get<int>();
    info->clique = answer.value.at(2).get<unsigned>();
    info->cluster_uuid[0] = answer.value.at(3).get<unsigned char>();
    return 0;
}

int nvmlDeviceGetNumaNodeId(void* device, unsigned* node) {
    using namespace rackproof::test;
    return fake_number(fake_answer(device, "numa_node"), node);
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming, misc-use-internal-linkage)
