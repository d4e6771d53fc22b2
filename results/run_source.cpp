#include "results/run_source.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include "core/error.hpp"
#include "core/utf8.hpp"
#include "results/stored_data.hpp"

namespace rackproof::run_file {
namespace {

constexpr std::size_t kBufferBytes = 16 * 1024 * 1024;  // for texts on their way from the file

/// What any file may ask for, however small: a million nodes' worth of equal texts pack to
/// nothing.
constexpr std::uint64_t kMemoryFloorBytes = std::uint64_t{4} << 30;

[[noreturn]] void refuse(hid_t object, std::string_view problem) {
    throw Error{"read " + hdf5::path_of(object), problem};
}

[[noreturn]] void refuse_attribute(hid_t object, const std::string& name,
                                   std::string_view problem) {
    throw Error{"read the attribute " + name + " of " + hdf5::path_of(object), problem};
}

std::string extent_text(const std::vector<hsize_t>& extent) {
    std::string text = "[";
    for (const hsize_t length : extent) {
        text += (text.size() > 1 ? ", " : "") + std::to_string(length);
    }
    return text + "]";
}

std::string extent_text(const std::vector<std::optional<std::size_t>>& extent) {
    std::string text = "[";
    for (const auto length : extent) {
        text += (text.size() > 1 ? ", " : "") + (length ? std::to_string(*length) : "any length");
    }
    return text + "]";
}

bool fits(const std::vector<hsize_t>& extent,
          const std::vector<std::optional<std::size_t>>& expected) {
    return std::ranges::equal(extent, expected,
                              [](hsize_t found, std::optional<std::size_t> wanted) {
                                  return !wanted || found == *wanted;
                              });
}

/// The product of the extent's lengths; nullopt if it is too large to count.
std::optional<std::size_t> element_count(const std::vector<hsize_t>& extent) {
    constexpr std::size_t kMost = std::numeric_limits<std::int64_t>::max();
    std::size_t count = 1;
    if (std::ranges::find(extent, hsize_t{0}) != extent.end()) return 0;
    for (const hsize_t length : extent) {
        if (length > kMost / count) return std::nullopt;
        count *= length;
    }
    return count;
}

bool is_fixed_text(hid_t type) {
    return H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0 &&
           H5Tget_size(type) > 0;
}

/// As most names are: well-formed without a closer look.
bool is_ascii(std::string_view bytes) {
    return std::ranges::all_of(bytes, [](char byte) { return (byte & 0x80) == 0; });
}

/// The text that `bytes` of a fixed-length type hold; nullopt if it is not UTF-8.
std::optional<std::string> unpadded(std::string_view bytes, H5T_str_t padding) {
    if (padding == H5T_STR_NULLTERM) bytes = bytes.substr(0, bytes.find('\0'));
    const char filler = padding == H5T_STR_SPACEPAD ? ' ' : '\0';
    while (!bytes.empty() && bytes.back() == filler) bytes.remove_suffix(1);
    if ((!is_ascii(bytes) && valid_utf8(bytes) != bytes) || bytes.find('\0') != std::string::npos)
        return std::nullopt;
    return std::string{bytes};
}

hdf5::Datatype attribute_type(const hdf5::Attribute& attribute, hid_t object,
                              const std::string& name) {
    const hdf5::Dataspace space{hdf5::checked(H5Aget_space(attribute.get()),
                                              "read the dataspace of the attribute", object, name)};
    if (H5Sget_simple_extent_npoints(space.get()) != 1) {
        refuse_attribute(object, name, "expected one value");
    }
    return hdf5::Datatype{hdf5::checked(H5Aget_type(attribute.get()),
                                        "read the type of the attribute", object, name)};
}

template <class Number>
Number number_attribute(hid_t object, const std::string& name, H5T_class_t kind, hid_t in_memory,
                        std::string_view expected) {
    const hdf5::Attribute attribute = hdf5::open_attribute(object, name);
    const hdf5::Datatype type = attribute_type(attribute, object, name);
    if (H5Tget_class(type.get()) != kind) refuse_attribute(object, name, expected);
    Number number{};
    hdf5::checked(H5Aread(attribute.get(), in_memory, &number), "read the attribute", object, name);
    return number;
}

}  // namespace

RunSource::RunSource(std::uint64_t file_bytes)
    : file_bytes_{file_bytes},
      memory_left_{kMemoryFloorBytes + kMostDeflated * std::min(file_bytes, kMostCountedBytes)} {}

RunSource::Found RunSource::open(hid_t group, const std::string& name, const Extent& expected,
                                 std::size_t overhead_bytes) {
    Found found;
    found.dataset = hdf5::open_dataset(group, name);
    found.extent = hdf5::extent_of(found.dataset);
    if (!fits(found.extent, expected)) {
        refuse(found.dataset.get(),
               "its shape is " + extent_text(found.extent) + "; expected " + extent_text(expected));
    }
    const auto elements = element_count(found.extent);
    if (!elements) refuse(found.dataset.get(), "its shape is too large to be true");
    found.elements = *elements;
    const std::size_t element_bytes = H5Tget_size(hdf5::type_of(found.dataset).get());
    require_stored(found.dataset, found.extent, found.elements, element_bytes, file_bytes_);
    claim_memory(found.dataset, found.elements, element_bytes + overhead_bytes);
    return found;
}

void RunSource::claim_memory(const hdf5::Dataset& dataset, std::size_t elements,
                             std::size_t element_bytes) {
    if (elements == 0) return;  // and then a damaged type may be of size 0
    if (elements > memory_left_ / element_bytes) {
        refuse(dataset.get(), "it claims more data than a file of this size can hold");
    }
    memory_left_ -= elements * element_bytes;
}

void RunSource::require_number(const hdf5::Dataset& dataset, const NumberType& type) {
    const hdf5::Datatype found = hdf5::type_of(dataset);
    if (H5Tequal(found.get(), type.little_endian) > 0) return;
    if (H5Tequal(found.get(), type.big_endian) > 0) return;
    refuse(dataset.get(), "it is of another type; expected " + std::string{type.name});
}

std::vector<std::string> RunSource::texts(hid_t group, const std::string& name,
                                          std::optional<std::size_t> rows) {
    const Found found = open(group, name, {rows}, sizeof(std::string));
    const hid_t dataset = found.dataset.get();
    const hdf5::Datatype type = hdf5::type_of(found.dataset);
    if (!is_fixed_text(type.get())) {
        refuse(dataset, "it is of another type; expected text of fixed length");
    }
    const std::size_t length = H5Tget_size(type.get());
    const H5T_str_t padding = H5Tget_strpad(type.get());
    const std::size_t most = std::max<std::size_t>(1, kBufferBytes / length);
    std::vector<std::string> texts;
    texts.reserve(found.elements);
    std::vector<char> buffer;
    for (std::size_t first = 0; first < found.elements; first += most) {
        const std::size_t count = std::min(most, found.elements - first);
        buffer.resize(count * length);
        hdf5::read_rows(found.dataset, type.get(), first, count, buffer.data());
        for (std::size_t i = 0; i < count; ++i) {
            auto text = unpadded({&buffer[i * length], length}, padding);
            if (!text) refuse(dataset, "row " + std::to_string(first + i) + " is not UTF-8 text");
            texts.push_back(std::move(*text));
        }
    }
    return texts;
}

std::vector<Outcome> RunSource::outcomes(hid_t group, const std::string& name, std::size_t rows) {
    const Found found = open(group, name, {rows}, 0);
    if (!outcome_type_) outcome_type_ = hdf5::outcome_type();  // once a file: it has seven parts
    const hdf5::Datatype& type = outcome_type_;
    if (H5Tequal(hdf5::type_of(found.dataset).get(), type.get()) <= 0) {
        refuse(found.dataset.get(), "it is of another type; expected the enum of the outcomes");
    }
    std::vector<Outcome> outcomes(rows);
    if (rows > 0) hdf5::read_all(found.dataset, type.get(), outcomes.data());
    return outcomes;
}

std::string RunSource::text(hid_t group, const std::string& name) {
    const Found found = open(group, name, {}, 0);
    const hdf5::Datatype type = hdf5::type_of(found.dataset);
    if (found.elements != 1 || !is_fixed_text(type.get())) {
        refuse(found.dataset.get(), "expected one text of fixed length");
    }
    std::string bytes(H5Tget_size(type.get()), '\0');
    hdf5::read_all(found.dataset, type.get(), bytes.data());
    auto text = unpadded(bytes, H5Tget_strpad(type.get()));
    if (!text) refuse(found.dataset.get(), "it is not UTF-8 text");
    return std::move(*text);
}

std::string RunSource::text_attribute(hid_t object, const std::string& name) {
    const hdf5::Attribute attribute = hdf5::open_attribute(object, name);
    const hdf5::Datatype type = attribute_type(attribute, object, name);
    if (!is_fixed_text(type.get()) || H5Tget_size(type.get()) > file_bytes_) {
        refuse_attribute(object, name, "expected text of fixed length");
    }
    std::string bytes(H5Tget_size(type.get()), '\0');
    hdf5::checked(H5Aread(attribute.get(), type.get(), bytes.data()), "read the attribute", object,
                  name);
    auto text = unpadded(bytes, H5Tget_strpad(type.get()));
    if (!text) refuse_attribute(object, name, "it is not UTF-8 text");
    return std::move(*text);
}

std::int64_t RunSource::integer_attribute(hid_t object, const std::string& name) {
    return number_attribute<std::int64_t>(object, name, H5T_INTEGER, H5T_NATIVE_INT64,
                                          "expected a whole number");
}

double RunSource::real_attribute(hid_t object, const std::string& name) {
    return number_attribute<double>(object, name, H5T_FLOAT, H5T_NATIVE_DOUBLE,
                                    "expected a floating-point number");
}

}  // namespace rackproof::run_file
