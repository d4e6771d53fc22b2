#pragma once

#include <array>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>

namespace rackproof {

/// What one row of repetitions says.
struct RowSummary {
    std::optional<double> value;    ///< median
    std::optional<double> error;    ///< median_error
    std::optional<double> scatter;  ///< steady_scatter
};

/// The summary of the finite ones among `samples`.
[[nodiscard]] RowSummary summarised(std::span<const double> samples);

/// The rows of a matrix of repetitions, each as `summarised` gives it, to the last bit. A fleet has
/// a million of them a metric: where rows are short and whole, two that follow each other are
/// worked on at once, so ask for them in order.
class RowSummaries {
  public:
    /// `values`: rows x columns, row by row; must outlive this. Whatever does not fill a row is
    /// left out; rows beyond the last are empty.
    RowSummaries(std::span<const double> values, std::size_t columns);

    [[nodiscard]] RowSummary of(std::size_t row);

    static constexpr std::size_t kAtOnce = 2;

    /// Of kAtOnce rows of `columns` values. What rows so short do not have is undefined.
    struct Block {
        std::array<double, kAtOnce> value;
        std::array<double, kAtOnce> error;
        std::array<double, kAtOnce> scatter;
    };

  private:
    [[nodiscard]] bool summarise(std::size_t block);

    std::span<const double> values_;
    std::size_t columns_;
    std::size_t rows_;
    Block block_{};
    std::size_t current_ = std::numeric_limits<std::size_t>::max();  ///< what block_ holds
    bool is_whole_ = false;  ///< block_ holds it; false: its rows are summarised one by one
};

}  // namespace rackproof
