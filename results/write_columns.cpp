#include "results/write_columns.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "core/utf8.hpp"

namespace rackproof::run_file {
namespace {

constexpr std::size_t kSmallBytes = 64 * 1024;              // one piece: chunks would cost more
constexpr std::size_t kTextBufferBytes = 16 * kChunkBytes;  // for texts on their way to the file

bool is_plain(std::string_view text) {
    return std::ranges::all_of(
        text, [](char c) { return c != 0 && static_cast<unsigned char>(c) < 0x80; });
}

/// `text` as a file may hold it.
std::string fitted(std::string_view text) {
    std::string result;
    for (const char c : valid_utf8(text)) {
        if (c == '\0') {
            result += "\xEF\xBF\xBD";
        } else {
            result += c;
        }
    }
    return result;
}

/// Copies `text` to `destination`, which has room for it.
void place(std::string_view text, char* destination) {
    if (is_plain(text)) {
        std::ranges::copy(text, destination);
    } else {
        std::ranges::copy(fitted(text), destination);
    }
}

std::size_t fitted_size(std::string_view text) {
    return is_plain(text) ? text.size() : fitted(text).size();
}

void write_value(const hdf5::Attribute& attribute, hid_t type, const void* value,
                 const std::string& name) {
    hdf5::checked(H5Awrite(attribute.get(), type, value), "write the attribute", attribute.get(),
                  name);
}

std::vector<char> padded(std::string_view text) {
    std::vector<char> bytes(std::max<std::size_t>(1, fitted_size(text)), '\0');
    place(text, bytes.data());
    return bytes;
}

}  // namespace

std::vector<Stretch> sample_of(std::size_t numbers, std::size_t element_bytes) {
    if (numbers * element_bytes < kSmallBytes) return {};
    constexpr std::size_t kSamples = 4;
    std::vector<Stretch> stretches;
    for (std::size_t i = 0; i < kSamples; ++i) {
        stretches.push_back({i * (numbers / kSamples), kSmallBytes / kSamples / element_bytes});
    }
    return stretches;
}

Packing packing_of_sample(std::span<const std::byte> sample, std::size_t element_bytes) {
    if (sample.empty()) return Packing::Deflate;  // and then it is stored as it is
    std::vector<std::byte> shuffled;
    shuffled.reserve(sample.size());
    for (std::size_t byte = 0; byte < element_bytes; ++byte) {
        for (std::size_t i = byte; i < sample.size(); i += element_bytes) {
            shuffled.push_back(sample[i]);
        }
    }
    uLongf packed_bytes = compressBound(shuffled.size());
    std::vector<Bytef> packed(packed_bytes);
    const int result =
        compress2(packed.data(), &packed_bytes, reinterpret_cast<const Bytef*>(shuffled.data()),
                  shuffled.size(), 1);
    const bool pays = result != Z_OK || 2 * packed_bytes <= shuffled.size();
    return pays ? Packing::Deflate : Packing::None;
}

Packing packing_of(std::span<const std::byte> values, std::size_t element_bytes) {
    std::vector<std::byte> sample;
    for (const Stretch& stretch : sample_of(values.size() / element_bytes, element_bytes)) {
        const auto part =
            values.subspan(stretch.first * element_bytes, stretch.count * element_bytes);
        sample.insert(sample.end(), part.begin(), part.end());
    }
    return packing_of_sample(sample, element_bytes);
}

hdf5::PropertyList storage_for(std::span<const hsize_t> extent, std::size_t element_bytes,
                               Packing packing) {
    hdf5::PropertyList list = hdf5::dataset_creation();
    hsize_t bytes = element_bytes;
    for (const hsize_t length : extent) bytes *= length;
    if (bytes < kSmallBytes || packing == Packing::None) return list;
    std::vector<hsize_t> chunk(extent.begin(), extent.end());
    hsize_t chunk_bytes = element_bytes;
    for (std::size_t i = chunk.size(); i-- > 0;) {
        chunk[i] = std::clamp<hsize_t>(kChunkBytes / chunk_bytes, 1, chunk[i]);
        chunk_bytes *= chunk[i];
    }
    constexpr std::string_view kAttempt = "set how a dataset is stored";
    hdf5::checked(H5Pset_chunk(list.get(), static_cast<int>(chunk.size()), chunk.data()), kAttempt,
                  H5I_INVALID_HID);
    hdf5::checked(H5Pset_shuffle(list.get()), kAttempt, H5I_INVALID_HID);
    hdf5::checked(H5Pset_deflate(list.get(), 1), kAttempt, H5I_INVALID_HID);
    return list;
}

hdf5::Dataset write_texts(hid_t group, const std::string& name,
                          std::span<const std::string_view> texts) {
    std::size_t longest = 1;
    for (const std::string_view text : texts) longest = std::max(longest, fitted_size(text));
    const hsize_t rows = texts.size();
    const hdf5::Datatype type = hdf5::text_type(longest);
    hdf5::Dataset dataset = hdf5::create_dataset(
        group, name, type.get(), hdf5::simple_space({&rows, 1}), storage_for({&rows, 1}, longest));
    // Whole chunks at a time: a chunk that comes in two parts is packed twice.
    const std::size_t chunk_rows = std::max<std::size_t>(1, kChunkBytes / longest);
    const std::size_t most =
        std::max<std::size_t>(1, kTextBufferBytes / (chunk_rows * longest)) * chunk_rows;
    std::vector<char> buffer;
    for (std::size_t first = 0; first < texts.size(); first += most) {
        const auto part = texts.subspan(first, std::min(most, texts.size() - first));
        buffer.assign(part.size() * longest, '\0');
        for (std::size_t i = 0; i < part.size(); ++i) place(part[i], &buffer[i * longest]);
        hdf5::write_rows(dataset, type.get(), first, part.size(), buffer.data());
    }
    return dataset;
}

void write_text(hid_t group, const std::string& name, std::string_view text) {
    const std::vector<char> bytes = padded(text);
    const hdf5::Datatype type = hdf5::text_type(bytes.size());
    const hdf5::Dataset dataset = hdf5::create_dataset(
        group, name, type.get(), hdf5::scalar_space(), hdf5::dataset_creation());
    hdf5::write_all(dataset, type.get(), bytes.data());
}

void write_attribute(hid_t object, const std::string& name, std::string_view text) {
    const std::vector<char> bytes = padded(text);
    const hdf5::Datatype type = hdf5::text_type(bytes.size());
    write_value(hdf5::create_attribute(object, name, type.get(), hdf5::scalar_space()), type.get(),
                bytes.data(), name);
}

void write_attribute(hid_t object, const std::string& name, std::int32_t number) {
    write_value(hdf5::create_attribute(object, name, H5T_STD_I32LE, hdf5::scalar_space()),
                H5T_NATIVE_INT32, &number, name);
}

void write_attribute(hid_t object, const std::string& name, double number) {
    write_value(hdf5::create_attribute(object, name, H5T_IEEE_F64LE, hdf5::scalar_space()),
                H5T_NATIVE_DOUBLE, &number, name);
}

void write_null_terminated_attribute(hid_t object, const std::string& name,
                                     const std::string& text) {
    const hdf5::Datatype type{
        hdf5::checked(H5Tcopy(H5T_C_S1), "make a text type", H5I_INVALID_HID)};
    hdf5::checked(H5Tset_size(type.get(), text.size() + 1), "set a text's length", H5I_INVALID_HID);
    write_value(hdf5::create_attribute(object, name, type.get(), hdf5::scalar_space()), type.get(),
                text.c_str(), name);
}

}  // namespace rackproof::run_file
