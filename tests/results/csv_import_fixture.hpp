#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "results/csv_import.hpp"
#include "results/run_file.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof::test {

/// Imports texts as files of a folder of its own.
class CsvFixture {
  public:
    std::filesystem::path write(const std::string& name, const std::string& text) const {
        std::ofstream{folder_.path() / name, std::ios::binary} << text;
        return folder_.path() / name;
    }

    /// What is imported unless a test changes it: one file, nothing known of any metric.
    [[nodiscard]] CsvImport import_of(const std::string& text) const {
        CsvImport import;
        import.files = {write("in.csv", text)};
        import.output = out();
        import.lookup = [](std::string_view) { return std::nullopt;
    };
    import.tool_version = "test";
    return import;
}

[[nodiscard]] auto
imported(const std::string& text) const {
    result_ = import_csv(import_of(text));
    return read_run_file(out());
}

/// The sentence with which it is refused; empty if it is taken. Nothing may be written.
[[nodiscard]] std::string refusal(const CsvImport& import) const {
    try {
        (void)import_csv(import);
    } catch (const InputError& error) {
        return std::filesystem::exists(out()) ? "IT WROTE A FILE" : error.what();
    }
    return "";
}
[[nodiscard]] std::string refusal(const std::string& text) const {
    return refusal(import_of(text));
}

[[nodiscard]] std::filesystem::path out() const { return folder_.path() / "out.h5"; }
[[nodiscard]] const CsvImported& result() const { return result_; }

private:
ScratchFolder folder_;
mutable CsvImported result_;
};  // namespace rackproof::test

/// The row of a metric for a device (-1: the node itself); nullopt if there is none.
template <class AnyRun>
std::optional<std::size_t> row_of(const AnyRun& run, const Metric& metric, const std::string& node,
                                  std::int32_t device) {
    for (std::size_t row = 0; row < metric.rows(); ++row) {
        auto owner = static_cast<std::size_t>(metric.target[row].first);
        std::int32_t index = -1;
        if (metric.scope == Scope::Device) {
            index = run.devices[owner].index;
            owner = static_cast<std::size_t>(run.devices[owner].node);
        }
        if (run.nodes[owner].name == node && index == device) return row;
    }
    return std::nullopt;
}

template <class AnyRun>
const Metric& metric_named(const AnyRun& run, const std::string& name) {
    return *std::ranges::find(run.metrics, name, &Metric::name);
}

}  // namespace rackproof::test
