// device_rates triad|gemm DEVICES_PER_NODE INDEX SIZE SECONDS
// What rackproof's own device layer reaches: bytes/s of membw.triad (SIZE: bytes of an array) or
// FLOP/s of gemm.fp64 (SIZE: m = n = k), timed by the device's own timer.
#include <fmt/core.h>

#include <exception>
#include <string_view>

#include "bench/samples.hpp"
#include "core/error.hpp"
#include "devices/device.hpp"

namespace rackproof::bench {
namespace {

void measure(ComputeDevice& device, Workload& workload, double amount, double seconds,
             const std::string& name) {
    const auto timer = device.make_timer();
    std::vector<double> samples;
    for (double spent_s = 0; samples.size() < 2 || spent_s < seconds;) {
        timer->start();
        workload.run();
        const double elapsed_s = timer->stop_s();
        spent_s += elapsed_s;
        samples.push_back(amount / elapsed_s);
    }
    workload.verify();
    samples.erase(samples.begin());
    print_rates(name, samples);
    fmt::print(stderr, "{}: {}\n", name, workload.variant().algorithm);
}

void run(const char* const* arguments) {
    const std::string_view what = arguments[1];
    const DeviceOptions options{.devices_per_node = number<std::int32_t>(arguments[2])};
    const auto device = open_device(options, number<std::int32_t>(arguments[3]));
    const std::int64_t size = number<std::int64_t>(arguments[4]);
    const double seconds = number<double>(arguments[5]);
    if (what == "triad") {
        const auto triad = device->make_stream(StreamKernel::Triad, size);
        measure(*device, *triad, triad->work().bytes, seconds, "membw.triad");
    } else if (what == "gemm") {
        const auto gemm = device->make_gemm({.m = size, .n = size, .k = size});
        measure(*device, *gemm, gemm->work().flops, seconds, "gemm.fp64");
    } else {
        throw InputError{"expected triad or gemm, got " + std::string{what}};
    }
}

}  // namespace
}  // namespace rackproof::bench

int main(int count, char** arguments) {
    if (count != 6) {
        fmt::print(stderr, "usage: device_rates triad|gemm DEVICES_PER_NODE INDEX SIZE SECONDS\n");
        return 2;
    }
    try {
        rackproof::bench::run(arguments);
    } catch (const std::exception& error) {
        fmt::print(stderr, "device_rates: {}\n", error.what());
        return 1;
    }
    return 0;
}
