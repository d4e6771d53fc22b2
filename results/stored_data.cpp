#include "results/stored_data.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "core/error.hpp"

namespace rackproof::run_file {
namespace {

[[noreturn]] void refuse(const hdf5::Dataset& dataset, std::string_view problem) {
    throw Error{"read " + hdf5::path_of(dataset.get()), problem};
}

void require_known_filters(const hdf5::Dataset& dataset, const hdf5::PropertyList& creation) {
    const int count =
        hdf5::checked(H5Pget_nfilters(creation.get()), "count the filters of", dataset.get());
    for (unsigned i = 0; i < static_cast<unsigned>(count); ++i) {
        unsigned flags = 0;
        std::size_t values = 0;
        const H5Z_filter_t filter = hdf5::checked(
            H5Pget_filter2(creation.get(), i, &flags, &values, nullptr, 0, nullptr, nullptr),
            "read a filter of", dataset.get());
        if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE &&
            filter != H5Z_FILTER_FLETCHER32) {
            refuse(dataset, "it is packed by filter " + std::to_string(filter) +
                                "; expected only shuffle, deflate and fletcher32");
        }
    }
}

/// How many chunks cover `extent`; each chunk must be of a size that the file can hold.
hsize_t expected_chunks(const hdf5::Dataset& dataset, const hdf5::PropertyList& creation,
                        std::span<const hsize_t> extent, std::uint64_t most_bytes) {
    std::vector<hsize_t> chunk(extent.size());
    const int rank =
        hdf5::checked(H5Pget_chunk(creation.get(), static_cast<int>(chunk.size()), chunk.data()),
                      "read the chunk size of", dataset.get());
    if (static_cast<std::size_t>(rank) != extent.size())
        refuse(dataset, "its chunks do not fit it");
    hsize_t chunks = 1;
    hsize_t chunk_bytes = H5Tget_size(hdf5::type_of(dataset).get());
    for (std::size_t i = 0; i < chunk.size(); ++i) {
        if (chunk[i] == 0 || chunk[i] > most_bytes / chunk_bytes) {
            refuse(dataset, "its chunks are larger than a file of this size can hold");
        }
        chunk_bytes *= chunk[i];
        chunks *= (extent[i] - 1) / chunk[i] + 1;
    }
    return chunks;
}

void require_chunks(const hdf5::Dataset& dataset, const hdf5::PropertyList& creation,
                    std::span<const hsize_t> extent, std::uint64_t most_bytes) {
    require_known_filters(dataset, creation);
    const hsize_t expected = expected_chunks(dataset, creation, extent, most_bytes);
    const hdf5::Dataspace space = hdf5::space_of(dataset);
    hsize_t chunks = 0;
    hdf5::checked(H5Dget_num_chunks(dataset.get(), space.get(), &chunks), "count the chunks of",
                  dataset.get());
    if (chunks != expected) {
        refuse(dataset, "it has " + std::to_string(chunks) + " of its chunks; expected all " +
                            std::to_string(expected));
    }
}

void require_size(const hdf5::Dataset& dataset, std::size_t elements, std::size_t element_bytes,
                  std::uint64_t most_bytes) {
    if (element_bytes != 0 && elements <= most_bytes / element_bytes) return;
    refuse(dataset, "it claims " + std::to_string(elements) + " values of " +
                        std::to_string(element_bytes) + " bytes, more than the file holds");
}

}  // namespace

void require_stored(const hdf5::Dataset& dataset, std::span<const hsize_t> extent,
                    std::size_t elements, std::size_t element_bytes, std::uint64_t file_bytes) {
    if (elements == 0) return;
    const bool in_one_piece_here = H5Dget_offset(dataset.get()) != HADDR_UNDEF;
    if (in_one_piece_here) {  // and most are: to ask for their properties costs more than reading
        require_size(dataset, elements, element_bytes,
                     std::min<std::uint64_t>(H5Dget_storage_size(dataset.get()), file_bytes));
        return;
    }
    const hdf5::PropertyList creation{
        hdf5::checked(H5Dget_create_plist(dataset.get()), "read the properties of", dataset.get())};
    const H5D_layout_t layout = H5Pget_layout(creation.get());
    const bool chunked = layout == H5D_CHUNKED;
    if (!chunked && layout != H5D_CONTIGUOUS && layout != H5D_COMPACT) {
        refuse(dataset, "its data stands elsewhere; expected it in this file");
    }
    if (H5Pget_external_count(creation.get()) != 0) {
        refuse(dataset, "its data stands in another file; expected it in this one");
    }
    const auto stored = std::min<std::uint64_t>(
        {H5Dget_storage_size(dataset.get()), file_bytes, kMostCountedBytes});
    const std::uint64_t most_bytes = chunked ? stored * kMostDeflated : stored;
    require_size(dataset, elements, element_bytes, most_bytes);
    if (chunked) require_chunks(dataset, creation, extent, most_bytes);
}

}  // namespace rackproof::run_file
