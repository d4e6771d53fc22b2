#include <hdf5.h>

#include <array>
#include <cstring>
#include <span>
#include <vector>

#include "results/check_run.hpp"
#include "results/run_file.hpp"
#include "tests/fuzz/fuzz_input.hpp"
#include "tests/results/sample_run.hpp"

namespace rackproof {
namespace {

/// Takes numbers from an input, and zeros once it is used up.
class Choices {
  public:
    explicit Choices(std::span<const std::uint8_t> bytes) : bytes_{bytes} {}
    [[nodiscard]] bool any() const { return !bytes_.empty(); }
    std::uint8_t next() {
        if (bytes_.empty()) return 0;
        const std::uint8_t byte = bytes_.front();
        bytes_ = bytes_.subspan(1);
        return byte;
    }

  private:
    std::span<const std::uint8_t> bytes_;
};

/// The names of all objects below the root, in HDF5's order.
std::vector<std::string> objects_of(hid_t file) {
    std::vector<std::string> names;
    const auto note = [](hid_t, const char* name, const H5O_info_t*, void* into) -> herr_t {
        static_cast<std::vector<std::string>*>(into)->emplace_back(name);
        return 0;
    };
    H5Ovisit(file, H5_INDEX_NAME, H5_ITER_INC, note, &names);
    return names;
}

/// Overwrites some bytes of a dataset's values, through HDF5.
void change_values(hid_t file, const std::string& name, Choices& choices) {
    constexpr hsize_t kMost = 1 << 16;
    const hid_t dataset = H5Dopen2(file, name.c_str(), H5P_DEFAULT);
    if (dataset < 0) return;
    const hid_t type = H5Dget_type(dataset);
    const hid_t space = H5Dget_space(dataset);
    const hssize_t elements = H5Sget_simple_extent_npoints(space);
    const std::size_t size = H5Tget_size(type);
    if (elements > 0 && static_cast<hsize_t>(elements) * size < kMost) {
        std::vector<unsigned char> bytes(static_cast<std::size_t>(elements) * size);
        H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data());
        for (int count = 1 + choices.next() % 8; count > 0; --count) {
            const std::size_t at = choices.next() + 256U * choices.next();
            bytes[at % bytes.size()] = choices.next();
        }
        H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data());
    }
    H5Sclose(space);
    H5Tclose(type);
    H5Dclose(dataset);
}

/// Puts a dataset of another type, shape or filter in an object's place.
void replace(hid_t file, const std::string& name, Choices& choices) {
    const std::array<hid_t, 6> types = {H5T_IEEE_F64LE, H5T_STD_I32LE, H5T_STD_U8LE,
                                        H5T_IEEE_F32LE, H5T_C_S1,      H5T_STD_I64BE};
    const hid_t type = types[choices.next() % types.size()];
    std::array<hsize_t, 3> extent = {choices.next(), choices.next() % 16U, choices.next() % 4U};
    const int rank = choices.next() % 4;
    H5Ldelete(file, name.c_str(), H5P_DEFAULT);
    const hid_t space =
        rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(rank, extent.data(), nullptr);
    const hid_t storage = H5Pcreate(H5P_DATASET_CREATE);
    if (rank > 0 && choices.next() % 2 == 1) {
        std::array<hsize_t, 3> chunk = {1U + choices.next() % 8U, 1, 1};
        H5Pset_chunk(storage, rank, chunk.data());
        if (choices.next() % 2 == 1) H5Pset_deflate(storage, 1);
    }
    const hid_t dataset =
        H5Dcreate2(file, name.c_str(), type, space, H5P_DEFAULT, storage, H5P_DEFAULT);
    if (dataset >= 0) H5Dclose(dataset);
    H5Pclose(storage);
    H5Sclose(space);
}

/// Gives an attribute of an object another value or type.
void change_attribute(hid_t file, const std::string& name, Choices& choices) {
    const std::array<const char*, 8> names = {"format_version", "complete", "scope",   "unit",
                                              "better",         "format",   "started", "suite"};
    const char* attribute = names[choices.next() % names.size()];
    H5Adelete_by_name(file, name.c_str(), attribute, H5P_DEFAULT);
    if (choices.next() % 4 == 0) return;
    const bool is_text = choices.next() % 2 == 0;
    const hid_t type = H5Tcopy(is_text ? H5T_C_S1 : H5T_STD_I32LE);
    if (is_text) H5Tset_size(type, 8);
    std::array<unsigned char, 8> value{};
    for (unsigned char& byte : value) byte = choices.next();
    const hid_t space = H5Screate(H5S_SCALAR);
    const hid_t made = H5Acreate_by_name(file, name.c_str(), attribute, type, space, H5P_DEFAULT,
                                         H5P_DEFAULT, H5P_DEFAULT);
    if (made >= 0) {
        H5Awrite(made, type, value.data());
        H5Aclose(made);
    }
    H5Sclose(space);
    H5Tclose(type);
}

const std::string& good_file() {
    static const std::string bytes = [] {
        const std::filesystem::path path = fuzz::folder() / "good.h5";
        write_run_file(test::sample_run(), path);
        H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
        return test::bytes_of(path);
    }();
    return bytes;
}

}  // namespace
}  // namespace rackproof

/// A run file that HDF5 itself finds sound, and whose parts contradict each other: the input is a
/// list of changes to a good one. (Bytes changed at random are HDF5's own to refuse, and version
/// 1.10 crashes on some: docs/file-format.md.) What is read must hold together.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace rackproof;
    const std::filesystem::path path = fuzz::as_file(good_file(), "run.h5");
    Choices choices{{data, size}};
    const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    if (file < 0) return 0;
    const std::vector<std::string> names = objects_of(file);
    for (int changes = 0; choices.any() && changes < 16; ++changes) {
        const std::string& name = names[(choices.next() + 256U * choices.next()) % names.size()];
        switch (choices.next() % 5) {
            case 0:
            case 1: change_values(file, name, choices); break;
            case 2: replace(file, name, choices); break;
            case 3: change_attribute(file, name, choices); break;
            default: H5Ldelete(file, name.c_str(), H5P_DEFAULT); break;
        }
    }
    H5Fclose(file);
    Run run;
    if (fuzz::is_taken([&] { run = read_run_file(path); })) run_file::check_run(run);
    return 0;
}
