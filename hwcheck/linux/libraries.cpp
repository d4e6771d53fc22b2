#include <algorithm>
#include <array>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hwcheck/linux/sections.hpp"
#include "hwcheck/mailed_text.hpp"

namespace rackproof {
namespace {

constexpr const char* kConf = "/etc/ld.so.conf";
constexpr std::size_t kMostFolders = 256;
constexpr std::size_t kMostConfs = 64;
constexpr std::size_t kMostConfBytes = std::size_t{64} << 10;

/// A library, and the files that are it, the first before the others.
struct Sought {
    const char* name = nullptr;
    std::array<const char*, 3> files = {};
};
constexpr Sought kLibraries[] = {
    {"libcuda.so.1"},
    {"libnvidia-ml.so.1"},
    {"libnccl.so.2"},
    {"libcudart.so", {"libcudart.so.13", "libcudart.so.12", "libcudart.so.11.0"}},
    {"libcublasLt.so", {"libcublasLt.so.13", "libcublasLt.so.12", "libcublasLt.so.11"}},
    {"libmpi.so", {"libmpi.so.40", "libmpi.so.12"}},
    {"libucp.so.0"},
    {"libfabric.so.1"},
    {"libibverbs.so.1"},
    {"librdmacm.so.1"},
    {"libnccl-net.so"},
    {"libpmix.so.2"},
};

/// Where libraries are looked for, as far as they are absolute paths; each once.
class Folders {
  public:
    explicit Folders(const Tree& tree) : tree_{&tree} {}

    void add(std::string_view folder) {
        folder = mailed::trimmed(folder);
        const bool is_known = std::ranges::find(folders_, folder) != folders_.end();
        if (folder.starts_with('/') && !is_known) folders_.emplace_back(folder);
    }

    /// A list with colons, as LD_LIBRARY_PATH is.
    void add_list(std::string_view list) {
        while (!list.empty()) add_named(mailed::take_until(list, ':'));
    }

    /// The lines of a file as ld.so.conf(5), and of the files that it includes.
    void add_conf(const std::string& path) {
        if (confs_ == kMostConfs) return;  // they may include each other
        ++confs_;
        const FileText conf = tree_->read(path, kMostConfBytes);
        if (!conf.text) return;
        std::string_view rest = *conf.text;
        while (!rest.empty()) {
            std::string_view line = mailed::take_until(rest, '\n');
            line = mailed::trimmed(mailed::take_until(line, '#'));
            constexpr std::string_view kInclude = "include ";
            if (line.starts_with(kInclude)) {
                include(mailed::trimmed(line.substr(kInclude.size())));
            } else if (!line.starts_with("hwcap ")) {
                add_named(line);
            }
        }
    }

    [[nodiscard]] std::span<const std::string> all() const { return folders_; }

  private:
    /// One that a list names, which may be long.
    void add_named(std::string_view folder) {
        if (folders_.size() < kMostFolders) add(folder);
    }

    /// "/etc/ld.so.conf.d/*.conf", or "ld.so.conf.d/one.conf" beside /etc/ld.so.conf.
    void include(std::string_view pattern) {
        const std::string whole =
            pattern.starts_with('/') ? std::string{pattern} : "/etc/" + std::string{pattern};
        const std::size_t star = whole.find('*');
        if (star == std::string::npos) return add_conf(whole);
        const std::size_t slash = whole.rfind('/');
        if (star < slash) return;  // nobody has folders that vary
        const std::string before = whole.substr(slash + 1, star - slash - 1);
        const std::string after = whole.substr(star + 1);
        for (const std::string& name : tree_->names(whole.substr(0, slash))) {
            if (name.starts_with(before) && name.ends_with(after)) {
                add_conf(whole.substr(0, slash + 1) + name);
            }
        }
    }

    const Tree* tree_;
    std::vector<std::string> folders_;
    std::size_t confs_ = 0;
};

/// In the order of ld.so(8), and then where distributions and CUDA put them.
Folders folders_of(const Tree& tree) {
    Folders folders{tree};
    const char* const own = tree.is_living() ? std::getenv("LD_LIBRARY_PATH") : nullptr;
    if (own != nullptr) folders.add_list(own);
    folders.add_conf(kConf);
    for (const char* usual :
         {"/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib",
          "/usr/local/lib", "/usr/local/cuda/lib64", "/lib64"}) {
        folders.add(usual);
    }
    return folders;
}

/// False if it is not in `folder`.
bool read_library(const Tree& tree, const std::string& folder, const char* name, const char* file,
                  InventoryWriter& out) {
    const std::string path = folder + "/" + file;
    if (!tree.exists(path)) return false;
    const std::string target = tree.link_name(path);
    out.add("library", name, path, target.empty() ? file : target);
    return true;
}

bool find_library(const Tree& tree, std::span<const std::string> folders, const Sought& library,
                  InventoryWriter& out) {
    for (const std::string& folder : folders) {
        if (read_library(tree, folder, library.name, library.name, out)) return true;
        for (const char* file : library.files) {
            if (file != nullptr && read_library(tree, folder, library.name, file, out)) return true;
        }
    }
    return false;
}

}  // namespace

void read_libraries(const Tree& tree, InventoryWriter& out) {
    const char* const source = "LD_LIBRARY_PATH, /etc/ld.so.conf, the usual folders";
    const Folders folders = folders_of(tree);
    const bool any = std::ranges::any_of(
        folders.all(), [&tree](const std::string& folder) { return tree.exists(folder); });
    if (!any) return out.unknown("library", "libcuda.so.1", source, kNoSuchFile);
    for (const Sought& library : kLibraries) {
        if (find_library(tree, folders.all(), library, out)) continue;
        out.add("library", library.name, source, "not found");
    }
}

}  // namespace rackproof
