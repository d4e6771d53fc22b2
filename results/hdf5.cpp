#include "results/hdf5.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

#include "core/error.hpp"

namespace rackproof::hdf5 {
namespace {

herr_t append_message(unsigned, const H5E_error2_t* entry, void* texts) noexcept try {
    auto& messages = *static_cast<std::vector<std::string>*>(texts);
    const std::string text = entry->desc == nullptr ? "" : entry->desc;
    if (!text.empty() && std::ranges::find(messages, text) == messages.end()) {
        messages.push_back(text);
    }
    return 0;
} catch (...) {
    return -1;
}

/// What the system answered, where HDF5 says so amid all that followed from it: "... errno = 28,
/// error message = 'No space left on device', buf = ...".
std::optional<std::string> system_cause(const std::vector<std::string>& messages) {
    constexpr std::string_view kBefore = "error message = '";
    for (const std::string& message : messages) {
        const std::size_t found = message.find(kBefore);
        if (found == std::string::npos) continue;
        const std::size_t begin = found + kBefore.size();
        const std::size_t end = message.find('\'', begin);
        if (end != std::string::npos) return message.substr(begin, end - begin);
    }
    return std::nullopt;
}

PropertyList file_access() {
    constexpr std::string_view kAttempt = "set how files are opened";
    PropertyList list{checked(H5Pcreate(H5P_FILE_ACCESS), kAttempt, H5I_INVALID_HID)};
    checked(H5Pset_file_locking(list.get(), 0, 1), kAttempt, H5I_INVALID_HID);
    checked(H5Pset_fclose_degree(list.get(), H5F_CLOSE_SEMI), kAttempt, H5I_INVALID_HID);
    return list;
}

/// The rows from `first` on as they lie in the file, and as many in memory.
struct Selection {
    Selection(const Dataset& dataset, hsize_t first, hsize_t count) : in_file{space_of(dataset)} {
        std::vector<hsize_t> extent = extent_of(dataset);
        std::vector<hsize_t> begin(extent.size(), 0);
        begin.front() = first;
        extent.front() = count;
        in_memory = simple_space(extent);
        checked(H5Sselect_hyperslab(in_file.get(), H5S_SELECT_SET, begin.data(), nullptr,
                                    extent.data(), nullptr),
                "select rows of", dataset.get());
    }
    Dataspace in_file;
    Dataspace in_memory;
};

}  // namespace

QuietErrors::QuietErrors() noexcept {
    // Files are closed here, one by one. HDF5's own closing at exit is left out: after a damaged
    // file it may loop, and prints that.
    static const herr_t no_closing_at_exit = H5dont_atexit();
    static_cast<void>(no_closing_at_exit);
    H5Eget_auto2(H5E_DEFAULT, &function_, &data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

QuietErrors::~QuietErrors() { H5Eset_auto2(H5E_DEFAULT, function_, data_); }

std::string error_stack_text() {
    std::vector<std::string> messages;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, append_message, &messages);
    if (const std::optional<std::string> cause = system_cause(messages)) return *cause;
    std::string text;
    for (const std::string& message : messages) text += (text.empty() ? "" : ": ") + message;
    return text.empty() ? "HDF5 gave no reason" : text;
}

std::string path_of(hid_t parent, std::string_view name) {
    std::string path;
    if (H5Iis_valid(parent) > 0) {
        const ssize_t length = H5Iget_name(parent, nullptr, 0);
        path.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
        if (!path.empty()) H5Iget_name(parent, path.data(), path.size() + 1);
    }
    if (!name.empty() && !path.empty() && !path.ends_with('/')) path += '/';
    return path.append(name);
}

void fail(std::string_view attempted, hid_t parent, std::string_view name,
          std::source_location where) {
    const std::string answer = error_stack_text();
    const std::string path = path_of(parent, name);
    throw Error{std::string{attempted}.append(path.empty() ? "" : " ").append(path), answer, where};
}

File create_file(const std::filesystem::path& path) {
    const PropertyList creation{
        checked(H5Pcreate(H5P_FILE_CREATE), "make a property list", H5I_INVALID_HID)};
    checked(H5Pset_obj_track_times(creation.get(), 0), "leave out the times of", H5I_INVALID_HID,
            path.native());
    checked(
        H5Pset_link_creation_order(creation.get(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED),
        "keep the link order of", H5I_INVALID_HID, path.native());
    const PropertyList access = file_access();
    checked(H5Pset_libver_bounds(access.get(), H5F_LIBVER_V18, H5F_LIBVER_V18), "set the format of",
            H5I_INVALID_HID, path.native());
    return File{checked(H5Fcreate(path.c_str(), H5F_ACC_EXCL, creation.get(), access.get()),
                        "create", H5I_INVALID_HID, path.native())};
}

File open_file(const std::filesystem::path& path) {
    const PropertyList access = file_access();
    return File{checked(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()),
                        "open as a run file (HDF5)", H5I_INVALID_HID, path.native())};
}

void close_file(File file, const std::filesystem::path& path) {
    // A close that fails (a full disk) leaves the handle in a state that a second one crashes on.
    checked(H5Fclose(file.release()), "finish writing", H5I_INVALID_HID, path.native());
}

Dataspace scalar_space() {
    return Dataspace{checked(H5Screate(H5S_SCALAR), "make a dataspace", H5I_INVALID_HID)};
}

Dataspace simple_space(std::span<const hsize_t> extent) {
    return Dataspace{
        checked(H5Screate_simple(static_cast<int>(extent.size()), extent.data(), nullptr),
                "make a dataspace", H5I_INVALID_HID)};
}

Dataspace space_of(const Dataset& dataset) {
    return Dataspace{checked(H5Dget_space(dataset.get()), "read the dataspace of", dataset.get())};
}

std::vector<hsize_t> extent_of(const Dataset& dataset) {
    const Dataspace space = space_of(dataset);
    const int rank =
        checked(H5Sget_simple_extent_ndims(space.get()), "read the rank of", dataset.get());
    std::vector<hsize_t> extent(static_cast<std::size_t>(rank));
    checked(H5Sget_simple_extent_dims(space.get(), extent.data(), nullptr), "read the shape of",
            dataset.get());
    return extent;
}

Datatype type_of(const Dataset& dataset) {
    return Datatype{checked(H5Dget_type(dataset.get()), "read the type of", dataset.get())};
}

void write_all(const Dataset& dataset, hid_t type, const void* values) {
    checked(H5Dwrite(dataset.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), "write",
            dataset.get());
}

void read_all(const Dataset& dataset, hid_t type, void* values) {
    checked(H5Dread(dataset.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), "read",
            dataset.get());
}

void write_rows(const Dataset& dataset, hid_t type, hsize_t first, hsize_t count,
                const void* values) {
    const Selection rows{dataset, first, count};
    checked(H5Dwrite(dataset.get(), type, rows.in_memory.get(), rows.in_file.get(), H5P_DEFAULT,
                     values),
            "write", dataset.get());
}

void read_rows(const Dataset& dataset, hid_t type, hsize_t first, hsize_t count, void* values) {
    const Selection rows{dataset, first, count};
    checked(
        H5Dread(dataset.get(), type, rows.in_memory.get(), rows.in_file.get(), H5P_DEFAULT, values),
        "read", dataset.get());
}

}  // namespace rackproof::hdf5
