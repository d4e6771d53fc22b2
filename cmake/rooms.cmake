# One folder, one library. The include root is the repository's, so that an include names its room:
#   rackproof_room(core SOURCES error.cpp ...)
#   rackproof_room(devices SOURCES ... ROOMS core LIBRARIES PkgConfig::hwloc)
# LIBRARIES are private: no other room sees a vendor's header.

add_library(rackproof_flags INTERFACE)
target_compile_options(rackproof_flags INTERFACE -Wall -Wextra -Wconversion -Wshadow -Werror)
target_include_directories(rackproof_flags INTERFACE
  ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
if(RACKPROOF_SANITIZER STREQUAL "address")
  target_compile_options(rackproof_flags INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(rackproof_flags INTERFACE -fsanitize=address,undefined)
elseif(RACKPROOF_SANITIZER STREQUAL "thread")
  # GCC 12 takes vector::insert for an overflow when -fsanitize=thread instruments it.
  target_compile_options(rackproof_flags INTERFACE
    -fsanitize=thread -fno-omit-frame-pointer -Wno-stringop-overflow)
  target_link_options(rackproof_flags INTERFACE -fsanitize=thread)
elseif(RACKPROOF_SANITIZER STREQUAL "fuzzer")
  # For clang, whose warnings are others than those that the tree is free of; its vptr check would
  # ask for the file of every class, a device's too.
  target_compile_options(rackproof_flags INTERFACE
    -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize=vptr -fno-sanitize-recover=all
    -fno-omit-frame-pointer -Wno-error)
  target_link_options(rackproof_flags INTERFACE -fsanitize=address,undefined)
elseif(RACKPROOF_SANITIZER)
  message(FATAL_ERROR "RACKPROOF_SANITIZER is '${RACKPROOF_SANITIZER}'; expected address, thread or fuzzer")
endif()

function(rackproof_room name)
  cmake_parse_arguments(PARSE_ARGV 1 room "" "" "SOURCES;ROOMS;LIBRARIES")
  list(TRANSFORM room_ROOMS PREPEND rackproof_)
  if(NOT room_SOURCES)
    add_library(rackproof_${name} INTERFACE)
    target_link_libraries(rackproof_${name} INTERFACE rackproof_flags ${room_ROOMS})
    return()
  endif()
  add_library(rackproof_${name} STATIC ${room_SOURCES})
  target_link_libraries(rackproof_${name}
    PUBLIC rackproof_flags ${room_ROOMS} PRIVATE ${room_LIBRARIES})
endfunction()
