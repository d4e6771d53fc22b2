#pragma once

#include <cstdint>
#include <memory>

#include "devices/workload.hpp"
#include "suites/context.hpp"
#include "suites/swing_clock.hpp"

namespace rackproof {

/// Full load of one device for as long as it is wanted, to a fraction of a millisecond: matrix
/// products so small that one is over soon, as large as that allows.
class SwingLoad {
  public:
    /// Finds the size. Throws Unsupported as ComputeDevice::make_gemm does. `context` must outlive
    /// this.
    explicit SwingLoad(SuiteContext& context);

    /// Works until it is `due_s` on `clock`, or less than one product before it; nothing if it is
    /// that late already. Returns the seconds that the device has worked.
    double work_until(double due_s, const SwingClock& clock);

    /// Checks the last product, if there is one. Throws WrongAnswer.
    void verify();

    /// m = n = k, and the seconds that one product takes.
    [[nodiscard]] std::int64_t size() const { return size_; }
    [[nodiscard]] double product_s() const { return product_s_; }
    [[nodiscard]] Variant variant() const { return product_->variant(); }

  private:
    [[nodiscard]] double timed(Workload& product, std::int64_t times);

    SuiteContext* context_;
    std::unique_ptr<Timer> timer_;
    std::unique_ptr<Workload> product_;
    std::int64_t size_ = 0;
    double product_s_ = 0;
    bool fresh_ = false;  ///< a product that has not been checked
};

}  // namespace rackproof
