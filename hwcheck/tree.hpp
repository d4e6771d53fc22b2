#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/descriptor.hpp"

namespace rackproof {

/// What a file held, or why it could not be read: "no such file", "needs root".
struct FileText {
    std::optional<std::string> text;
    std::string why;
};

/// A file that is read on and on, or why it could not be opened.
struct OpenedFile {
    Descriptor descriptor;
    std::string why;
};

inline constexpr const char* kNoSuchFile = "no such file";
inline constexpr const char* kNeedsRoot = "needs root";

/// The files of a machine: this one's, or a copy of another's in a folder. Paths begin with "/" and
/// mean the machine's. Of a copy, no link leads out of its folder. Reads are bounded in size and
/// never wait for a pipe or device that stands in a file's place; a driver that hangs in a read of
/// /sys is the caller's to survive (hwcheck/inventory_reader.hpp).
class Tree {
  public:
    /// `most_names`: how many names of one folder are read.
    explicit Tree(std::filesystem::path root = "/", std::size_t most_names = 65'536);

    /// True if it is this machine, of which the kernel itself can be asked.
    [[nodiscard]] bool is_living() const { return living_; }

    /// All of a regular file, without white space at its end; larger ones are not read.
    [[nodiscard]] FileText read(std::string_view path, std::size_t most_bytes = kOneLine) const;
    /// The beginning of a file of any size.
    [[nodiscard]] FileText read_head(std::string_view path, std::size_t most_bytes) const;
    /// The whole number that the file holds and nothing else.
    [[nodiscard]] std::optional<std::int64_t> number(std::string_view path) const;

    /// Opened to be asked on, by calls that do not wait: a character device of the living machine,
    /// or the regular file that stands for it in a copy.
    [[nodiscard]] OpenedFile open_device(std::string_view path) const;

    /// What stands in a folder, by name, "cpu2" before "cpu10"; empty if it cannot be read. At most
    /// most_names(), beyond which there may be others.
    [[nodiscard]] std::vector<std::string> names(std::string_view folder) const;
    [[nodiscard]] std::size_t most_names() const { return most_names_; }
    [[nodiscard]] bool exists(std::string_view path) const;

    /// The last name of what a link points to; empty if it is no link.
    [[nodiscard]] std::string link_name(std::string_view path) const;
    /// Where a link points to, as a path of the machine; empty if it is no link.
    [[nodiscard]] std::string link_path(std::string_view path) const;

    static constexpr std::size_t kOneLine = 4096;

  private:
    enum class Whole { Yes, No };
    [[nodiscard]] FileText read_bytes(std::string_view path, std::size_t most, Whole whole) const;
    [[nodiscard]] std::filesystem::path place(std::string_view path) const;

    std::filesystem::path root_;
    std::size_t most_names_;
    bool living_ = true;
};

/// "0-3,8" has five numbers: how many a list of CPUs names; nullopt if it is none.
[[nodiscard]] std::optional<std::int64_t> count_of_list(std::string_view list);

/// The numbers of such a list, at most 65,536.
[[nodiscard]] std::vector<std::int64_t> numbers_of_list(std::string_view list);

}  // namespace rackproof
