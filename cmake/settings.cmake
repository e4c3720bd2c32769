# Flags every target of ours gets: warnings as errors, hardening, sanitizers, ccache.

find_program(CCACHE ccache)
if(CCACHE)
  # What ccache asks for where headers are precompiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
endif()

add_library(malote_flags INTERFACE)
target_compile_options(malote_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Wold-style-cast -Wcast-qual -Wundef -Werror
  # g++ 12 reports string concatenation that is correct (GCC bug 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
target_compile_definitions(malote_flags INTERFACE
  _GLIBCXX_ASSERTIONS BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE)

if(MALOTE_SANITIZE)
  add_compile_options(-fsanitize=${MALOTE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${MALOTE_SANITIZE})
  if(MALOTE_SANITIZE STREQUAL "thread")
    # g++ warns of every fence that ThreadSanitizer does not see; asio has one in its scheduler.
    add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
  endif()
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-fstack-protector-strong -fcf-protection -D_FORTIFY_SOURCE=2)
  add_link_options(-Wl,-z,relro,-z,now -pie)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g")

# Reading headers that are not ours is more than half of what compiling takes, so each group of
# targets with the same flags has them precompiled once. Files include what they use all the same:
# the fuzz preset compiles them without.
option(MALOTE_PCH "Precompile the standard library's and other projects' headers" ON)
if(MALOTE_PCH)
  # The same correct concatenations: out of a precompiled header they count as our own code.
  target_compile_options(malote_flags INTERFACE
    $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread>)
endif()

# malote_precompile(<group> <headers>…): for static libraries; with EXECUTABLE, for executables.
function(malote_precompile group)
  if(NOT MALOTE_PCH)
    return()
  endif()
  cmake_parse_arguments(ARG "EXECUTABLE" "" "" ${ARGN})
  set(source ${CMAKE_CURRENT_BINARY_DIR}/pch_${group}.cc)
  file(CONFIGURE OUTPUT ${source} CONTENT "")
  add_library(malote_pch_${group} OBJECT ${source})
  if(ARG_EXECUTABLE)  # they are compiled with -fPIE, libraries with -fPIC
    set_target_properties(malote_pch_${group} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(malote_pch_${group} PRIVATE -fPIE)
  endif()
  target_link_libraries(malote_pch_${group} PRIVATE malote_flags)
  target_precompile_headers(malote_pch_${group} PRIVATE
    <algorithm> <array> <charconv> <chrono> <condition_variable> <cstdint> <cstdio> <deque>
    <functional> <map> <memory> <mutex> <optional> <set> <span> <sstream> <string> <string_view>
    <thread> <tl/expected.hpp> <unordered_map> <utility> <variant> <vector> ${ARG_UNPARSED_ARGUMENTS})
endfunction()

# malote_use_precompiled(<target> <group>)
function(malote_use_precompiled target group)
  if(MALOTE_PCH)
    target_precompile_headers(${target} REUSE_FROM malote_pch_${group})
  endif()
endfunction()
