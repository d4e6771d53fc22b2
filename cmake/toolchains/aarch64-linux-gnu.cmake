# Builds for aarch64 (Grace) on another machine. scripts/cross-aarch64 makes the sysroot, a folder
# with the Debian arm64 packages unpacked, and names it in RACKPROOF_SYSROOT.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)

# try_compile reads this file again, in a project of its own that does not know the cache.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES RACKPROOF_SYSROOT)
if(NOT IS_DIRECTORY "${RACKPROOF_SYSROOT}/usr/include")
  message(FATAL_ERROR "RACKPROOF_SYSROOT is '${RACKPROOF_SYSROOT}'; expected an arm64 root folder")
endif()
set(CMAKE_SYSROOT ${RACKPROOF_SYSROOT})
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)

set(ENV{PKG_CONFIG_SYSROOT_DIR} ${RACKPROOF_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR}
  ${RACKPROOF_SYSROOT}/usr/lib/aarch64-linux-gnu/pkgconfig:${RACKPROOF_SYSROOT}/usr/share/pkgconfig)

set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64;-L;${RACKPROOF_SYSROOT})
