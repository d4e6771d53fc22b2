# What the rooms link against. Each is required: a missing one ends the configuration by name,
# and `scripts/setup` installs them all.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(hwloc REQUIRED IMPORTED_TARGET hwloc)
pkg_check_modules(openblas REQUIRED IMPORTED_TARGET openblas)
pkg_check_modules(openmpi REQUIRED IMPORTED_TARGET ompi-c)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_search_module(hdf5 REQUIRED IMPORTED_TARGET hdf5-serial hdf5)
find_package(benchmark REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Boost REQUIRED)
if(RACKPROOF_TESTS)
  find_package(GTest REQUIRED)
endif()

find_program(RACKPROOF_CCACHE ccache)
if(RACKPROOF_CCACHE)
  # The slackness is what its manual asks for where headers are precompiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
    ${RACKPROOF_CCACHE})
endif()
