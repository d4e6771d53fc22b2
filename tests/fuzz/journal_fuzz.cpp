#include <algorithm>
#include <span>

#include "results/check_run.hpp"
#include "runners/journal.hpp"
#include "runners/run_fold.hpp"
#include "runners/run_plan.hpp"
#include "tests/fuzz/fuzz_input.hpp"
#include "tests/runners/sample_start.hpp"

namespace rackproof {
namespace {

/// Records, each behind two bytes of its length, as a run: the checksums of a real journal would
/// keep all but a few inputs from being decoded. A run that comes out must hold together.
void fold(std::span<const std::byte> bytes) {
    RunFold fold{test::sample_start(
        2, {test::sample_case("a.b", 0, Scope::Device), test::sample_case("a.c", 1, Scope::Node)})};
    while (bytes.size() > 2) {
        const auto wanted =
            static_cast<std::size_t>(bytes[0]) + (static_cast<std::size_t>(bytes[1]) << 8U);
        const std::size_t length = std::min(wanted, bytes.size() - 2);
        const std::span<const std::byte> entry = bytes.subspan(2, length);
        bytes = bytes.subspan(2 + length);
        fuzz::is_taken([&] { fold.add(record::decode(entry)); });
    }
    Run run;
    if (fuzz::is_taken([&] { run = whole_run(fold.finish(0)); })) run_file::check_run(run);
}

}  // namespace
}  // namespace rackproof

/// The bytes as a journal's file; and, behind the first, as its records.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace rackproof;
    if (size == 0) return 0;
    if ((data[0] & 1U) != 0) {
        const std::filesystem::path path =
            fuzz::as_file(fuzz::text_of(data + 1, size - 1), "journal");
        fuzz::is_taken([&] { (void)run_from_journal(path); });
    } else {
        fold(std::as_bytes(std::span{data + 1, size - 1}));
    }
    return 0;
}
