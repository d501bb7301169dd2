#[=======================================================================[.rst:
GantryAddImage
--------------

Makes a container image a target: its content is what ``install()`` says, its
output is reproducible, and it is built again only when its content changes.

.. code-block:: cmake

  gantry_add_image(<target>
    [BASE <base>] [ROOTFS <target>]
    [INSTALL_COMPONENTS <component>...] [PREFIX <dir>] [RUNTIME_LIBRARIES]
    [PREBUILT <path>=<destination>...] [PLATFORMS <os/arch[/variant]>...]
    [COMPRESSION <method>]
    [ENTRYPOINT <arg>...] [CMD <arg>...] [ENV <name=value>...]
    [USER <user>] [WORKDIR <dir>] [PORTS <port>...] [VOLUMES <dir>...]
    [STOP_SIGNAL <signal>] [HEALTHCHECK <token>...]
    [LABELS <name=value>...] [ANNOTATIONS <name=value>...] [LICENSES <spdx>]
    [REPOSITORY <host/path>] [TAGS <tag>...|AUTO] [TAG_PREFIX <text>] [TAG_RULES <rule>...]
    [SBOM] [PROVENANCE] [SIGN_KEY <pem file>]
    [DEPENDS <file or target>...] [EXCLUDE_FROM_ALL])

Makes the targets ``<target>``, which builds the image into the build tree's
store, and ``publish_<target>``, which puts it with its tags into REPOSITORY. If
there is none, it goes to the OCI layout ``<build>/gantry/published/<target>``;
skopeo, podman and buildah read it as ``oci:<dir>:<tag>``.

``load_<target>`` gives the image to docker, or to podman where no docker daemon
answers (``GANTRY_ENGINE=podman`` in the environment chooses), and sends only
the layers that are not there yet. Its name there is REPOSITORY, or the target's
name in lower case, with the same tags: ``docker run app:latest``.

Every keyword is also a target property ``GANTRY_<KEYWORD>`` that can be set
after the call. Values take generator expressions, except those that decide
which commands are made (BASE when it is a target, ROOTFS, INSTALL_COMPONENTS
and PREFIX). A quoted argument is one value, also with a semicolon in it. No
value may hold a newline.

``BASE <base>``
  What the image stands on: another image target, also one that is made later;
  ``<registry>/<repository>[:<tag>][@<digest>]``, such as
  ``docker.io/library/debian:bookworm-slim``; ``oci:<layout dir>[:<tag>]``;
  ``docker-archive:<tar>``; or ``scratch``, the default. Paths are relative to
  the current source directory.

  A tag of a registry is looked up once, by the first build, and pinned in the
  file ``gantry.lock`` of the top-level source directory, which belongs into
  version control. Only the target ``update_bases`` moves it, and says from where
  to where. Nothing is fetched while configuring; a build fetches the base's
  manifest and configuration, and its layers only for an image that adds files to
  it. What is pinned and in the user's cache needs no network.

``ROOTFS <target>``
  A target of ``gantry_add_rootfs()``, as the lowest layer.

``INSTALL_COMPONENTS <component>...``
  The content: what ``cmake --install --component`` installs, one layer for each
  component, the first is the lowest.

