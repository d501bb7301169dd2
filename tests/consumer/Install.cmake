# Installs what a consumer needs: the program and the modules. BUILD, PREFIX, CONFIG.
file(REMOVE_RECURSE "${PREFIX}")
foreach(component IN ITEMS gantry_tool gantry_modules)
  execute_process(COMMAND "${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${PREFIX}" --component
                          ${component} --config "${CONFIG}" COMMAND_ERROR_IS_FATAL ANY)
endforeach()
