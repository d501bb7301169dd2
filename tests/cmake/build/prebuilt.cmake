gantry_add_image(
  app
  PREBUILT "dist/{os}-{arch}/app=/usr/bin/" hello.txt=/usr/share/hello.txt
  PLATFORMS linux/amd64 linux/arm64
  ENTRYPOINT /usr/bin/app)
