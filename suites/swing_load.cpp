#include "suites/swing_load.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"

namespace rackproof {
namespace {

constexpr double kLongestProduct_s = 2.5e-4;
/// A GPU's queue must not run dry between two looks at the clock.
constexpr double kAtOnce_s = 1e-3;
constexpr std::int64_t kSizes[] = {64, 128, 192, 256, 384, 512, 768, 1024, 2048, 4096, 8192};
constexpr std::int64_t kTimes = 5;

}  // namespace

SwingLoad::SwingLoad(SuiteContext& context)
    : context_{&context}, timer_{context.device().make_timer()} {
    const bool is_gpu = context.device().info().facts.kind == "gpu";
    for (const std::int64_t size : kSizes) {
        GemmShape shape;
        shape.precision = is_gpu ? Precision::Bf16 : Precision::Fp64;
        shape.m = shape.n = shape.k = size;
        std::unique_ptr<Workload> product = context.device().make_gemm(shape);
        (void)timed(*product, 1);
        const double product_s = timed(*product, kTimes) / kTimes;
        product->verify();
        if (product_ && product_s > kLongestProduct_s) break;
        product_ = std::move(product);
        product_s_ = product_s;
        size_ = size;
    }
}

double SwingLoad::timed(Workload& product, std::int64_t times) {
    timer_->start();
    for (std::int64_t i = 0; i < times; ++i) product.run();
    const double seconds = timer_->stop_s();
    if (!std::isfinite(seconds) || seconds <= 0) {
        throw Error{"time the load", "the device's timer says " + std::to_string(seconds) + " s"};
    }
    return seconds;
}

double SwingLoad::work_until(double due_s, const SwingClock& clock) {
    const double most = std::max(1.0, kAtOnce_s / product_s_);
    double worked_s = 0;
    for (double left_s = due_s - clock.now_s(); left_s >= product_s_;
         left_s = due_s - clock.now_s()) {
        const auto times = static_cast<std::int64_t>(std::min(most, left_s / product_s_));
        worked_s += timed(*product_, times);
        fresh_ = true;
    }
    context_->add_timed(worked_s);
    return worked_s;
}

void SwingLoad::verify() {
    if (fresh_) product_->verify();
    fresh_ = false;
}

}  // namespace rackproof
