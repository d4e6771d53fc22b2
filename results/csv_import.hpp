#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "core/fleet.hpp"
#include "results/csv_run.hpp"
#include "results/log_text.hpp"

namespace rackproof {

struct CsvImport {
    std::vector<std::filesystem::path> files;
    std::filesystem::path output;  ///< a run file; a folder, if the rows are of several runs
    const Fleet* fleet = nullptr;
    BadRows bad_rows = BadRows::Refuse;
    csv::MetricLookup lookup;  ///< unit and direction of metrics whose rows do not say them
    std::string started;       ///< when it was measured: ISO 8601, UTC; empty: as the rows say
    std::string tool_version;
};

struct CsvImported {
    struct File {
        std::filesystem::path path;
        std::size_t nodes = 0;
        std::size_t devices = 0;
        std::size_t metrics = 0;
    };
    std::vector<File> files;
    std::size_t rows = 0;                    ///< taken
    std::size_t bad_rows = 0;                ///< skipped
    std::vector<std::string> bad_row_texts;  ///< the first hundred: place, and what was expected
    std::size_t undated = 0;                 ///< files that do not say when it was measured
    std::vector<std::string> remarks;        ///< what else a person should hear of
};

/// Makes run files of CSV in the long format (docs/file-format.md). Throws InputError, with file,
/// line, column and what was expected, at the first bad row; nothing is written then. With
/// BadRows::Skip they are counted and listed instead, and the run is marked incomplete: what they
/// would have said is not in it. What is expected of a node and has no row becomes a row that was
/// skipped, with the reason. `started` is refused where the rows say it, and for several runs. The
/// same files give the same bytes.
[[nodiscard]] CsvImported import_csv(const CsvImport& import);

}  // namespace rackproof
