#include "devices/gpu/gemm_choice.hpp"

#include <gmock/gmock.h>

#include <map>

#include "tests/support/scripted_gpu.hpp"

namespace rackproof::gpu {
namespace {

using test::ScriptedGpu;

/// A library whose products take what the test says, by how many were queued since the mark.
class TimedLibrary final : public GpuGemm {
  public:
    explicit TimedLibrary(ScriptedGpu& gpu) : gpu_{&gpu} {}

    std::vector<std::string> candidates() override {
        std::vector<std::string> names;
        for (const auto& [name, seconds] : order) names.push_back(name);
        return names;
    }
    std::string settings(const std::string& algorithm) const override { return algorithm; }
    void use(const std::string& algorithm) override {
        for (const auto& [name, seconds] : order) {
            if (name == algorithm) product_s_ = seconds;
        }
        used.push_back(algorithm);
    }
    void run() override {
        ++runs[used.back()];
        gpu_->advance(product_s_);
    }
    std::string library() const override { return "scripted"; }

    std::vector<std::pair<std::string, double>> order;
    std::vector<std::string> used;
    std::map<std::string, int> runs;

  private:
    ScriptedGpu* gpu_;
    double product_s_ = 0;
};

class GemmChoice : public testing::Test {
  protected:
    std::string chosen(int rounds = 3) { return fastest_algorithm(gpu_, library_, rounds); }

    ScriptedGpu gpu_;
    TimedLibrary library_{gpu_};
};

TEST_F(GemmChoice, IsTheFastestWhereItWinsByMoreThanTheAimAllows) {
    library_.order = {{"first", 1.5e-3}, {"better", 1.475e-3}, {"worse", 2e-3}};
    EXPECT_EQ(chosen(), "better") << "1.7 % faster";
    library_.order[1].second = 1.48e-3;
    EXPECT_EQ(chosen(), "first") << "1.3 % is within what equal GPUs may differ by";
}

TEST_F(GemmChoice, OneThatTheLibraryPutsLastMayWin) {
    library_.order = {{"first", 2e-3}};
    for (int i = 0; i < 30; ++i) library_.order.emplace_back("slow " + std::to_string(i), 3e-3);
    library_.order.emplace_back("last", 1e-3);
    EXPECT_EQ(chosen(), "last");
    EXPECT_EQ(library_.runs.at("slow 29"), 4) << "at the first look alone";
}

TEST_F(GemmChoice, TheFirstStaysInPlayHoweverItLooked) {
    library_.order = {{"first", 1e-3}};
    for (int i = 0; i < 12; ++i) library_.order.emplace_back("other", 0.995e-3);
    EXPECT_EQ(chosen(), "first");
}

TEST_F(GemmChoice, TrialsLastLongEnoughForThePowerLimitToShow) {
    library_.order = {{"first", 1e-3}, {"other", 1e-3}};
    (void)chosen(2);
    EXPECT_GE(library_.runs.at("other"), 2 * 30) << "30 ms each";
    EXPECT_GE(library_.runs.at("first"), 200 + 2 * 30) << "and 0.2 s under load before all";
}

TEST_F(GemmChoice, OfOneThereIsNothingToTime) {
    library_.order = {{"only", 1e-3}};
    EXPECT_EQ(chosen(), "only");
    EXPECT_TRUE(library_.runs.empty());
}

}  // namespace
}  // namespace rackproof::gpu