``PREFIX <dir>``
  Where relative install destinations land, default ``/usr``. Absolute
  destinations, such as ``/etc``, stay as they are. (The relative ``etc`` of
  GNUInstallDirs' ``CMAKE_INSTALL_SYSCONFDIR`` would become ``/usr/etc``.)

``RUNTIME_LIBRARIES``
  Adds the shared libraries that the installed programs need, with the dynamic
  loader, as a layer below them. What a program loads itself, by ``dlopen()``,
  is added if a note in it calls it required:
  https://systemd.io/ELF_DLOPEN_METADATA

``PLATFORMS <os/arch[/variant]>``
  For example ``linux/arm64``. Default: the platform that is compiled for.
  Several make an image index with an image for each, which takes PREBUILT.

``PREBUILT <path>=<destination>...``
  Files that were built elsewhere, as the uppermost layer: nothing is compiled
  for them. ``{os}``, ``{arch}``, ``{variant}`` and ``{version}`` (the image's
  version label) in the path are those of each platform:
  ``PREBUILT dist/{os}-{arch}/app=/usr/bin/app``. A destination that ends in
  ``/`` is a directory. A path may name a directory; what it holds goes below
  the destination. A file that is missing, or a program for another machine, is
  an error. Programs can be executed in the image, whatever mode they have lost
  on their way.

``COMPRESSION <method>``
  Of the layers: ``gzip`` (fast, the default), ``gzip-dense``, ``zstd`` or
  ``none``.

``ENTRYPOINT <arg>...``
  The command that the image runs.

``CMD <arg>...``
  Arguments for the entrypoint, or the command if there is none.

``ENV <name=value>...``
  Environment variables. ``$NAME`` and ``${NAME}`` stand for the base's value or
  that of an earlier one, ``$$`` is a dollar: ``ENV PATH=/opt/bin:$PATH``.

``USER <user>``
  ``user``, ``uid``, ``user:group`` or ``uid:gid``.

``WORKDIR <dir>``
  The directory in which the image's command starts.

``PORTS <port>...``
  Ports that the image listens on: ``8080``, ``53/udp``, ``8000-8010``.

``VOLUMES <dir>...``
  Directories whose content should outlive a container.

``STOP_SIGNAL <signal>``
  What stops the image's command, for example ``SIGINT``.

``HEALTHCHECK <token>...``
  As in a Dockerfile, without its word CMD: ``HEALTHCHECK --interval=30s
  /usr/bin/app --ping``, or ``HEALTHCHECK NONE``.

``LABELS <name=value>...``
  Labels of the image. The standard ones are there by themselves and can be
  replaced: ``org.opencontainers.image.`` ``title`` (the target), ``version``,
  ``description`` and ``url`` (of the project), ``revision``, ``source`` and
  ``created`` (of its git checkout) and ``licenses``.

``ANNOTATIONS <name=value>...``
  Annotations of the image's manifest.

``LICENSES <spdx>``
  The licence of what is in the image, as an SPDX expression.

``REPOSITORY <host/path>``
  Where to publish, such as ``ghcr.io/me/app``. ``DEFAULT_GANTRY_REPOSITORY``
  is the path above all images instead: with ``ghcr.io/me``, the image ``app``
  goes to ``ghcr.io/me/app``. Credentials are those of ``docker login``,
  ``podman login`` and ``gantry registry login``.

``TAGS <tag>...``
  The tags to publish, default ``latest`` and the project's version. ``AUTO``,
  alone or beside others, stands for the tags of the project's git checkout at
  the time of publishing: a tag ``vX.Y.Z`` gives ``X.Y.Z``, ``X.Y``, ``X`` and
  ``latest``, a pre-release only itself, the default branch ``edge``, and every
  commit ``sha-<7 hex>``. A floating tag never moves below a release that is
  there already. The image's version label follows git then, too.

``TAG_PREFIX <text>``
  What stands before the version in a git tag, default ``v``.

``TAG_RULES <rule>...``
  Further tags for ``TAGS AUTO``, each ``<when>=<tag>``. ``<when>`` is
  ``always``, ``release``, ``prerelease``, ``branch:<pattern>`` or
  ``tag:<pattern>``; ``<tag>`` may hold ``{version}``, ``{major}``, ``{minor}``,
  ``{patch}``, ``{branch}``, ``{tag}`` and ``{sha}``:
  ``TAG_RULES "branch:release/*={branch}"``.

``SBOM``
  Publishing attaches the bill of materials (SPDX 2.3) to each image, before the
  tags are set.

``PROVENANCE``
  Publishing attaches how the image was built (SLSA provenance 1): commit,
  preset, build type, compiler, base and prebuilt files. The preset is the
  variable ``GANTRY_PRESET``.

``SIGN_KEY <pem file>``
  Publishing signs each image, and the index of several, with this key (ECDSA on
  P-256), as cosign does. A relative path is below the current source directory.
  The password of an encrypted key is read, when it is needed, from the
  environment variable ``GANTRY_KEY_PASSWORD`` or the file that
  ``GANTRY_KEY_PASSWORD_FILE`` names.

``DEPENDS <file or target>...``
  Further inputs: when a file changes the components are staged again, and a
  target is built first. For what ``install(CODE)`` reads, for instance.

``EXCLUDE_FROM_ALL``
  The image is built only when it is asked for, and ``publish_image`` leaves it
  out.

Example, which is one of Gantry's own tests:

.. code-block:: cmake

  install(FILES hello.txt DESTINATION share/hello COMPONENT hello)
  install(FILES hello.conf DESTINATION /etc COMPONENT config)
  gantry_add_image(app
    INSTALL_COMPONENTS config hello
    ENV HELLO=/usr/share/hello
    WORKDIR /usr/share/hello
    LABELS com.example.team=greeting)
#]=======================================================================]
function(gantry_add_image target)
  set(where "gantry_add_image(${target})")
  set(options EXCLUDE_FROM_ALL PROVENANCE RUNTIME_LIBRARIES SBOM)
  set(one
      BASE
      COMPRESSION
      LICENSES
      PREFIX
      REPOSITORY
      ROOTFS
      SIGN_KEY
      STOP_SIGNAL
      TAG_PREFIX
      USER
      WORKDIR)
  set(many
      ANNOTATIONS
      CMD
      DEPENDS
      ENTRYPOINT
      ENV
      HEALTHCHECK
      INSTALL_COMPONENTS
      LABELS
      PLATFORMS
      PORTS
      PREBUILT
      TAG_RULES
      TAGS
      VOLUMES)
  cmake_parse_arguments(PARSE_ARGV 1 arg "${options}" "${one}" "${many}")
  gantry_detail_check_arguments("${where}" "${options}" ${one} ${many})
  gantry_detail_check_image("${where}" "${target}")
  gantry_detail_require_tool("${where}")

  set(all ALL)
  if(arg_EXCLUDE_FROM_ALL)
    set(all)
  endif()
  gantry_detail_add_image_command("${target}" "${all}")
  gantry_detail_set_image_properties("${target}" "${given}")
  gantry_detail_add_publish("${target}" image "${all}")
  gantry_detail_add_load("${target}")
  set_property(GLOBAL APPEND PROPERTY GANTRY_DETAIL_IMAGES "${target}")
  set_property(GLOBAL APPEND PROPERTY GANTRY_DETAIL_ALL_image "${target}")
  gantry_detail_finish_later()
endfunction()

# The target, and the command and spec behind it.
function(gantry_detail_add_image_command target all)
  gantry_detail_directory(directory images)
  gantry_detail_add_output(
    "${target}"
    ${all}
    KIND
    image
    OUTPUT
    "${directory}/${target}.image"
    BYPRODUCTS
    "${directory}/${target}.digest"
    FOLDER
    "Gantry/Images"
    COMMENT
    "Building image ${target}"
    DEPENDS
    "${directory}/${target}.spec"
    "$<GENEX_EVAL:$<TARGET_PROPERTY:${target},GANTRY_DETAIL_INPUTS>>"
    "$<GENEX_EVAL:$<TARGET_PROPERTY:${target},GANTRY_DEPENDS>>"
    ARGUMENTS
    image
    build
    --spec
    "${directory}/${target}.spec"
    --store
    "${CMAKE_BINARY_DIR}/gantry/store")
  gantry_detail_write_spec("${target}" "${directory}/${target}.spec")
endfunction()

# What is wrong with the call alone, so that CMake's message shows the caller's line.
function(gantry_detail_check_image where target)
  if(target MATCHES "^(image|checkpoint)$")
    message(
      FATAL_ERROR
        "${where}: no image may be called '${target}', since publish_${target} is the target that publishes all of them"
    )
  endif()
  if(NOT target MATCHES "^[A-Za-z0-9_.+-]+$")
    message(
      FATAL_ERROR "${where}: '${target}' is no name for an image: use letters, digits and _ . + -")
  endif()
  foreach(name IN ITEMS "${target}" "publish_${target}" "load_${target}")
    if(TARGET "${name}")
      message(FATAL_ERROR "${where}: there is already a target ${name}")
    endif()
  endforeach()
  if(DEFINED arg_BASE AND NOT arg_BASE MATCHES "^(oci|docker-archive):.|\\$<")
    gantry_detail_check_base("${where}" "${arg_BASE}")
  endif()
  if(DEFINED arg_COMPRESSION AND NOT arg_COMPRESSION MATCHES "^(gzip|gzip-dense|zstd|none)$|\\$<")
    message(
      FATAL_ERROR
        "${where}: COMPRESSION '${arg_COMPRESSION}' is not among gzip, gzip-dense, zstd, none")
  endif()
endfunction()

# Puts the keywords' values into the target's properties.
function(gantry_detail_set_image_properties target given)
  if(arg_BASE MATCHES "^(oci|docker-archive):([^/$].*)$")
    set(arg_BASE "${CMAKE_MATCH_1}:${CMAKE_CURRENT_SOURCE_DIR}/${CMAKE_MATCH_2}")
  endif()
  gantry_detail_absolute_files(arg_DEPENDS)
  gantry_detail_absolute_prebuilt()
  foreach(option IN ITEMS PROVENANCE RUNTIME_LIBRARIES SBOM)
    if(arg_${option})
      list(APPEND given ${option})
    endif()
  endforeach()
  foreach(keyword IN LISTS given)
    set_property(TARGET "${target}" PROPERTY GANTRY_${keyword} "${arg_${keyword}}")
  endforeach()
  if(CMAKE_CROSSCOMPILING AND NOT DEFINED arg_PLATFORMS AND NOT DEFINED DEFAULT_GANTRY_PLATFORMS)
    gantry_detail_target_platform(platform)
    set_property(TARGET "${target}" PROPERTY GANTRY_PLATFORMS "${platform}")
  endif()
  gantry_detail_set_place("${target}")
endfunction()

# Names of files in a list are relative to the current source directory, if there are such files.
function(gantry_detail_absolute_files list)
  set(absolute)
  foreach(item IN LISTS ${list})
    if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${item}" AND NOT IS_ABSOLUTE "${item}")
      set(item "${CMAKE_CURRENT_SOURCE_DIR}/${item}")
    endif()
    list(APPEND absolute "${item}")
  endforeach()
  set(${list} "${absolute}" PARENT_SCOPE)
endfunction()

# The caller's arg_PREBUILT with absolute paths.
function(gantry_detail_absolute_prebuilt)
  set(absolute)
  foreach(item IN LISTS arg_PREBUILT)
    if(NOT item MATCHES "^[/$]")
      set(item "${CMAKE_CURRENT_SOURCE_DIR}/${item}")
    endif()
    list(APPEND absolute "${item}")
  endforeach()
  set(arg_PREBUILT "${absolute}" PARENT_SCOPE)
endfunction()

# The platform that is cross-compiled for, as images name it; empty if it has no such name.
function(gantry_detail_target_platform out)
  set(names
      x86_64=amd64
      AMD64=amd64
      aarch64=arm64
      arm64=arm64
      armv7l=arm/v7
      armv7=arm/v7
      armv6l=arm/v6
      i686=386
      i386=386
      riscv64=riscv64
      ppc64le=ppc64le
      s390x=s390x)
  string(TOLOWER "${CMAKE_SYSTEM_NAME}" system)
  set(${out} "" PARENT_SCOPE)
  foreach(name IN LISTS names)
    if(name MATCHES "^${CMAKE_SYSTEM_PROCESSOR}=(.*)$")
      set(${out} "${system}/${CMAKE_MATCH_1}" PARENT_SCOPE)
    endif()
  endforeach()
endfunction()
