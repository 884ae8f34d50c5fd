# The compiler settings that every target of the project shares.
add_library(selns_options INTERFACE)
target_include_directories(selns_options INTERFACE ${PROJECT_SOURCE_DIR}/lib)
target_compile_options(
  selns_options
  INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Wold-style-cast
            -Woverloaded-virtual -Wformat=2 $<$<BOOL:${SELNS_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # False positives on std::string when optimising (GCC bug 105329 and its kin).
  target_compile_options(selns_options INTERFACE -Wno-restrict -Wno-array-bounds
                                                 -Wno-stringop-overflow)
endif()
if(CMAKE_UNITY_BUILD)
  # Of names in other files; the presets with a file at a time look at each file's own.
  target_compile_options(selns_options INTERFACE -Wno-shadow)
endif()
target_compile_definitions(selns_options INTERFACE _FILE_OFFSET_BITS=64)
if(SELNS_SANITIZE)
  target_compile_options(selns_options INTERFACE -fsanitize=${SELNS_SANITIZE}
                                                 -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(selns_options INTERFACE -fsanitize=${SELNS_SANITIZE})
  if(SELNS_SANITIZE MATCHES address AND NOT SELNS_FUZZ)
    # A sixth of the compile time, for what AddressSanitizer sees, or fuzzing.
    target_compile_options(selns_options INTERFACE -fno-sanitize=null,alignment)
  endif()
endif()
if(SELNS_FUZZ)
  target_compile_options(selns_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# What tests add to that: their own code is compiled without UBSan, a third of their compile time.
# Listed behind selns_options, so that it has the last word.
add_library(selns_test_options INTERFACE)
target_link_libraries(selns_test_options INTERFACE selns_options)
if(SELNS_SANITIZE MATCHES undefined)
  target_compile_options(selns_test_options INTERFACE -fno-sanitize=undefined)
endif()

# Lets target NAME use the precompiled standard headers, which selns_base compiles.
function(selns_precompile NAME)
  if(NOT SELNS_PRECOMPILE OR SELNS_WHOLE)
    return()
  endif()
  if(NAME STREQUAL "selns_base")
    target_precompile_headers(selns_base PRIVATE ${PROJECT_SOURCE_DIR}/cmake/precompiled.hpp)
  else()
    target_precompile_headers(${NAME} REUSE_FROM selns_base)
  endif()
endfunction()

# selns_module(NAME [DEPENDS module...] [LIBRARIES target...] [INCLUDES folder...]
#              [DEFINITIONS name=value...] SOURCES file... [GENERATED file...])
#
# One static library selns_NAME for each module of lib/selns. DEPENDS names modules above it in the
# list of ARCHITECTURE.md and is visible to users; the others are third-party and stay private,
# since their types do not cross a module's headers. GENERATED are sources that this folder makes.
#
# With SELNS_WHOLE all modules are compiled together, so that what they share is instantiated once.
function(selns_module NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;GENERATED;DEPENDS;LIBRARIES;INCLUDES;DEFINITIONS" ${ARGN})
  list(TRANSFORM ARG_DEPENDS PREPEND selns_)
  if(SELNS_WHOLE)
    list(TRANSFORM ARG_SOURCES PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
    target_sources(selns_whole PRIVATE ${ARG_SOURCES})
    set(OWNER selns_whole)
    add_library(selns_${NAME} STATIC ${ARG_GENERATED} ${PROJECT_SOURCE_DIR}/cmake/nothing.cpp)
    target_link_libraries(selns_${NAME} PUBLIC selns_whole selns_options)
    # Libraries that need each other: the linker goes through them again.
    target_link_libraries(selns_whole PRIVATE $<LINK_ONLY:selns_${NAME}>)
  else()
    set(OWNER selns_${NAME})
    add_library(selns_${NAME} STATIC ${ARG_SOURCES} ${ARG_GENERATED})
    target_link_libraries(selns_${NAME} PUBLIC selns_options fmt::fmt ${ARG_DEPENDS})
    selns_precompile(selns_${NAME})
  endif()
  target_link_libraries(${OWNER} PRIVATE ${ARG_LIBRARIES})
  target_include_directories(${OWNER} SYSTEM PRIVATE ${ARG_INCLUDES})
  target_compile_definitions(${OWNER} PRIVATE ${ARG_DEFINITIONS})
endfunction()

# Divides the sources of SELNS_WHOLE among the processors of this machine: fewer parts share more,
# more would wait for each other.
function(selns_divide_whole)
  if(NOT SELNS_WHOLE)
    return()
  endif()
  cmake_host_system_information(RESULT PROCESSORS QUERY NUMBER_OF_LOGICAL_CORES)
  get_target_property(SOURCES selns_whole SOURCES)
  list(LENGTH SOURCES COUNT)
  math(EXPR SIZE "${COUNT} / ${PROCESSORS} + 1")
  set_target_properties(selns_whole PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${SIZE})
endfunction()

# selns_source(FILE [DEFINITIONS name=value...] [DEPENDS file...])
#
# What one source of this folder's module needs besides.
function(selns_source FILE)
  cmake_parse_arguments(ARG "" "" "DEFINITIONS;DEPENDS" ${ARGN})
  if(SELNS_WHOLE)
    set(WHERE TARGET_DIRECTORY selns_whole)
  endif()
  set(SOURCE ${CMAKE_CURRENT_SOURCE_DIR}/${FILE})
  set_property(SOURCE ${SOURCE} ${WHERE} PROPERTY COMPILE_DEFINITIONS ${ARG_DEFINITIONS})
  set_property(SOURCE ${SOURCE} ${WHERE} PROPERTY OBJECT_DEPENDS ${ARG_DEPENDS})
endfunction()

# selns_embed(FILE HEADER header NAMESPACE namespace [TYPE type LIST variable] PATTERNS pattern...)
#
# Files become part of a module, so that the program is one file: FILE is what goes among its
# GENERATED sources, and cmake/embed.cmake says what it holds.
function(selns_embed FILE)
  cmake_parse_arguments(ARG "" "HEADER;NAMESPACE;TYPE;LIST" "PATTERNS" ${ARGN})
  file(GLOB INPUTS CONFIGURE_DEPENDS ${ARG_PATTERNS})
  add_custom_command(
    OUTPUT ${FILE}
    COMMAND
      ${CMAKE_COMMAND} -DOUTPUT=${FILE} -DHEADER=${ARG_HEADER} -DNAMESPACE=${ARG_NAMESPACE}
      -DTYPE=${ARG_TYPE} -DLIST=${ARG_LIST} -DROOT=${PROJECT_SOURCE_DIR} "-DINPUTS=${INPUTS}" -P
      ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
    DEPENDS ${INPUTS} ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
    COMMENT "Embedding what ${ARG_HEADER} declares"
    VERBATIM)
endfunction()

# libsepol allocates much: keeping less of what it freed makes a policy commit a fifth faster, and
# not remembering who allocated the rest a third.
set(SELNS_TEST_SANITIZER "ASAN_OPTIONS=quarantine_size_mb=16:malloc_context_size=0")

# selns_test(NAME [COST seconds] [LIBRARIES target...] SOURCES file...)
#
# One Catch2 program for the unit tests of module NAME, registered with CTest under that name. With
# COST it is among those that start first.
function(selns_test NAME)
  cmake_parse_arguments(ARG "" "COST" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(test_${NAME} ${ARG_SOURCES})
  target_link_libraries(test_${NAME} PRIVATE selns_${NAME} test_support ${ARG_LIBRARIES} selns_test_options)
  # Parsing Catch2 would be half of the compile time.
  target_precompile_headers(test_${NAME} REUSE_FROM test_support)
  add_test(NAME unit.${NAME} COMMAND test_${NAME})
  set_tests_properties(unit.${NAME} PROPERTIES TIMEOUT 1800 ENVIRONMENT "${SELNS_TEST_SANITIZER}")
  if(ARG_COST)
    set_tests_properties(unit.${NAME} PROPERTIES COST ${ARG_COST})
  endif()
endfunction()
