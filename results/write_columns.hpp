#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "results/hdf5.hpp"
#include "results/number_type.hpp"

namespace rackproof::run_file {

enum class Packing : std::uint8_t { Deflate, None };

/// Gives the rows of a matrix from `first` on, as many as there is room for.
template <class Number>
using ReadRows = std::function<void(std::size_t first, std::span<Number> rows)>;

/// Bytes that are packed and written at a time; HDF5's chunk cache is as large.
inline constexpr std::size_t kChunkBytes = 1024 * 1024;

/// How a dataset of this shape is stored: in one piece while it is small or is not packed, else in
/// chunks of about 1 MiB through shuffle and deflate 1.
[[nodiscard]] hdf5::PropertyList storage_for(std::span<const hsize_t> extent,
                                             std::size_t element_bytes,
                                             Packing packing = Packing::Deflate);

/// Deflate if it halves a sample of these values; the digits of measured numbers are noise, and
/// packing noise costs writer and readers much time for little.
[[nodiscard]] Packing packing_of(std::span<const std::byte> values, std::size_t element_bytes);

/// The numbers, of so many, by which packing_of() decides. Empty: they are few, and stored as they
/// are.
struct Stretch {
    std::size_t first = 0;
    std::size_t count = 0;
};
[[nodiscard]] std::vector<Stretch> sample_of(std::size_t numbers, std::size_t element_bytes);

/// Likewise, by these numbers.
[[nodiscard]] Packing packing_of_sample(std::span<const std::byte> sample,
                                        std::size_t element_bytes);

/// Creates `name` in `group`, for numbers of this extent; where nothing is written they are NaN.
template <class Number>
hdf5::Dataset create_numbers(hid_t group, const std::string& name, std::span<const hsize_t> extent,
                             Packing packing) {
    const NumberType type = number_type<Number>();
    const hdf5::PropertyList storage = storage_for(extent, sizeof(Number), packing);
    if constexpr (std::is_floating_point_v<Number>) {
        constexpr Number kNone = std::numeric_limits<Number>::quiet_NaN();
        hdf5::checked(H5Pset_fill_value(storage.get(), type.in_memory, &kNone),
                      "set the fill value of", group, name);
    }
    return hdf5::create_dataset(group, name, type.little_endian, hdf5::simple_space(extent),
                                storage);
}

/// Creates `name` in `group` and writes all of `values` to it, row-major, with one call.
template <class Number>
hdf5::Dataset write_numbers(hid_t group, const std::string& name, std::span<const Number> values,
                            std::initializer_list<hsize_t> extent) {
    const Packing packing = packing_of(std::as_bytes(values), sizeof(Number));
    hdf5::Dataset dataset = create_numbers<Number>(group, name, extent, packing);
    if (!values.empty()) {
        hdf5::write_all(dataset, number_type<Number>().in_memory, values.data());
    }
    return dataset;
}

/// As write_numbers() does, to the same bytes, of `rows` rows of `width` numbers that are read a
/// megabyte at a time; of one dimension if the width is none.
template <class Number>
hdf5::Dataset write_read_rows(hid_t group, const std::string& name, std::size_t rows,
                              std::optional<std::size_t> width, const ReadRows<Number>& read) {
    std::vector<hsize_t> extent{rows};
    if (width) extent.push_back(*width);
    const std::size_t across = width.value_or(1);
    std::vector<Number> values;
    std::vector<Number> sample;
    for (const Stretch& stretch : sample_of(rows * across, sizeof(Number))) {
        const std::size_t first = stretch.first / across;
        const std::size_t behind = (stretch.first + stretch.count - 1) / across + 1;
        values.resize((behind - first) * across);
        read(first, values);
        const auto wanted = std::span{values}.subspan(stretch.first % across, stretch.count);
        sample.insert(sample.end(), wanted.begin(), wanted.end());
    }
    const Packing packing = packing_of_sample(std::as_bytes(std::span{sample}), sizeof(Number));
    hdf5::Dataset dataset = create_numbers<Number>(group, name, extent, packing);
    if (across == 0) return dataset;
    const std::size_t most = std::max<std::size_t>(1, kChunkBytes / sizeof(Number) / across);
    for (std::size_t first = 0; first < rows; first += most) {
        const std::size_t count = std::min(most, rows - first);
        values.resize(count * across);
        read(first, values);
        hdf5::write_rows(dataset, number_type<Number>().in_memory, first, count, values.data());
    }
    return dataset;
}

template <class Number>
hdf5::Dataset write_column(hid_t group, const std::string& name, std::span<const Number> values) {
    return write_numbers<Number>(group, name, values, {values.size()});
}

/// A 1-D column of fixed-length UTF-8, null-padded, as long as its longest text (at least 1 byte).
/// NUL bytes, and bytes that are not UTF-8, become U+FFFD.
hdf5::Dataset write_texts(hid_t group, const std::string& name,
                          std::span<const std::string_view> texts);

/// One text as a scalar dataset.
void write_text(hid_t group, const std::string& name, std::string_view text);

void write_attribute(hid_t object, const std::string& name, std::string_view text);
void write_attribute(hid_t object, const std::string& name, std::int32_t number);
void write_attribute(hid_t object, const std::string& name, double number);

/// An ASCII attribute with a NUL at its end, as HDF5's own conventions want it.
void write_null_terminated_attribute(hid_t object, const std::string& name,
                                     const std::string& text);

}  // namespace rackproof::run_file
