#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "analysis/past.hpp"

namespace rackproof::test {

/// Runs in memory, oldest first.
class HeldPast final : public Past {
  public:
    HeldPast(std::vector<rackproof::Run> runs, const rackproof::Run& judged)
        : runs_{std::move(runs)} {
        for (const rackproof::Run& run : runs_) nights_.push_back(night_of(run, judged));
    }
    [[nodiscard]] const std::vector<Night>& nights() const override { return nights_; }
    [[nodiscard]] std::shared_ptr<const Metric> metric(std::size_t night,
                                                       const std::string& name) override {
        const auto& metrics = runs_[night].metrics;
        const auto found = std::ranges::find(metrics, name, &Metric::name);
        if (found == metrics.end()) return nullptr;
        return {std::shared_ptr<const Metric>{}, &*found};
    }

  private:
    std::vector<rackproof::Run> runs_;
    std::vector<Night> nights_;
};

}  // namespace rackproof::test
