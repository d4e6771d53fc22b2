# What the rooms link against. Each is required: a missing one ends the configuration by name,
# and `scripts/setup` installs them all.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(hwloc REQUIRED IMPORTED_TARGET hwloc)
pkg_check_modules(openblas REQUIRED IMPORTED_TARGET openblas)
pkg_check_modules(openmpi REQUIRED IMPORTED_TARGET ompi-c)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_search_module(hdf5 REQUIRED IMPORTED_TARGET hdf5-serial hdf5)
find_package(ZLIB REQUIRED)
find_package(benchmark REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(CLI11 REQUIRED)
find_package(pugixml REQUIRED)
find_package(Boost REQUIRED)
if(RACKPROOF_TESTS)
  find_package(GTest REQUIRED)
endif()

# HDF5 as an archive, where there is one: Debian's shared library brings thirty others along (for
# S3), which took half of the time that `rackproof --version` needs.
add_library(rackproof_hdf5 INTERFACE)
find_library(RACKPROOF_HDF5_ARCHIVE NAMES libhdf5_serial.a)
find_library(RACKPROOF_SZ sz)
find_library(RACKPROOF_Z z)
if(RACKPROOF_HDF5_ARCHIVE AND RACKPROOF_SZ AND RACKPROOF_Z)
  target_include_directories(rackproof_hdf5 SYSTEM INTERFACE ${hdf5_INCLUDE_DIRS})
  target_link_libraries(rackproof_hdf5 INTERFACE
    ${RACKPROOF_HDF5_ARCHIVE} ${RACKPROOF_SZ} ${RACKPROOF_Z} ${CMAKE_DL_LIBS} m)
else()
  target_link_libraries(rackproof_hdf5 INTERFACE PkgConfig::hdf5)
endif()

find_program(RACKPROOF_CCACHE ccache)
if(RACKPROOF_CCACHE)
  # The slackness is what its manual asks for where headers are precompiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
    ${RACKPROOF_CCACHE})
endif()
