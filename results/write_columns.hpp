#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "results/hdf5.hpp"
#include "results/number_type.hpp"

namespace rackproof::run_file {

enum class Packing : std::uint8_t { Deflate, None };

/// How a dataset of this shape is stored: in one piece while it is small or is not packed, else in
/// chunks of about 1 MiB through shuffle and deflate 1.
[[nodiscard]] hdf5::PropertyList storage_for(std::span<const hsize_t> extent,
                                             std::size_t element_bytes,
                                             Packing packing = Packing::Deflate);

/// Deflate if it halves a sample of these values; the digits of measured numbers are noise, and
/// packing noise costs writer and readers much time for little.
[[nodiscard]] Packing packing_of(std::span<const std::byte> values, std::size_t element_bytes);

/// Creates `name` in `group` and writes all of `values` to it, row-major, with one call.
template <class Number>
hdf5::Dataset write_numbers(hid_t group, const std::string& name, std::span<const Number> values,
                            std::initializer_list<hsize_t> extent) {
    const NumberType type = number_type<Number>();
    const hdf5::PropertyList storage =
        storage_for(extent, sizeof(Number), packing_of(std::as_bytes(values), sizeof(Number)));
    if constexpr (std::is_floating_point_v<Number>) {
        constexpr Number kNone = std::numeric_limits<Number>::quiet_NaN();
        hdf5::checked(H5Pset_fill_value(storage.get(), type.in_memory, &kNone),
                      "set the fill value of", group, name);
    }
    hdf5::Dataset dataset =
        hdf5::create_dataset(group, name, type.little_endian, hdf5::simple_space(extent), storage);
    if (!values.empty()) hdf5::write_all(dataset, type.in_memory, values.data());
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
