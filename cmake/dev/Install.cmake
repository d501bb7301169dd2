# What `cmake --install` puts where: the program, and the modules that find_package(Gantry) reads.
include(CMakePackageConfigHelpers)

set(GANTRY_BIN_DIR "${CMAKE_INSTALL_BINDIR}")
set(gantry_modules "${CMAKE_INSTALL_LIBDIR}/cmake/Gantry")

install(TARGETS gantry_tool EXPORT GantryTargets RUNTIME COMPONENT gantry_tool)
if(GANTRY_WITH_SIMULATOR)
  install(TARGETS gantry_ssd_tool RUNTIME COMPONENT gantry_simulator)
  # For programs that load or link the simulator; not for the modules, which run gantry-ssd.
  install(TARGETS gantry_ssd_c LIBRARY COMPONENT gantry_simulator)
  if(GANTRY_FIO)
    install(TARGETS gantry_fio_tool RUNTIME COMPONENT gantry_simulator)
    # Where gantry-fio looks, beside its own directory.
    install(TARGETS gantry_fio_engine LIBRARY DESTINATION lib/gantry COMPONENT gantry_simulator)
    if(GANTRY_FIO STREQUAL "BUNDLED")
      install(PROGRAMS "${PROJECT_BINARY_DIR}/tools/lib/gantry/fio" DESTINATION lib/gantry
              COMPONENT gantry_simulator)
    endif()
  endif()
  install(FILES "${PROJECT_SOURCE_DIR}/simulator/capi/gantry/ssd.h"
          DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/gantry" COMPONENT gantry_simulator)
  if(TARGET gantry_nbdkit_plugin)
    install(TARGETS gantry_nbdkit_plugin LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}/gantry"
                                                 COMPONENT gantry_simulator)
  endif()
endif()
if(GANTRY_WITH_VM)
  install(TARGETS gantry_vm_tool RUNTIME COMPONENT gantry_vm)
  # It runs in guests, not here.
  install(TARGETS gantry_guest_agent gantry_guest_init RUNTIME DESTINATION lib/gantry
                                                               COMPONENT gantry_vm)
  install(FILES "${PROJECT_SOURCE_DIR}/tools/vm/agent/gantry-guest-agent.service"
          DESTINATION lib/gantry COMPONENT gantry_vm)
endif()
install(
  EXPORT GantryTargets
  NAMESPACE Gantry::
  DESTINATION "${gantry_modules}"
  COMPONENT gantry_modules)
install(
  FILES "${PROJECT_SOURCE_DIR}/cmake/Gantry.cmake"
        "${PROJECT_SOURCE_DIR}/cmake/GantryAddCheckpoint.cmake"
        "${PROJECT_SOURCE_DIR}/cmake/GantryAddCheckpointTest.cmake"
        "${PROJECT_SOURCE_DIR}/cmake/GantryAddDemo.cmake"
        "${PROJECT_SOURCE_DIR}/cmake/GantryAddDeviceState.cmake"
        "${PROJECT_SOURCE_DIR}/cmake/GantryAddGuest.cmake"
        "${PROJECT_SOURCE_DIR}/cmake/GantryAddImage.cmake"
        "${PROJECT_SOURCE_DIR}/cmake/GantryAddImageIndex.cmake"
        "${PROJECT_SOURCE_DIR}/cmake/GantryAddImageTest.cmake"
        "${PROJECT_SOURCE_DIR}/cmake/GantryAddRootfs.cmake"
        "${PROJECT_SOURCE_DIR}/cmake/GantryAddSweep.cmake"
        "${PROJECT_SOURCE_DIR}/cmake/GantryVersionFromGit.cmake"
  DESTINATION "${gantry_modules}"
  COMPONENT gantry_modules)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/cmake/detail" DESTINATION "${gantry_modules}"
        COMPONENT gantry_modules)

configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/GantryConfig.cmake.in" "${PROJECT_BINARY_DIR}/GantryConfig.cmake"
  INSTALL_DESTINATION "${gantry_modules}" PATH_VARS GANTRY_BIN_DIR)
# The check of the architecture is in GantryConfig.cmake: what counts is the machine that builds.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/GantryConfigVersion.cmake"
                                 COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES "${PROJECT_BINARY_DIR}/GantryConfig.cmake"
              "${PROJECT_BINARY_DIR}/GantryConfigVersion.cmake" DESTINATION "${gantry_modules}"
        COMPONENT gantry_modules)
unset(gantry_modules)
