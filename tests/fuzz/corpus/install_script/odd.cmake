if(NOT (A AND B) OR CMAKE_INSTALL_CONFIG_NAME MATCHES "^([Dd]|x)$")
file(INSTALL FILES [==[/a]=]]==] "/b\"\$" /c;/d ${x} REGEX "/\\.git$" EXCLUDE) #[[ c ]]
elseif(CMAKE_INSTALL_COMPONENT) else() endif()
