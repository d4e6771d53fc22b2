#include "core/error.hpp"
#include "runners/journal.hpp"
#include "runners/run_fold.hpp"
#include "runners/run_plan.hpp"

namespace rackproof {

FoldedRun fold_journal(const std::filesystem::path& journal) {
    JournalReader reader{journal};
    std::optional<record::Record> first = reader.next();
    if (!first || !std::holds_alternative<record::RunStarted>(*first)) {
        throw InputError{{journal.string(), {}, {}}, "holds no run: its first record is missing"};
    }
    try {
        RunFold fold{std::move(std::get<record::RunStarted>(*first)), RunFold::Readings::Keep,
                     journal.parent_path()};
        while (const std::optional<record::Record> record = reader.next()) fold.add(*record);
        return fold.finish(reader.dropped_bytes());
    } catch (const InputError& error) {
        throw InputError{{journal.string(), {}, {}}, error.what()};
    }
}

Run whole_run(FoldedRun folded) {
    folded.run.telemetry = whole_telemetry(*folded.telemetry);
    return std::move(folded.run);
}

Run run_from_journal(const std::filesystem::path& journal) {
    return whole_run(fold_journal(journal));
}

}  // namespace rackproof
