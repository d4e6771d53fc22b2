# Debian packages, made by `scripts/package`: rackproof, in which nothing of NVIDIA's is, and
# rackproof-cuda, the CUDA back end, into which NVIDIA's runtime is linked. Both take what they link
# from dpkg-shlibdeps; what is started or loaded by name stands here.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME rackproof)
set(CPACK_PACKAGE_CONTACT "The rackproof authors <rackproof@localhost>")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_COMPONENTS_ALL rackproof)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_RACKPROOF_PACKAGE_NAME rackproof)
set(CPACK_DEBIAN_RACKPROOF_DESCRIPTION "${PROJECT_DESCRIPTION}
 Compute, memory-bandwidth, collective and burn-in tests under MPI; names the
 nodes that are slow, wrong, hot, flaky or missing, with the evidence.")
set(CPACK_DEBIAN_RACKPROOF_PACKAGE_DEPENDS "libopenblas0-pthread, openmpi-bin, openssh-client")
set(CPACK_DEBIAN_RACKPROOF_PACKAGE_SUGGESTS "rackproof-cuda, slurm-client, bash-completion")

if(WITH_CUDA)
  list(APPEND CPACK_COMPONENTS_ALL cuda)
  set(CPACK_DEBIAN_CUDA_PACKAGE_NAME rackproof-cuda)
  set(CPACK_DEBIAN_CUDA_DESCRIPTION "CUDA back end of rackproof
 Loads the driver, cuBLASLt and NCCL of the machine, which no package here
 brings.")
  set(CPACK_DEBIAN_CUDA_PACKAGE_DEPENDS "rackproof (= ${PROJECT_VERSION})")
endif()

include(CPack)
