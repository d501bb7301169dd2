output_path(spec app.spec)
expect_line(
  "${spec}"
  "gantry-image 1"
  "name app"
  "base scratch"
  "runtime-libraries on"
  "platform linux/arm64"
  "compression gzip-dense"
  "entrypoint /bin/sh"
  "entrypoint -c"
  "entrypoint a; b, > 'c'"
  "cmd two words"
  "cmd back\\slash"
  "env A=1"
  "env PATH=/opt/bin:$PATH"
  "user 0"
  "workdir /srv"
  "port 8080"
  "port 53/udp"
  "prebuilt ${SOURCE}/dist/{os}-{arch}/app=/usr/bin/"
  "prebuilt /abs=/x"
  "volume /data"
  "volume /more"
  "stop-signal SIGINT"
  "healthcheck --interval=30s"
  "healthcheck /bin/check"
  "healthcheck --all"
  "label a=b"
  "label c=d=e"
  "annotation x=y"
  "default-label org.opencontainers.image.licenses=MIT OR Apache-2.0")
file(READ "${spec}" text)
if(NOT
   text
   MATCHES
   "layer [^\n]*/gantry/stage/[^\n]*hello-[0-9a-f]+/manifest\thello\nlayer [^\n]*/config-[0-9a-f]+/manifest\tconfig\n"
)
  fail("the layers are not in the order of the components:\n${text}")
endif()
