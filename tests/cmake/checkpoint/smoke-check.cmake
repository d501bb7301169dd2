# A gantry-vm without machines: what it packs is an image, and its smoke tests end as a file says.
build(box-disk)
output_path(image box-disk.image)
write_source(disk.qcow2 "")
file(
  CONFIGURE
  OUTPUT
  "${WORK}/bin/gantry-vm"
  @ONLY
  CONTENT
  [=[#!/bin/sh
line='vm|'
for argument; do line="$line${argument##*/}|"; done
printf '%s\n' "$line" >>"@WORK@/calls"
case $1 in
  build) echo key >"$4" && : >"$6" ;;
  pack) cp "@image@" "$argument" ;;
  smoke) [ ! -e "@WORK@/fails" ] ;;
esac
]=])
file(CHMOD "${WORK}/bin/gantry-vm" PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
file(TOUCH "${WORK}/fails")

# expect_tags(<checkpoint> <tag>...): those of latest and 1.0 that it has.
function(expect_tags checkpoint)
  file(READ "${BUILD}/gantry/published/${checkpoint}/index.json" index)
  foreach(tag IN ITEMS latest 1.0)
    string(FIND "${index}" "\"${tag}\"" position)
    if((tag IN_LIST ARGN AND position EQUAL -1) OR (NOT tag IN_LIST ARGN AND position GREATER -1))
      fail("the tags of ${checkpoint} are not ${ARGN}: ${index}")
    endif()
  endforeach()
endfunction()

build(publish_asked FAILS "Publishing checkpoint asked")
set(smoke "vm|smoke|asked.checkpoint|look at.sh|--store|vm|--from|asked|--timeout=7|")
if(NOT smoke IN_LIST calls)
  fail("the smoke test was not run as it should be: ${calls}")
endif()
expect_tags(asked)

file(REMOVE "${WORK}/fails")
build(publish_checkpoint)
file(STRINGS "${WORK}/calls" lines)
list(FILTER lines INCLUDE REGEX "asked")
list(JOIN lines "\n" text)
if(NOT text MATCHES
   "vm[|]pack.*image[|]publish[^\n]*asked[|]\nvm[|]smoke[^\n]*\nimage[|]publish[^\n]*--tag[|]latest"
)
  fail("it was not published by digest, asked and published, one after the other:\n${text}")
endif()
expect_tags(asked latest 1.0)
expect_tags(plain latest)
if(calls MATCHES "smoke[|]plain")
  fail("a smoke test was run that there is none of: ${calls}")
endif()
