output_path(spec app.spec)
expect_line("${spec}" "entrypoint /bin/app" "env CONFIG=Debug" "label debug=yes" "user "
            "compression none")
file(READ "${spec}" text)
if(text MATCHES "never" OR text MATCHES "entrypoint \n")
  fail("an expression that is empty leaves a value:\n${text}")
endif()
