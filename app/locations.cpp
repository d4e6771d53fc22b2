#include "app/locations.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

/// `given` if it is a file; else the shipped `what` of that name, in a folder of the shipped plans.
std::filesystem::path find_shipped(const std::string& given, const std::string& what,
                                   const std::filesystem::path& subfolder) {
    std::error_code error;
    if (std::filesystem::exists(given, error)) return given;
    if (given.find('/') == std::string::npos && !given.empty()) {
        const std::filesystem::path folder = shipped_plans() / subfolder;
        const std::filesystem::path shipped = folder / (given + ".toml");
        if (std::filesystem::exists(shipped, error)) return shipped;
        std::string names;
        for (const std::filesystem::path& file : shipped_files(folder)) {
            names += (names.empty() ? "" : ", ") + file.stem().string();
        }
        throw InputError{"there is no " + what + " '" + printable(given) +
                         "'; expected a file or one of: " + names};
    }
    throw InputError{{given, {}, {}}, "cannot be opened; expected a " + what + " (TOML)"};
}

}  // namespace

std::filesystem::path own_executable() {
    std::error_code error;
    std::filesystem::path path = std::filesystem::read_symlink("/proc/self/exe", error);
    if (error) throw Error{"find this program's own file", error.message()};
    return path;
}

std::filesystem::path shipped_plans() {
    const std::filesystem::path folder = own_executable().parent_path();
    // PREFIX/bin/rackproof when installed, SOURCE/build/PRESET/app/rackproof when built.
    for (const auto& candidate : {folder.parent_path() / "share" / "rackproof" / "plans",
                                  folder.parent_path().parent_path().parent_path() / "plans"}) {
        std::error_code error;
        if (std::filesystem::is_directory(candidate, error)) return candidate;
    }
    throw InputError{"the shipped plans are not beside " + folder.string() +
                     "; name the plan's file instead"};
}

std::vector<std::filesystem::path> shipped_files(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator{folder}) {
        const std::filesystem::path& path = entry.path();
        if (path.extension() == ".toml" && path.filename() != "xid.toml") files.push_back(path);
    }
    std::ranges::sort(files);
    return files;
}

std::filesystem::path find_plan(const std::string& given) {
    return find_shipped(given, "plan", "");
}

std::filesystem::path find_policy(const std::string& given) {
    return find_shipped(given, "policy", "policies");
}

std::filesystem::path find_profile(const std::string& given) {
    return find_shipped(given, "profile", "profiles");
}

}  // namespace rackproof
