#pragma once

#include <hdf5.h>

#include <filesystem>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/owner.hpp"

/// The HDF5 C API, one checked function a call: each throws Error with what was attempted, on
/// which object of which file, and the texts of HDF5's error stack. Objects are opened by one
/// link name within a group, never by a path, and only through hard links: a soft or external
/// link could lead anywhere.
namespace rackproof::hdf5 {

/// Closing cannot report. Where it matters, for a written file, there is close_file().
template <herr_t (*Close)(hid_t)>
struct HandleTraits {
    using Handle = hid_t;
    static constexpr hid_t kNull = H5I_INVALID_HID;
    static void close(hid_t handle) noexcept { Close(handle); }
};

using File = Owner<HandleTraits<H5Fclose>>;
using Group = Owner<HandleTraits<H5Gclose>>;
using Dataset = Owner<HandleTraits<H5Dclose>>;
using Dataspace = Owner<HandleTraits<H5Sclose>>;
using Datatype = Owner<HandleTraits<H5Tclose>>;
using Attribute = Owner<HandleTraits<H5Aclose>>;
using PropertyList = Owner<HandleTraits<H5Pclose>>;

/// Turns HDF5's printing of errors to stderr off for this thread while it lives.
class QuietErrors {
  public:
    QuietErrors() noexcept;
    ~QuietErrors();
    QuietErrors(const QuietErrors&) = delete;
    QuietErrors& operator=(const QuietErrors&) = delete;

  private:
    H5E_auto2_t function_ = nullptr;
    void* data_ = nullptr;
};

/// The messages on this thread's HDF5 error stack, outermost first, repeats left out.
[[nodiscard]] std::string error_stack_text();

/// "/group/name", as far as HDF5 can tell the path of `parent`.
[[nodiscard]] std::string path_of(hid_t parent, std::string_view name = {});

[[noreturn]] void fail(std::string_view attempted, hid_t parent, std::string_view name,
                       std::source_location where = std::source_location::current());

/// `result` of an HDF5 call; negative means that it did not work.
template <class Result>
Result checked(Result result, std::string_view attempted, hid_t parent, std::string_view name = {},
               std::source_location where = std::source_location::current()) {
    if (result < 0) fail(attempted, parent, name, where);
    return result;
}

// Files. New files hold no timestamps, and nothing that HDF5 1.8 cannot read. Locks are not taken:
// a run file is put in place by rename and never changed, and some network file systems refuse
// the lock.
[[nodiscard]] File create_file(const std::filesystem::path& path);  ///< must not exist yet
[[nodiscard]] File open_file(const std::filesystem::path& path);    ///< to read
/// Throws Error if anything in the file is still open, or the last bytes could not be written.
void close_file(File file, const std::filesystem::path& path);

// Links.
[[nodiscard]] Group create_group(hid_t parent, const std::string& name);
[[nodiscard]] Group open_group(hid_t parent, const std::string& name);
[[nodiscard]] bool has_link(hid_t parent, const std::string& name);
/// Names of a group's links in the order of their creation, or by name where that is not known.
[[nodiscard]] std::vector<std::string> link_names(hid_t group);
/// True if HDF5 can hold `name` as one link, and other tools can read it: UTF-8, not empty, not
/// ".", without '/' and NUL.
[[nodiscard]] bool fits_link(std::string_view name);
/// Likewise as an attribute, where '.' and '/' mean nothing.
[[nodiscard]] bool fits_attribute(std::string_view name);

// Datasets.
[[nodiscard]] Dataset create_dataset(hid_t parent, const std::string& name, hid_t type,
                                     const Dataspace& space, const PropertyList& creation);
[[nodiscard]] Dataset open_dataset(hid_t parent, const std::string& name);
[[nodiscard]] PropertyList dataset_creation();
[[nodiscard]] Dataspace scalar_space();
[[nodiscard]] Dataspace simple_space(std::span<const hsize_t> extent);
[[nodiscard]] Dataspace space_of(const Dataset& dataset);
[[nodiscard]] std::vector<hsize_t> extent_of(const Dataset& dataset);
[[nodiscard]] Datatype type_of(const Dataset& dataset);
/// All of `dataset`; `type` is the type in memory.
void write_all(const Dataset& dataset, hid_t type, const void* values);
void read_all(const Dataset& dataset, hid_t type, void* values);
/// `count` rows of a dataset of one dimension or more, from row `first`.
void write_rows(const Dataset& dataset, hid_t type, hsize_t first, hsize_t count,
                const void* values);
void read_rows(const Dataset& dataset, hid_t type, hsize_t first, hsize_t count, void* values);

// Types.
/// Fixed-length UTF-8, null-padded.
[[nodiscard]] Datatype text_type(std::size_t bytes);
/// The `outcome` enum over uint8 (core/outcome.hpp).
[[nodiscard]] Datatype outcome_type();

// Attributes.
[[nodiscard]] Attribute create_attribute(hid_t object, const std::string& name, hid_t type,
                                         const Dataspace& space);
[[nodiscard]] Attribute open_attribute(hid_t object, const std::string& name);
[[nodiscard]] std::vector<std::string> attribute_names(hid_t object);

}  // namespace rackproof::hdf5
