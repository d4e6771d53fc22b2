#include "runners/run_so_far.hpp"

#include "core/error.hpp"
#include "runners/journal.hpp"
#include "runners/run_fold.hpp"

namespace rackproof {

Resumption claim_run(const std::filesystem::path& journal) {
    const InputPlace place{journal.string(), {}, {}};
    JournalClaim claim{journal};
    JournalReader reader{journal};
    std::optional<record::Record> first = reader.next();
    auto* start = first ? std::get_if<record::RunStarted>(&*first) : nullptr;
    if (start == nullptr) {
        throw InputError{place, "holds no run: its first record is missing"};
    }
    try {
        RunFold fold{std::move(*start), RunFold::Readings::Check};
        while (const std::optional<record::Record> record = reader.next()) fold.add(*record);
        Resumption resumption{std::move(claim), fold.so_far()};
        resumption.so_far.whole_bytes = reader.whole_bytes();
        resumption.so_far.dropped_bytes = reader.dropped_bytes();
        return resumption;
    } catch (const InputError& error) {
        throw InputError{place, error.what()};
    }
}

}  // namespace rackproof
