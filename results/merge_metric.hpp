#pragma once

#include <string>
#include <vector>

#include "results/merge_inputs.hpp"

namespace rackproof::merging {

/// One metric of several files on its way to one matrix.
class MetricJoin {
  public:
    explicit MetricJoin(const std::vector<Input>& inputs) : inputs_{&inputs} {}

    /// Takes the metric of one file, with its rows as they are there. Throws InputError if it is
    /// another than that of the files before: unit, scope, direction, parameters.
    void add(std::size_t input, Metric metric);

    /// The whole, its rows by target and attempt; appends its reasons and rank times.
    [[nodiscard]] Metric join(std::vector<Reason>& reasons,
                              std::map<std::string, RankTimes>& ranks) const;

  private:
    struct Part {
        std::size_t input = 0;
        Metric metric;
    };
    struct RowAt {
        Target target;
        std::int32_t attempt = 0;
        std::size_t part = 0;
        std::size_t row = 0;
    };

    [[nodiscard]] Target target_in_whole(const Part& part, std::size_t row) const;
    [[nodiscard]] std::vector<RowAt> ordered_rows() const;
    void copy_row(const RowAt& from, Metric& whole, std::size_t row) const;
    void add_reasons(const std::vector<std::vector<std::int32_t>>& row_in_whole,
                     std::vector<Reason>& reasons) const;
    void add_ranks(const std::vector<std::vector<std::int32_t>>& row_in_whole,
                   std::map<std::string, RankTimes>& ranks) const;

    const std::vector<Input>* inputs_;
    std::vector<Part> parts_;
};

}  // namespace rackproof::merging
