enable_language(C)
gantry_version_from_git(APP)
if(NOT EXISTS "${CMAKE_SOURCE_DIR}/app.c")
  file(
    WRITE "${CMAKE_SOURCE_DIR}/app.c"
    "#include \"APP_version.h\"\n#include <stdio.h>\n"
    "int main(void) { return printf(\"%s %d %.7s\\n\", APP_VERSION, APP_VERSION_MINOR, APP_REVISION) < 0; }\n"
  )
endif()
add_executable(app app.c)
target_link_libraries(app PRIVATE APP_version)
