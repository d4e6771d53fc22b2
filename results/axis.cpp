#include "results/axis.hpp"

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>

#include "results/write_columns.hpp"

namespace rackproof::run_file {
namespace {

hobj_ref_t reference_to(const hdf5::Dataset& dataset) {
    hobj_ref_t reference = 0;
    hdf5::checked(H5Rcreate(&reference, dataset.get(), ".", H5R_OBJECT, H5I_INVALID_HID),
                  "make a reference to", dataset.get());
    return reference;
}

void write_attribute(hid_t object, const char* name, const hdf5::Datatype& type, hsize_t length,
                     const void* values) {
    const hdf5::Dataspace space = hdf5::simple_space({&length, 1});
    const hdf5::Attribute attribute = hdf5::create_attribute(object, name, type.get(), space);
    hdf5::checked(H5Awrite(attribute.get(), type.get(), values), "write the attribute", object,
                  name);
}

}  // namespace

Axis::Axis(hdf5::Dataset scale, const std::string& name)
    : scale_{std::move(scale)}, reference_{reference_to(scale_)} {
    write_null_terminated_attribute(scale_.get(), "CLASS", "DIMENSION_SCALE");
    write_null_terminated_attribute(scale_.get(), "NAME", name);
}

void Axis::finish() const {
    if (uses_.empty()) return;
    const hid_t scale = scale_.get();
    constexpr std::string_view kAttempt = "make the type of the attached datasets of";
    const hdf5::Datatype type{hdf5::checked(H5Tcreate(H5T_COMPOUND, sizeof(Use)), kAttempt, scale)};
    hdf5::checked(H5Tinsert(type.get(), "dataset", offsetof(Use, dataset), H5T_STD_REF_OBJ),
                  kAttempt, scale);
    hdf5::checked(H5Tinsert(type.get(), "dimension", offsetof(Use, dimension), H5T_NATIVE_INT32),
                  kAttempt, scale);
    write_attribute(scale, "REFERENCE_LIST", type, uses_.size(), uses_.data());
}

void attach_axes(const hdf5::Dataset& dataset, std::initializer_list<Axis*> axes) {
    const hobj_ref_t reference = reference_to(dataset);
    std::vector<hvl_t> dimensions;
    for (Axis* axis : axes) {
        axis->uses_.push_back({reference, static_cast<std::int32_t>(dimensions.size())});
        dimensions.push_back({1, &axis->reference_});
    }
    const hdf5::Datatype type{hdf5::checked(H5Tvlen_create(H5T_STD_REF_OBJ),
                                            "make the type of the axes of", dataset.get())};
    write_attribute(dataset.get(), "DIMENSION_LIST", type, dimensions.size(), dimensions.data());
}

Axis index_axis(hid_t group, const std::string& name, std::size_t length) {
    std::vector<std::int32_t> numbers(length);
    std::iota(numbers.begin(), numbers.end(), 0);
    return Axis{write_column<std::int32_t>(group, name, numbers), name};
}

}  // namespace rackproof::run_file
