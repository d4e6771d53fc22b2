#include "core/telemetry_columns.hpp"

#include <algorithm>
#include <filesystem>

namespace rackproof {

TelemetryColumns::TelemetryColumns(TelemetrySource& source)
    : source_{&source}, file_{std::filesystem::temp_directory_path()}, times_(source.rows()) {
    source.read_times(0, times_);
}

std::size_t TelemetryColumns::rows_a_block(std::size_t sensor) const {
    constexpr std::size_t kBlockBytes = 8 * 1024 * 1024;
    const std::size_t across = std::max<std::size_t>(1, targets(sensors()[sensor].scope));
    return std::max<std::size_t>(1, kBlockBytes / sizeof(float) / across);
}

std::vector<float> TelemetryColumns::block(std::size_t sensor, std::size_t first,
                                           std::size_t rows) {
    const std::size_t across = targets(sensors()[sensor].scope);
    std::vector<float> by_row(rows * across);
    source_->read_values(sensor, first, by_row);
    std::vector<float> by_target(by_row.size());
    for (std::size_t row = 0; row < rows; ++row) {
        for (std::size_t target = 0; target < across; ++target) {
            by_target[target * rows + row] = by_row[row * across + target];
        }
    }
    return by_target;
}

const TelemetryColumns::TurnedOver& TelemetryColumns::turned_over(std::size_t sensor) {
    const auto [place, added] = sensors_.try_emplace(sensor);
    TurnedOver& turned = place->second;
    if (!added) return turned;
    const std::size_t most = rows_a_block(sensor);
    if (times_.size() <= most) {
        turned.held = block(sensor, 0, times_.size());
        return turned;
    }
    for (std::size_t first = 0; first < times_.size(); first += most) {
        const std::vector<float> part = block(sensor, first, std::min(most, times_.size() - first));
        turned.in_file.push_back(file_.append(std::as_bytes(std::span{part})));
    }
    return turned;
}

std::vector<float> TelemetryColumns::column(std::size_t sensor, std::size_t target) {
    const TurnedOver& turned = turned_over(sensor);
    std::vector<float> column(times_.size());
    if (turned.in_file.empty()) {
        const auto own = std::span{turned.held}.subspan(target * column.size(), column.size());
        std::ranges::copy(own, column.begin());
        return column;
    }
    const std::size_t most = rows_a_block(sensor);
    std::span<float> left{column};
    for (const std::uint64_t begin : turned.in_file) {
        const std::span<float> part = left.first(std::min(most, left.size()));
        file_.read(begin + target * part.size_bytes(), std::as_writable_bytes(part));
        left = left.subspan(part.size());
    }
    return column;
}

}  // namespace rackproof
