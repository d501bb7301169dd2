# cmake -DOUTPUT=<file> -P EmbedProfiles.cmake -- <profile>.json...: the profiles as a C++ table, in
# the order given.
cmake_minimum_required(VERSION 3.25)

set(rows "")
set(is_profile OFF)
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(at RANGE ${last})
  set(argument "${CMAKE_ARGV${at}}")
  if(is_profile)
    file(READ "${argument}" text)
    cmake_path(GET argument STEM name)
    string(APPEND rows "    {\"${name}\", R\"profile(${text})profile\"},\n")
  elseif(argument STREQUAL "--")
    set(is_profile ON)
  endif()
endforeach()
file(
  WRITE "${OUTPUT}"
  "#include \"config/profiles.hpp\"

namespace gantry::config {

namespace {

constexpr Profile kProfiles[] = {
${rows}};

}  // namespace

std::span<const Profile> profiles() { return kProfiles; }

}  // namespace gantry::config
")
