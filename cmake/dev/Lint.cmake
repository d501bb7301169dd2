# The verbs `format` (rewrites the sources in the project's style) and `lint` (runs every check of
# style). Only for the top-level project: a consumer may have targets of these names.
add_custom_target(
  format
  COMMAND sh "${PROJECT_SOURCE_DIR}/tests/lint/clang_format.sh" --fix
  COMMAND sh "${PROJECT_SOURCE_DIR}/tests/lint/cmake_format.sh" --fix
  COMMENT "Formatting the sources"
  VERBATIM)
add_custom_target(
  lint
  COMMAND "${CMAKE_CTEST_COMMAND}" --label-regex lint --output-on-failure
  COMMENT "Checking the style"
  USES_TERMINAL VERBATIM)

# Rewrites the parts of docs/ that come from the sources.
add_custom_target(
  gantry_write_docs
  COMMAND gantry_tool reference markdown --output "${PROJECT_SOURCE_DIR}/docs/reference/cli.md"
  COMMAND "${CMAKE_COMMAND}" "-DSOURCE_DIR=${PROJECT_SOURCE_DIR}" -P
          "${CMAKE_CURRENT_LIST_DIR}/Reference.cmake"
  COMMAND sh "${PROJECT_SOURCE_DIR}/tests/lint/reference_c_api.sh" --fix
  COMMENT "Writing docs/reference"
  VERBATIM)
if(TARGET gantry_vm_tool)
  add_custom_command(
    TARGET gantry_write_docs
    POST_BUILD
    COMMAND gantry_vm_tool reference markdown --output "${PROJECT_SOURCE_DIR}/docs/reference/vm.md"
    VERBATIM)
endif()
if(GANTRY_WITH_SIMULATOR)
  add_custom_command(
    TARGET gantry_write_docs
    POST_BUILD
    COMMAND gantry_ssd_tool config schema --markdown --output
            "${PROJECT_SOURCE_DIR}/docs/reference/device.md"
    VERBATIM)
  if(TARGET gantry_fio_tool)
    add_custom_command(
      TARGET gantry_write_docs
      POST_BUILD
      COMMAND sh "${PROJECT_SOURCE_DIR}/tests/lint/reference_fio.sh"
              "$<TARGET_FILE:gantry_fio_tool>" --fix
      VERBATIM)
  endif()
endif()
