# The packages for programs of other people: find_package(malote) gives malote::client, to call a
# gateway, and malote::receiver, to receive its webhooks; pkg-config has malote-receiver.
# cmake --install <build> --component development installs these and not the gateway.
include(CMakePackageConfigHelpers)

target_compile_features(malote_client PUBLIC cxx_std_20)
target_compile_features(malote_receiver PUBLIC cxx_std_20)

install(TARGETS malote_client malote_receiver malote_json malote_digest malote_sqlite malote_base
  EXPORT malote ARCHIVE DESTINATION lib COMPONENT development)
install(DIRECTORY include/ DESTINATION include COMPONENT development)
install(EXPORT malote NAMESPACE malote:: FILE malote-targets.cmake DESTINATION lib/cmake/malote
  COMPONENT development)
write_basic_package_version_file(malote-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES cmake/malote-config.cmake ${PROJECT_BINARY_DIR}/malote-config-version.cmake
  DESTINATION lib/cmake/malote COMPONENT development)
configure_file(cmake/malote-receiver.pc.in malote-receiver.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/malote-receiver.pc DESTINATION lib/pkgconfig
  COMPONENT development)
