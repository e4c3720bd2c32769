# The CMake package: find_package(malote) gives malote::client to programs that call a gateway.
include(CMakePackageConfigHelpers)

install(TARGETS malote_client malote_base EXPORT malote ARCHIVE DESTINATION lib)
install(DIRECTORY include/malote DESTINATION include)
install(EXPORT malote NAMESPACE malote:: FILE malote-targets.cmake DESTINATION lib/cmake/malote)
write_basic_package_version_file(malote-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES cmake/malote-config.cmake ${PROJECT_BINARY_DIR}/malote-config-version.cmake
  DESTINATION lib/cmake/malote)
