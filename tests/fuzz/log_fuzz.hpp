#pragma once

#include "results/check_run.hpp"
#include "results/log_import.hpp"
#include "tests/fuzz/fuzz_input.hpp"

namespace rackproof::fuzz {

/// A log of that tool; the first byte says whether lines that are not understood are passed over.
/// A run that comes out must hold together.
inline int import_log(LogTool tool, const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    LogImport import;
    import.tool = tool;
    import.files = {as_file(text_of(data + 1, size - 1), "all_reduce.log")};
    if ((data[0] & 1U) != 0) import.node = "n1";
    if ((data[0] & 2U) != 0) import.bad_lines = BadRows::Skip;
    LogImported imported;
    if (is_taken([&] { imported = import_logs(import); })) run_file::check_run(imported.run);
    return 0;
}

}  // namespace rackproof::fuzz
