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

# malote_embed_console(<target> <symbol>)
# Builds the dashboard (console/) and compiles it in, each file beside its gzipped form. Without Node
# 18 and npm, or with -DMALOTE_CONSOLE=OFF, the gateway is built without one.
option(MALOTE_CONSOLE "Build the dashboard into the gateway (Node 18, npm)" ON)

function(malote_embed_console target symbol)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.cc)
  set(embed Python3::Interpreter ${PROJECT_SOURCE_DIR}/tools/embed.py --out ${out}
            --symbol ${symbol} --root ${PROJECT_SOURCE_DIR})
  find_program(NODE node)
  find_program(NPM npm)
  if(MALOTE_CONSOLE AND NODE AND NPM)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS
      ${PROJECT_SOURCE_DIR}/console/src/* ${PROJECT_SOURCE_DIR}/console/tools/*)
    add_custom_command(
      OUTPUT ${out}
      COMMAND ${PROJECT_SOURCE_DIR}/console/build
      COMMAND ${embed} --folder ${PROJECT_SOURCE_DIR}/console/dist
      DEPENDS ${sources} ${PROJECT_SOURCE_DIR}/console/build
              ${PROJECT_SOURCE_DIR}/console/package-lock.json ${PROJECT_SOURCE_DIR}/tools/embed.py
      COMMENT "Building the dashboard"
      VERBATIM)
  else()
    message(STATUS "no Node and npm, or MALOTE_CONSOLE=OFF: the gateway has no dashboard")
    add_custom_command(OUTPUT ${out} COMMAND ${embed}
      DEPENDS ${PROJECT_SOURCE_DIR}/tools/embed.py VERBATIM)
  endif()
  target_sources(${target} PRIVATE ${out})
endfunction()
