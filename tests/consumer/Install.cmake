# Installs what a consumer needs: the program and the modules, and the simulator if it is built.
# BUILD, PREFIX, CONFIG, SIMULATOR.
file(REMOVE_RECURSE "${PREFIX}")
set(components gantry_tool gantry_modules)
if(SIMULATOR)
  list(APPEND components gantry_simulator)
endif()
foreach(component IN LISTS components)
  execute_process(COMMAND "${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${PREFIX}" --component
                          ${component} --config "${CONFIG}" COMMAND_ERROR_IS_FATAL ANY)
endforeach()
