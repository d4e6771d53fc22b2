#include "runners/journal_progress.hpp"

#include <vector>

#include "core/error.hpp"
#include "runners/journal.hpp"

namespace rackproof {

JournalProgress journal_progress(const std::filesystem::path& journal) {
    JournalReader reader{journal};
    const std::optional<record::Record> first = reader.next();
    const auto* start = first ? std::get_if<record::RunStarted>(&*first) : nullptr;
    if (start == nullptr) {
        throw InputError{{journal.string(), {}, {}}, "does not begin with the start of a run"};
    }
    std::vector<bool> ended(start->manifest.cells.size(), false);
    JournalProgress progress;
    progress.cells = static_cast<std::int64_t>(ended.size());
    while (const std::optional<record::Record> next = reader.next()) {
        // A resumed run goes on behind the end of the one before it.
        const auto* finished = std::get_if<record::RunFinished>(&*next);
        progress.complete = finished != nullptr ? std::optional{finished->complete} : std::nullopt;
        const auto* end = std::get_if<record::CellEnded>(&*next);
        if (end == nullptr || end->attempt != 0) continue;
        const auto cell = static_cast<std::size_t>(end->cell);
        if (end->cell < 0 || cell >= ended.size() || ended[cell]) continue;
        ended[cell] = true;
        ++progress.ended;
    }
    return progress;
}

}  // namespace rackproof
