output_path(spec app.spec)
expect_line("${spec}" "name app" "base scratch")
