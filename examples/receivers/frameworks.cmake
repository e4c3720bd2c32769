# The HTTP frameworks that malote/receiver/adapters/ has headers for, as targets webhooks_<name>
# of those that are installed. Debian 12: scripts/bootstrap --group receivers
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Boost 1.74 QUIET)
find_package(fmt QUIET)
pkg_check_modules(cpp_httplib QUIET IMPORTED_TARGET cpp-httplib>=0.11)
pkg_check_modules(pistache QUIET IMPORTED_TARGET libpistache)
find_path(RESTINIO_INCLUDE_DIR restinio/all.hpp)
find_library(HTTP_PARSER_LIBRARY http_parser)
mark_as_advanced(RESTINIO_INCLUDE_DIR HTTP_PARSER_LIBRARY)

# webhooks_framework(<name> <title> <package> LINKS … [IF …]): the target, or a line that says what
# is missing.
function(webhooks_framework name title package)
  cmake_parse_arguments(ARG "" "" "LINKS;IF" ${ARGN})
  if(${ARG_IF})
    add_library(webhooks_${name} INTERFACE)
    target_link_libraries(webhooks_${name} INTERFACE ${ARG_LINKS} Threads::Threads)
  else()
    message(STATUS "${title} is not installed (Debian: ${package}): its receiver is not built")
  endif()
endfunction()

webhooks_framework(beast "Boost.Beast" libboost1.81-dev
  IF TARGET Boost::headers LINKS Boost::headers)
webhooks_framework(httplib "cpp-httplib" libcpp-httplib-dev
  IF TARGET PkgConfig::cpp_httplib LINKS PkgConfig::cpp_httplib)
webhooks_framework(restinio "RESTinio" "librestinio-dev libhttp-parser-dev"
  IF RESTINIO_INCLUDE_DIR AND HTTP_PARSER_LIBRARY AND TARGET Boost::headers AND TARGET fmt::fmt
  LINKS Boost::headers fmt::fmt ${HTTP_PARSER_LIBRARY})
webhooks_framework(pistache "Pistache" libpistache-dev
  IF TARGET PkgConfig::pistache LINKS PkgConfig::pistache)

if(TARGET webhooks_restinio)
  target_compile_definitions(webhooks_restinio INTERFACE RESTINIO_USE_BOOST_ASIO)
  # RESTinio 0.6 still calls what later versions of Asio deprecate.
  target_compile_options(webhooks_restinio INTERFACE -UBOOST_ASIO_NO_DEPRECATED)
endif()
