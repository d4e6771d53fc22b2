#pragma once

#include <hdf5.h>

#include <concepts>
#include <cstdint>
#include <string_view>

namespace rackproof::run_file {

/// How a number stands in the file, and how it is called there: little-endian when written, either
/// byte order when read.
struct NumberType {
    std::string_view name;
    hid_t little_endian = H5I_INVALID_HID;
    hid_t big_endian = H5I_INVALID_HID;
    hid_t in_memory = H5I_INVALID_HID;
};

template <class Number>
[[nodiscard]] NumberType number_type() {
    if constexpr (std::same_as<Number, double>) {
        return {"float64", H5T_IEEE_F64LE, H5T_IEEE_F64BE, H5T_NATIVE_DOUBLE};
    } else if constexpr (std::same_as<Number, float>) {
        return {"float32", H5T_IEEE_F32LE, H5T_IEEE_F32BE, H5T_NATIVE_FLOAT};
    } else {
        static_assert(std::same_as<Number, std::int32_t>, "a type of the run file");
        return {"int32", H5T_STD_I32LE, H5T_STD_I32BE, H5T_NATIVE_INT32};
    }
}

}  // namespace rackproof::run_file
