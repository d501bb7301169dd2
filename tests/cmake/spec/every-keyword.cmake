gantry_add_image(
  app
  BASE scratch
  INSTALL_COMPONENTS hello config
  PREFIX /opt/app
  RUNTIME_LIBRARIES
  PLATFORMS linux/arm64
  COMPRESSION gzip-dense
  ENTRYPOINT /bin/sh -c "a; b, $<ANGLE-R> 'c'"
  CMD "two words" "back\\slash"
  ENV A=1 PATH=/opt/bin:$PATH
  USER 0
  WORKDIR /srv
  PORTS 8080 53/udp PREBUILT "dist/{os}-{arch}/app=/usr/bin/" "/abs=/x"
  VOLUMES /data /more
  STOP_SIGNAL SIGINT
  HEALTHCHECK --interval=30s /bin/check --all
  LABELS a=b c=d=e
  ANNOTATIONS x=y LICENSES "MIT OR Apache-2.0"
  TAGS one
       two
       TAG_PREFIX
       release-
       TAG_RULES
       "always={sha}"
       SBOM
       PROVENANCE
       SIGN_KEY
       key.pem
  EXCLUDE_FROM_ALL)
install(FILES hello.txt DESTINATION share COMPONENT hello)
install(FILES hello.conf DESTINATION /etc COMPONENT config)
