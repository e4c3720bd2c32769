# What the static libraries need to be linked, then the libraries themselves.
include(CMakeFindDependencyMacro)
find_dependency(CURL)
find_dependency(fmt)
find_dependency(spdlog)
find_dependency(simdjson)
include(${CMAKE_CURRENT_LIST_DIR}/malote-targets.cmake)
