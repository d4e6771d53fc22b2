#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/outcome.hpp"
#include "results/hdf5.hpp"
#include "results/number_type.hpp"

namespace rackproof::run_file {

/// Row-major values of a 2-D dataset.
template <class Number>
struct Matrix {
    std::vector<Number> values;
    std::size_t rows = 0;
    std::size_t columns = 0;
};

/// Reads datasets and attributes of a file that is not trusted. What a dataset claims to hold must
/// be in the file (deflate packs no more than 1032:1, and every chunk must be there: HDF5 would
/// read a missing one as fill values), stored by means that lead to no other file and need no
/// plugin, and fit the memory that a file of this size may ask for. All throw Error, naming the
/// object, what was found and what was expected.
class RunSource {
  public:
    explicit RunSource(std::uint64_t file_bytes);

    /// A column; of `rows` values, if that is given.
    template <class Number>
    std::vector<Number> column(hid_t group, const std::string& name,
                               std::optional<std::size_t> rows = {}) {
        return numbers<Number>(group, name, {{rows}}).values;
    }
    template <class Number>
    Matrix<Number> matrix(hid_t group, const std::string& name, std::optional<std::size_t> rows,
                          std::optional<std::size_t> columns) {
        return numbers<Number>(group, name, {{rows, columns}});
    }
    /// One that is left where it is, checked as if it were read.
    template <class Number>
    hdf5::Dataset stored(hid_t group, const std::string& name,
                         const std::vector<std::optional<std::size_t>>& expected) {
        Found found = open(group, name, expected, 0);
        require_number(found.dataset, number_type<Number>());
        return std::move(found.dataset);
    }
    std::vector<std::string> texts(hid_t group, const std::string& name,
                                   std::optional<std::size_t> rows = {});
    std::vector<Outcome> outcomes(hid_t group, const std::string& name, std::size_t rows);

    /// A scalar text dataset.
    std::string text(hid_t group, const std::string& name);

    std::string text_attribute(hid_t object, const std::string& name);
    std::int64_t integer_attribute(hid_t object, const std::string& name);
    double real_attribute(hid_t object, const std::string& name);

  private:
    using Extent = std::vector<std::optional<std::size_t>>;
    struct Found {
        hdf5::Dataset dataset;
        std::vector<hsize_t> extent;
        std::size_t elements = 0;
    };

    template <class Number>
    Matrix<Number> numbers(hid_t group, const std::string& name, const Extent& expected) {
        const NumberType type = number_type<Number>();
        const Found found = open(group, name, expected, 0);
        require_number(found.dataset, type);
        Matrix<Number> matrix{std::vector<Number>(found.elements), found.extent.front(),
                              found.extent.back()};
        if (found.elements > 0) {
            hdf5::read_all(found.dataset, type.in_memory, matrix.values.data());
        }
        return matrix;
    }

    /// Opens a dataset of the `expected` extent and checks that its data is there. Each element
    /// counts its size in the file and `overhead_bytes` against the memory left.
    Found open(hid_t group, const std::string& name, const Extent& expected,
               std::size_t overhead_bytes);
    static void require_number(const hdf5::Dataset& dataset, const NumberType& type);
    void claim_memory(const hdf5::Dataset& dataset, std::size_t elements,
                      std::size_t element_bytes);

    std::uint64_t file_bytes_;
    std::uint64_t memory_left_;
    hdf5::Datatype outcome_type_;
};

}  // namespace rackproof::run_file
