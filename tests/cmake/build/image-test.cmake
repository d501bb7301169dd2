install(FILES hello.txt DESTINATION share/hello COMPONENT hello)
install(FILES hello.conf DESTINATION /etc COMPONENT config)
gantry_add_image(
  app
  INSTALL_COMPONENTS config hello
  ENV HELLO=/usr/share/hello
  WORKDIR /usr/share/hello
  LABELS com.example.team=greeting)
gantry_add_image_test(
  NAME app.content
  IMAGE app
  FILES /usr/share/hello/hello.txt:0644 /etc/hello.conf
  CONFIG /config/WorkingDir=/usr/share/hello
  LABELS "mine")
gantry_add_image_test(NAME wrong.mode IMAGE app FILES /etc/hello.conf:0755)
gantry_add_image_test(NAME wrong.config IMAGE app CONFIG "/config/Labels/com.example.team=a;b")
