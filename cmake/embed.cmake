# malote_embed(<target> <symbol> FILES <file>...)
# Compiles files into <target> behind `std::span<const malote::EmbeddedFile> malote::<symbol>()`;
# names are paths relative to the project root. The caller declares the function.
find_package(Python3 REQUIRED COMPONENTS Interpreter)

function(malote_embed target symbol)
  cmake_parse_arguments(ARG "" "" "FILES" ${ARGN})
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.cc)
  add_custom_command(
    OUTPUT ${out}
    COMMAND Python3::Interpreter ${PROJECT_SOURCE_DIR}/tools/embed.py
            --out ${out} --symbol ${symbol} --root ${PROJECT_SOURCE_DIR} ${ARG_FILES}
    DEPENDS ${ARG_FILES} ${PROJECT_SOURCE_DIR}/tools/embed.py
    VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()
