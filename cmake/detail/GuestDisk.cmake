# Disks that are made of root file systems and images, by `gantry vm disk`.

# gantry_detail_add_guest_disk(<where> <guest> <target>): a target that makes the guest's disk and what
# boots it, of what the other target makes.
function(gantry_detail_add_guest_disk where guest source)
  get_property(kind TARGET "${source}" PROPERTY GANTRY_KIND)
  if(NOT kind MATCHES "^(rootfs|image)$")
    message(
      FATAL_ERROR "${where}: DISK '${source}' is a target, but no image and no root file system")
  endif()
  gantry_detail_directory(directory disks)
  set(file "$<TARGET_GENEX_EVAL:${source},$<TARGET_PROPERTY:${source},GANTRY_OUTPUT>>")
  set(arguments disk "${file}" --agent --initramfs gantry --hostname "${guest}")
  set(inputs "${file}" "${source}")
  foreach(pair IN ITEMS DISK_SIZE=--size KERNEL=--kernel MODULES=--modules)
    string(REGEX MATCH "^(.*)=(.*)$" matched "${pair}")
    set(option "${CMAKE_MATCH_2}")
    set(property "GANTRY_DETAIL_${CMAKE_MATCH_1}")
    if(option STREQUAL "--size")
      set(property GANTRY_DISK_SIZE)
    endif()
    set(value "$<GENEX_EVAL:$<TARGET_PROPERTY:${guest},${property}>>")
    list(APPEND arguments "$<$<NOT:$<STREQUAL:${value},>>:${option}=${value}>")
    if(option STREQUAL "--kernel")
      list(APPEND inputs "${value}")
    endif()
  endforeach()
  gantry_detail_add_output(
    "gantry_disk_of_${guest}"
    PROGRAM
    Gantry::gantry-vm
    KIND
    disk
    OUTPUT
    "${directory}/${guest}.qcow2"
    BYPRODUCTS
    "${directory}/${guest}.kernel"
    "${directory}/${guest}.initrd"
    "${directory}/${guest}.command-line"
    FOLDER
    "Gantry/Guests"
    COMMENT
    "Making the disk of ${guest}"
    DEPENDS
    ${inputs}
    ARGUMENTS
    ${arguments})
  add_dependencies("${guest}" "gantry_disk_of_${guest}")
  set_property(TARGET "${guest}" PROPERTY GANTRY_DETAIL_DISK_TARGET "gantry_disk_of_${guest}")
endfunction()

# gantry_detail_finish_guest_disk(<guest>): what the guest boots of it.
function(gantry_detail_finish_guest_disk guest)
  gantry_detail_directory(directory disks)
  get_property(initrd TARGET "${guest}" PROPERTY GANTRY_DETAIL_INITRD)
  get_property(more TARGET "${guest}" PROPERTY GANTRY_COMMAND_LINE)
  get_property(architecture TARGET "${guest}" PROPERTY GANTRY_ARCHITECTURE)
  if(initrd STREQUAL "")
    set(initrd "${directory}/${guest}.initrd")
  endif()
  set(console ttyS0)
  if(architecture STREQUAL "aarch64")
    set(console ttyAMA0)
  endif()
  set(line "root=/dev/vda rw console=${console} quiet net.ifnames=0 panic=-1")
  set_target_properties(
    "${guest}"
    PROPERTIES GANTRY_DETAIL_DISK "${directory}/${guest}.qcow2"
               GANTRY_DETAIL_BOOTED_KERNEL "${directory}/${guest}.kernel"
               GANTRY_DETAIL_INITRD "${initrd}"
               GANTRY_DETAIL_COMMAND_LINE "${line}$<$<BOOL:${more}>: ${more}>")
endfunction()
