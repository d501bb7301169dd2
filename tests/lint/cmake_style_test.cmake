# cmake -DWORK=<dir> -P cmake_style_test.cmake: cmake_style.cmake finds what it is there to find.
cmake_minimum_required(VERSION 3.25)

# expect(<message or ""> <file> <text>...): the module is refused with this message.
function(expect wanted file)
  file(REMOVE_RECURSE "${WORK}")
  list(JOIN ARGN "\n" text)
  file(WRITE "${WORK}/${file}" "${text}\n")
  file(WRITE "${WORK}/detail/Other.cmake" "# Nothing.\n")
  execute_process(
    COMMAND "${CMAKE_COMMAND}" "-DDIRECTORY=${WORK}" -P
            "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/cmake_style.cmake"
    RESULT_VARIABLE result
    ERROR_VARIABLE error
    OUTPUT_QUIET)
  string(FIND "${error}" "${wanted}" position)
  if(wanted STREQUAL "" AND NOT result EQUAL 0)
    message(FATAL_ERROR "refused, but it is right:\n${text}\n${error}")
  elseif(NOT wanted STREQUAL "" AND (result EQUAL 0 OR position EQUAL -1))
    message(FATAL_ERROR "expected '${wanted}' for\n${text}\ngot: ${error}")
  endif()
endfunction()

set(documented
    "#[=[.rst:
GantryAddX
----------

.. code-block:: cmake

  gantry_add_x(<target> [WORD <w>])

``WORD <w>``
  A word.
#]=]
function(gantry_add_x target)
  set(one WORD)
endfunction()")
expect("" GantryAddX.cmake "${documented}")
expect("" dev/Free.cmake "macro(x)" "endmacro()" "execute_process(COMMAND x)")
expect("macro() is not for modules" a.cmake "macro(x)" "endmacro()")
expect("include_directories() is not for modules" a.cmake "  include_directories(x)")
expect("execute_process() is not for modules" detail/a.cmake "execute_process(COMMAND x)")
expect("find_program() is not for modules" a.cmake "find_program(x y)")
expect("file(GLOB) is not for modules" a.cmake "file(GLOB x *)")
expect("" a.cmake "# macro(x) is only spoken of")
expect("" a.cmake "add_custom_command(OUTPUT x COMMAND y" "  DEPFILE z COMMENT c VERBATIM)")
foreach(keyword IN ITEMS VERBATIM COMMENT DEPFILE)
  set(words VERBATIM "COMMENT c" "DEPFILE z")
  list(FILTER words EXCLUDE REGEX "^${keyword}")
  list(JOIN words " " words)
  expect("a custom command has no ${keyword}" a.cmake "if(a)" "  add_custom_command(OUTPUT x"
         "    ${words})" "  set(a VERBATIM COMMENT DEPFILE)" "endif()")
endforeach()
expect("the function x is called neither" a.cmake "function(x)" "endfunction()")
string(REPEAT "\n  set(a)" 61 long)
expect("the function gantry_detail_x has 62 lines" a.cmake "function(gantry_detail_x)${long}"
       "endfunction()")
expect("it does not begin with documentation" GantryAddX.cmake "function(gantry_add_x)"
       "endfunction()")
string(REPLACE "set(one WORD)" "set(one OTHER WORD)" more "${documented}")
expect("the keyword OTHER has no entry" GantryAddX.cmake "${more}")
expect("the keyword OTHER is not in the signature" GantryAddX.cmake "${more}")
string(REPLACE "set(one WORD)" "set(one)" less "${documented}")
expect("the documentation has an entry WORD, which is no keyword" GantryAddX.cmake "${less}")
file(REMOVE_RECURSE "${WORK}")
