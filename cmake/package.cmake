# The packages for programs of other people: find_package(malote) gives malote::client, to call a
# gateway, and malote::receiver, to receive its webhooks; pkg-config has malote-receiver.
include(CMakePackageConfigHelpers)

install(TARGETS malote_client malote_receiver malote_json malote_digest malote_sqlite malote_base
  EXPORT malote ARCHIVE DESTINATION lib)
install(DIRECTORY include/ DESTINATION include)
install(EXPORT malote NAMESPACE malote:: FILE malote-targets.cmake DESTINATION lib/cmake/malote)
write_basic_package_version_file(malote-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES cmake/malote-config.cmake ${PROJECT_BINARY_DIR}/malote-config-version.cmake
  DESTINATION lib/cmake/malote)
