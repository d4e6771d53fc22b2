#include "core/telemetry_columns.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

namespace rackproof {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Each value says where it stands.
class NumberedRows final : public TelemetrySource {
  public:
    NumberedRows(std::size_t rows, std::size_t devices) : rows_{rows}, devices_{devices} {}
    [[nodiscard]] const std::vector<SensorSeries>& sensors() const override { return sensors_; }
    [[nodiscard]] std::size_t targets(Scope scope) const override {
        return scope == Scope::Device ? devices_ : 1;
    }
    [[nodiscard]] std::size_t rows() const override { return rows_; }
    void read_times(std::size_t first, std::span<double> times) override {
        for (double& time : times) time = static_cast<double>(first++);
    }
    void read_values(std::size_t sensor, std::size_t first, std::span<float> values) override {
        ++reads;
        largest = std::max(largest, values.size());
        first *= targets(sensors_[sensor].scope);
        for (float& value : values) value = static_cast<float>(sensor + 2 * first++);
    }
    int reads = 0;
    std::size_t largest = 0;  ///< numbers of one read

  private:
    std::size_t rows_;
    std::size_t devices_;
    std::vector<SensorSeries> sensors_{{"t", "degC", Scope::Device, 1, {}},
                                       {"inlet", "degC", Scope::Node, 1, {}}};
};

TEST(TelemetryColumns, GivesATargetsReadings) {
    NumberedRows source{3, 4};
    TelemetryColumns columns{source};
    EXPECT_THAT(columns.times(), ElementsAre(0, 1, 2));
    EXPECT_THAT(columns.column(0, 1), ElementsAre(2, 10, 18));
    EXPECT_THAT(columns.column(0, 3), ElementsAre(6, 14, 22));
    EXPECT_THAT(columns.column(1, 0), ElementsAre(1, 3, 5));
    EXPECT_EQ(source.reads, 2) << "each sensor once";
}

TEST(TelemetryColumns, OfMoreThanABlockAreTheSame) {
    constexpr std::size_t kRows = 50'000;
    constexpr std::size_t kDevices = 100;  // 20 MB; floats count no further than 16.7 million
    NumberedRows source{kRows, kDevices};
    TelemetryColumns columns{source};
    for (const std::size_t device : {0U, 57U, 99U}) {
        const std::vector<float> column = columns.column(0, device);
        ASSERT_EQ(column.size(), kRows);
        std::size_t wrong = 0;
        for (std::size_t row = 0; row < kRows; ++row) {
            const auto wanted = static_cast<float>(2 * (row * kDevices + device));
            wrong += column[row] == wanted ? 0U : 1U;
        }
        EXPECT_EQ(wrong, 0U) << device;
    }
    EXPECT_LT(source.reads, 5) << "turned over once, not for each device";
}

TEST(TelemetryColumns, HaveNoMoreThanABlockInMemory) {
    NumberedRows source{50'000, 100};
    TelemetryColumns columns{source};
    EXPECT_EQ(columns.column(1, 0).size(), 50'000U);
    EXPECT_EQ(source.reads, 1) << "one node's 200 kB";
    EXPECT_EQ(columns.column(0, 99).size(), 50'000U);
    EXPECT_EQ(source.reads, 4) << "20 MB of devices";
    EXPECT_LE(source.largest * sizeof(float), 8U * 1024 * 1024);
}

TEST(TelemetryColumns, OfNothingAreEmpty) {
    NumberedRows none{0, 4};
    TelemetryColumns columns{none};
    EXPECT_THAT(columns.times(), IsEmpty());
    EXPECT_THAT(columns.column(0, 3), IsEmpty());
}

}  // namespace
}  // namespace rackproof
