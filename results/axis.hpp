#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "core/metric.hpp"
#include "results/hdf5.hpp"

namespace rackproof::run_file {

/// One axis that datasets share: an HDF5 dimension scale, so that xarray and others label the
/// axis by the scale's name. Writes the attributes of the "HDF5 Dimension Scale Specification"
/// itself: H5DSattach_scale writes the scale's whole list of users again at each attachment, which
/// is quadratic where thousands of columns share the axis of the nodes.
class Axis {
  public:
    /// Marks `scale`, a 1-D dataset, as the scale called `name`.
    Axis(hdf5::Dataset scale, const std::string& name);

    /// Writes the list of the datasets attached; once, when all are.
    void finish() const;

  private:
    struct Use {  // as the specification lays it out in the file
        hobj_ref_t dataset;
        std::int32_t dimension;
    };
    friend void attach_axes(const hdf5::Dataset& dataset, std::initializer_list<Axis*> axes);

    hdf5::Dataset scale_;
    hobj_ref_t reference_ = 0;
    std::vector<Use> uses_;
};

/// Says what the dimensions of `dataset` are, one axis each, in order.
void attach_axes(const hdf5::Dataset& dataset, std::initializer_list<Axis*> axes);

/// Creates the scale `name` in `group`, the numbers from 0 to `length` - 1.
[[nodiscard]] Axis index_axis(hid_t group, const std::string& name, std::size_t length);

/// The axes that several groups share; they stand in the root, where netCDF's rules find them.
struct SharedAxes {
    Axis node;
    Axis device;

    Axis& of(Scope scope) { return scope == Scope::Node ? node : device; }
};

}  // namespace rackproof::run_file
