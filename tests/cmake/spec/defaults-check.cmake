output_path(app app.spec)
expect_line(
  "${app}"
  "label com.example.team=greeting"
  "default-label org.opencontainers.image.title=app"
  "default-label org.opencontainers.image.version=1.2.3"
  "default-label org.opencontainers.image.description=A case"
  "default-label org.opencontainers.image.url=https://example.org/case"
  "default-label org.opencontainers.image.licenses=MIT"
  "source-directory ${SOURCE}"
  "compression zstd"
  "user 1000"
  "runtime-libraries on")
output_path(other other.spec)
expect_line("${other}" "label a=b" "compression none" "user 1000" "runtime-libraries off")
