#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/spool_file.hpp"

namespace rackproof {

/// An array of numbers without an end, of which a piece of 64 KiB is in memory: the one that was
/// furthest ahead when it was written to. The others are in the file, which may be shared and must
/// outlive this. Where nothing was written, it reads as `none`.
template <class Number>
class SpooledColumn {
  public:
    SpooledColumn(SpoolFile& file, Number none) : file_{&file}, none_{none} {}

    [[nodiscard]] Number at(std::size_t index) const {
        Number value = none_;
        read(index, {&value, 1});
        return value;
    }
    void set(std::size_t index, Number value) { write(index, {&value, 1}); }

    void read(std::size_t first, std::span<Number> values) const {
        while (!values.empty()) {
            const std::size_t count = within_a_piece(first, values.size());
            read_piece(first / kPiece, first % kPiece, values.first(count));
            values = values.subspan(count);
            first += count;
        }
    }
    void write(std::size_t first, std::span<const Number> values) {
        while (!values.empty()) {
            const std::size_t count = within_a_piece(first, values.size());
            write_piece(first / kPiece, first % kPiece, values.first(count));
            values = values.subspan(count);
            first += count;
        }
    }

  private:
    static constexpr std::size_t kPiece = 64 * 1024 / sizeof(Number);

    static std::size_t within_a_piece(std::size_t first, std::size_t count) {
        return std::min(count, kPiece - first % kPiece);
    }

    void read_piece(std::size_t piece, std::size_t from, std::span<Number> values) const {
        if (!held_.empty() && piece == held_piece_) {
            std::ranges::copy(std::span{held_}.subspan(from, values.size()), values.begin());
        } else if (piece < stored_.size() && stored_[piece]) {
            file_->read(*stored_[piece] + from * sizeof(Number), std::as_writable_bytes(values));
        } else {
            std::ranges::fill(values, none_);
        }
    }

    void write_piece(std::size_t piece, std::size_t from, std::span<const Number> values) {
        if (held_.empty() || piece > held_piece_) hold(piece);
        if (piece == held_piece_) {
            std::ranges::copy(values, held_.begin() + static_cast<std::ptrdiff_t>(from));
            return;
        }
        if (!stored_[piece]) {
            const std::vector<Number> nothing(kPiece, none_);
            stored_[piece] = file_->append(std::as_bytes(std::span{nothing}));
        }
        file_->write(*stored_[piece] + from * sizeof(Number), std::as_bytes(values));
    }

    /// From now on this piece, further ahead, is the one in memory.
    void hold(std::size_t piece) {
        stored_.resize(piece);
        if (!held_.empty()) stored_[held_piece_] = file_->append(std::as_bytes(std::span{held_}));
        held_.assign(kPiece, none_);
        held_piece_ = piece;
    }

    SpoolFile* file_;
    Number none_;
    std::vector<std::optional<std::uint64_t>> stored_;  ///< where in the file; by piece
    std::vector<Number> held_;
    std::size_t held_piece_ = 0;
};

}  // namespace rackproof
