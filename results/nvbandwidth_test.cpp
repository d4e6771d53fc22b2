#include "results/nvbandwidth_test.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/number_text.hpp"

namespace rackproof::logs {
namespace {

struct NvbandwidthUnit {
    std::string unit = "B/s";
    Direction better = Direction::HigherIsBetter;
    int shift = 9;  ///< from the printed unit to the base unit, as a power of ten
};

std::optional<NvbandwidthUnit> quantity_of(const std::string& description) {
    if (description.ends_with("(GB/s)")) return NvbandwidthUnit{};
    if (description.ends_with("(ns)")) return NvbandwidthUnit{"s", Direction::LowerIsBetter, -9};
    if (description.ends_with("(us)")) return NvbandwidthUnit{"s", Direction::LowerIsBetter, -6};
    return std::nullopt;
}

class NvbandwidthEmitter {
  public:
    NvbandwidthEmitter(const NvbandwidthTest& test, const NvbandwidthDevices& devices, LogText& log,
                       LogFacts& facts)
        : test_{&test}, devices_{&devices}, log_{&log}, facts_{&facts} {}

    void add() {
        const std::optional<NvbandwidthUnit> quantity = quantity_of(test_->description);
        if (!quantity) {
            return log_->refuse(test_->line, in_quotes(test_->description) +
                                                 " does not end in a unit that is known; expected "
                                                 "(GB/s), (ns) or (us)");
        }
        quantity_ = *quantity;
        check_sum();
        for (std::size_t row = 0; row < test_->matrix.size(); ++row) {
            for (std::size_t column = 0; column < test_->matrix[row].size(); ++column) {
                add(row, column);
            }
        }
    }

    void add_without_numbers() {
        LogReading reading = reading_of("");
        reading.place.nodes = {devices_->devices.empty() ? "" : devices_->devices.front().node};
        reading.metric.name += ".run";
        reading.metric.unit = "1";
        reading.metric.better = Direction::None;
        reading.metric.definition = "that the test case of nvbandwidth ran";
        reading.outcome = test_->outcome;
        reading.reason = test_->reason;
        facts_->readings.push_back(std::move(reading));
    }

  private:
    LogReading reading_of(const std::string& suffix) const {
        LogReading reading;
        reading.metric.name = "nvbandwidth." + name_part(test_->name) + suffix;
        reading.metric.suite = "nvbandwidth";
        reading.metric.unit = quantity_.unit;
        reading.metric.better = quantity_.better;
        reading.metric.definition = test_->description;
        reading.variant.library = test_->library.empty() ? "" : "nvbandwidth " + test_->library;
        reading.line = test_->line;
        return reading;
    }

    [[nodiscard]] NvbandwidthDevices::Device device(std::size_t number) const {
        if (devices_->devices.empty()) return {"", static_cast<std::int32_t>(number)};
        if (number < devices_->devices.size()) return devices_->devices[number];
        log_->refuse_all(test_->line, "the matrix has a GPU " + std::to_string(number) +
                                          ", and the log lists only " +
                                          std::to_string(devices_->devices.size()));
    }

    void add(std::size_t row, std::size_t column) {
        const std::optional<double>& value = test_->matrix[row][column];
        const bool of_pairs = test_->description.find("GPU(row)") != std::string::npos;
        if (of_pairs && row == column && !value) return;  // no GPU is its own peer
        const bool of_cpus = test_->description.find("CPU(row)") != std::string::npos;
        const NvbandwidthDevices::Device target = device(column);
        LogReading reading = reading_of(of_cpus && row > 0 ? ".cpu" + std::to_string(row) : "");
        reading.place = {Scope::Device, {target.node}, target.index};
        if (of_pairs) {
            const NvbandwidthDevices::Device first = device(row);
            reading.place = {
                Scope::DevicePair, {first.node, target.node}, first.index, target.index};
        }
        if (value) {
            reading.values = {shifted(*value, quantity_.shift)};
        } else {
            reading.outcome = Outcome::Skipped;
            reading.reason = "nvbandwidth prints N/A here";
        }
        facts_->readings.push_back(std::move(reading));
    }

    /// Rows or columns that are missing would show nowhere else.
    void check_sum() {
        if (!test_->sum) return;
        double sum = 0;
        std::size_t count = 0;
        for (const auto& row : test_->matrix) {
            for (const auto& value : row) sum += value.value_or(0);
            count += row.size();
        }
        const double slack =
            test_->rounding * static_cast<double>(count + 1) + 1e-5 * std::abs(sum);
        if (std::abs(sum - *test_->sum) <= slack) return;
        log_->refuse(test_->line, "the sum of " + in_quotes(test_->name) + " is said to be " +
                                      number_text(*test_->sum) + ", and its " +
                                      std::to_string(count) + " numbers add up to " +
                                      number_text(sum) + "; expected the whole matrix");
    }

    const NvbandwidthTest* test_;
    const NvbandwidthDevices* devices_;
    LogText* log_;
    LogFacts* facts_;
    NvbandwidthUnit quantity_;
};

}  // namespace

void add_nvbandwidth_test(const NvbandwidthTest& test, const NvbandwidthDevices& devices,
                          LogText& log, LogFacts& facts) {
    NvbandwidthEmitter emitter{test, devices, log, facts};
    if (test.matrix.empty()) {
        emitter.add_without_numbers();
    } else {
        emitter.add();
    }
}

}  // namespace rackproof::logs
