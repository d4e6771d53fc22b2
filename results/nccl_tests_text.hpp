#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "results/nccl_test.hpp"

namespace rackproof::logs {

/// The columns of an nccl-tests table, by its own header line.
class NcclColumns {
  public:
    /// Throws InputError through `log` if the header has a column that is not known, or lacks one
    /// that is needed.
    NcclColumns(const std::vector<std::string_view>& names, const LogText& log);

    /// The results of a row: out of place, then in place. Refuses through `log` what is no number
    /// where one must be; then there are none.
    [[nodiscard]] std::vector<NcclResult> read(std::vector<std::string_view> fields,
                                               LogText& log) const;

  private:
    struct Group {  ///< columns of one of the two halves
        std::size_t time = 0;
        std::size_t busbw = 0;
        std::size_t wrong = 0;
        bool has_busbw = false;
        bool has_wrong = false;
    };
    std::size_t width_ = 0;
    bool counts_wrong_ = false;  ///< "#wrong", not the older "error", which is a difference
    std::optional<std::size_t> type_;
    std::optional<std::size_t> redop_;
    std::optional<std::size_t> root_;
    std::vector<Group> groups_;
};

}  // namespace rackproof::logs
