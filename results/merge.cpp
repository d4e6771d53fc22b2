#include "results/merge.hpp"

#include <algorithm>
#include <set>
#include <span>

#include "core/error.hpp"
#include "results/merge_inputs.hpp"
#include "results/merge_metric.hpp"
#include "results/run_file_reader.hpp"
#include "results/run_file_writer.hpp"

namespace rackproof {
namespace merging {
namespace {

/// How many metrics are joined at once, so that they take about a gigabyte: a target's row of
/// some repetitions is taken for 200 bytes, twice while it is joined.
std::size_t batch_size(std::size_t targets) {
    constexpr std::size_t kMostBytes = std::size_t{1} << 30U;
    constexpr std::size_t kRowBytes = 2 * 200;
    return std::max<std::size_t>(1, kMostBytes / (kRowBytes * std::max<std::size_t>(1, targets)));
}

/// Joins the metrics of these names; each file is opened once.
std::vector<MetricJoin> read_batch(const std::vector<Input>& inputs,
                                   std::span<const std::string> names) {
    std::vector<MetricJoin> joins(names.size(), MetricJoin{inputs});
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        run_file::RunFileReader reader{inputs[i].path, *inputs[i].counts};
        const std::set<std::string> own{reader.metric_names().begin(), reader.metric_names().end()};
        for (std::size_t k = 0; k < names.size(); ++k) {
            if (own.contains(names[k])) joins[k].add(i, reader.metric(names[k]));
        }
    }
    return joins;
}

}  // namespace
}  // namespace merging

Merged merge_run_files(const Merge& merge) {
    Merged merged;
    std::vector<merging::Input> inputs = merging::read_inputs(merge.inputs);
    const Run frame = merging::joined_frame(inputs, merge.fleet, merged);
    const std::vector<std::string> names = merging::metric_names(inputs);
    run_file::RunFileWriter writer{frame, merge.output};
    std::vector<Reason> reasons;
    std::map<std::string, RankTimes> ranks;
    const std::size_t batch =
        merging::batch_size(std::max(frame.devices.size(), frame.nodes.size()));
    for (std::size_t first = 0; first < names.size(); first += batch) {
        const auto part = std::span{names}.subspan(first, std::min(batch, names.size() - first));
        for (const merging::MetricJoin& join : merging::read_batch(inputs, part)) {
            writer.add(join.join(reasons, ranks));
        }
    }
    writer.finish(reasons, ranks);
    merged.nodes = frame.nodes.size();
    merged.devices = frame.devices.size();
    merged.metrics = names.size();
    return merged;
}

}  // namespace rackproof
