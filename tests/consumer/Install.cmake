# Installs what a consumer needs: the program and the modules, and the optional parts that are built.
# BUILD, PREFIX, CONFIG, SIMULATOR, VM.
file(REMOVE_RECURSE "${PREFIX}")
set(components gantry_tool gantry_modules)
if(SIMULATOR)
  list(APPEND components gantry_simulator)
endif()
if(VM)
  list(APPEND components gantry_vm)
endif()
foreach(component IN LISTS components)
  execute_process(COMMAND "${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${PREFIX}" --component
                          ${component} --config "${CONFIG}" COMMAND_ERROR_IS_FATAL ANY)
endforeach()
