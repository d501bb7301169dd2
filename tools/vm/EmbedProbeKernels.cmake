# cmake -DOUTPUT=<file> -P EmbedProbeKernels.cmake -- <architecture>=<ELF file>...: the kernels as
# C++ tables, so that the program needs no file at run time.
cmake_minimum_required(VERSION 3.25)

set(tables "")
set(choices "")
set(is_kernel OFF)
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(at RANGE ${last})
  set(argument "${CMAKE_ARGV${at}}")
  if(is_kernel AND argument MATCHES "^([a-z0-9_]+)=(.+)$")
    set(architecture "${CMAKE_MATCH_1}")
    file(READ "${CMAKE_MATCH_2}" bytes HEX)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
    string(APPEND tables "constexpr unsigned char k_${architecture}[] = {${bytes}};\n")
    string(APPEND choices "  if (architecture == \"${architecture}\") {\n"
           "    return std::as_bytes(std::span(k_${architecture}));\n  }\n")
  elseif(argument STREQUAL "--")
    set(is_kernel ON)
  endif()
endforeach()
file(
  WRITE "${OUTPUT}"
  "#include \"vm/probe_kernel.hpp\"

namespace gantry::vm {

namespace {

${tables}
}  // namespace

std::span<const std::byte> probe_kernel([[maybe_unused]] std::string_view architecture) {
${choices}  return {};
}

}  // namespace gantry::vm
")
