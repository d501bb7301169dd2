# The second face of the API: a target property for each keyword, so that it can be set after the
# call, with a variable for those that make sense as a project's default.

# gantry_detail_define_properties(<command> <keyword>[=DEFAULT]...)
function(gantry_detail_define_properties command)
  foreach(keyword IN LISTS ARGN)
    set(initialize)
    if(keyword MATCHES "^(.*)=DEFAULT$")
      set(keyword ${CMAKE_MATCH_1})
      set(initialize INITIALIZE_FROM_VARIABLE DEFAULT_GANTRY_${keyword})
    endif()
    define_property(TARGET PROPERTY GANTRY_${keyword} ${initialize}
                    BRIEF_DOCS "The keyword ${keyword} of ${command}()")
    set_property(GLOBAL APPEND PROPERTY GANTRY_DETAIL_KEYWORDS_${command} ${keyword})
  endforeach()
endfunction()

gantry_detail_define_properties(
  gantry_add_image
  ANNOTATIONS=DEFAULT
  BASE=DEFAULT
  CMD
  COMPRESSION=DEFAULT
  DEPENDS
  ENTRYPOINT
  ENV=DEFAULT
  HEALTHCHECK
  INSTALL_COMPONENTS
  LABELS=DEFAULT
  LICENSES=DEFAULT
  PLATFORMS=DEFAULT
  PORTS
  PREBUILT
  PREFIX=DEFAULT
  PROVENANCE=DEFAULT
  REPOSITORY
  ROOTFS
  RUNTIME_LIBRARIES=DEFAULT
  SBOM=DEFAULT
  SIGN_KEY=DEFAULT
  STOP_SIGNAL
  TAG_PREFIX=DEFAULT
  TAG_RULES=DEFAULT
  TAGS=DEFAULT
  USER=DEFAULT
  VOLUMES
  WORKDIR)

gantry_detail_define_properties(gantry_add_checkpoint FROM READY RECORD SSH_KEY SSH_PORT SSH_USER
                                STEPS TIMEOUT)
gantry_detail_define_properties(gantry_add_device_state DEVICE=DEFAULT PRECONDITION=DEFAULT)
gantry_detail_define_properties(
  gantry_add_demo
  BS
  CLOCK=DEFAULT
  DATA=DEFAULT
  DEVICE=DEFAULT
  EXPECT
  FILL=DEFAULT
  FIO=DEFAULT
  IODEPTH
  JOB
  NUMJOBS
  OPTIONS
  RUNTIME
  RW
  SIZE
  STATE)
gantry_detail_define_properties(
  gantry_add_guest
  ARCHITECTURE
  CDROM
  COMMAND_LINE
  CPUS
  DATA_DISK
  DEVICE
  DISK
  DISPLAY
  FIRMWARE
  INITRD
  KERNEL
  MEMORY=DEFAULT
  PORTS
  TPM)
gantry_detail_define_properties(gantry_add_sweep DEVICE=DEFAULT VARY WORKLOAD=DEFAULT)

define_property(TARGET PROPERTY GANTRY_KIND
                BRIEF_DOCS "What Gantry's target makes: image, rootfs, sweep…")
define_property(TARGET PROPERTY GANTRY_REPORT BRIEF_DOCS "The report on what a target makes")
define_property(TARGET PROPERTY GANTRY_OUTPUT BRIEF_DOCS "The file that Gantry's target builds")
define_property(
  TARGET
  PROPERTY GANTRY_STAGED
  INHERITED
  BRIEF_DOCS "OFF: images do not wait for this target, since it is not installed")
