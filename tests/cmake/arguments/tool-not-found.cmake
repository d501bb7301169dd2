message(FATAL_ERROR "not reached")
