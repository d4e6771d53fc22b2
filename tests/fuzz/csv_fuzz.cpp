#include "results/csv_import.hpp"
#include "results/run_file.hpp"
#include "tests/fuzz/fuzz_input.hpp"

/// CSV in the long format; the first byte says whether bad rows are passed over. What was imported
/// must read back.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace rackproof;
    if (size == 0) return 0;
    CsvImport import;
    import.files = {fuzz::as_file(fuzz::text_of(data + 1, size - 1), "in.csv")};
    import.output = fuzz::folder() / "out";
    import.bad_rows = (data[0] & 1U) != 0 ? BadRows::Skip : BadRows::Refuse;
    import.lookup = [](std::string_view) { return std::nullopt;
};
CsvImported imported;
if (fuzz::is_taken([&] { imported = import_csv(import); })) {
    for (const CsvImported::File& file : imported.files) (void)read_run_file(file.path);
}
std::filesystem::remove_all(import.output);
return 0;
}
