#[=======================================================================[.rst:
Gantry
------

Container images, checkpoints of virtual machines and simulated drives as ordinary
CMake targets and CTest tests.

.. code-block:: cmake

  find_package(Gantry 0.1 REQUIRED)   # or FetchContent, or add_subdirectory
  find_package(Gantry 0.1 REQUIRED COMPONENTS simulator)   # and gantry-ssd

This is the one door: it defines the public commands

* ``gantry_add_image()``: an image whose content is what ``install()`` says,
* ``gantry_add_image_index()``: images of several platforms under one name,
* ``gantry_add_image_test()``: a CTest that checks or runs an image,
* ``gantry_add_rootfs()``: a Debian root file system for an image to stand on,
* ``gantry_add_device_state()``: a simulated drive that has been used, as a file,
* ``gantry_add_sweep()``: measurements of a grid of simulated drives,
* ``gantry_add_demo()``: fio on a simulated drive, as a report and a test,
* ``gantry_add_guest()``: a virtual machine,
* ``gantry_add_checkpoint()``: one in a known state, saved with memory and disk,
* ``gantry_add_checkpoint_test()``: a CTest beside, or in, a clone of it,
* ``gantry_version_from_git()``: the project's version from its git tags,

the target ``Gantry::gantry`` (the program that they call), ``Gantry::gantry-ssd``
(the simulator), ``Gantry::gantry-fio`` (fio on it) and ``Gantry::gantry-vm`` if they
are installed, and
the target properties ``GANTRY_<KEYWORD>``, one for each keyword of
``gantry_add_image()``, ``gantry_add_device_state()``, ``gantry_add_sweep()``,
``gantry_add_demo()``, ``gantry_add_guest()`` and ``gantry_add_checkpoint()``.

Variables
^^^^^^^^^

``GANTRY_EXECUTABLE``
  A ``gantry`` program that runs on the machine that builds, with ``gantry-ssd``
  and ``gantry-fio`` beside it if drives are to be simulated. Needed when cross-compiling; otherwise the one that is built or installed with these
  modules is taken.

``DEFAULT_GANTRY_<KEYWORD>``
  Set before ``gantry_add_image()``, the value that images get whose call does
  not name the keyword, for ANNOTATIONS, BASE, COMPRESSION, ENV, LABELS,
  LICENSES, PLATFORMS, PREFIX, PROVENANCE, REPOSITORY, RUNTIME_LIBRARIES, SBOM,
  SIGN_KEY, TAG_PREFIX, TAG_RULES, TAGS and USER; before
  ``gantry_add_device_state()``, ``gantry_add_sweep()`` and ``gantry_add_demo()``,
  for CLOCK, DATA, DEVICE, FILL, FIO, PRECONDITION, SHARDS and WORKLOAD.

``GANTRY_PRESET``
  The name of the preset, for the provenance of images: CMake does not tell it.
  In a configure preset: ``"cacheVariables": {"GANTRY_PRESET": "${presetName}"}``.

Targets and properties
^^^^^^^^^^^^^^^^^^^^^^

``publish_image``
  Publishes every image of the build tree that is in ALL.

``run_demos``
  Runs every demo of the build tree that is in ALL.

``update_bases``
  Pins what the references of the base images name now. Nothing else moves them.

``GANTRY_KIND``, ``GANTRY_OUTPUT``
  Read-only properties of the targets made here: ``image``, ``rootfs``,
  ``device_state``, ``sweep``, ``demo``, ``guest`` or ``checkpoint``, and the
  file that the target builds (with a ``$<CONFIG>`` in it if the generator has
  several configurations).

``GANTRY_STAGED``
  Before a component is staged, every program, library and custom target that
  is in ALL is built, since any of them may be installed. Set this property of
  a target or of a directory to OFF for targets that are not installed: images
  then do not wait for them. A target that itself needs an image must set it.

Example, which is one of Gantry's own tests:

.. code-block:: cmake

  install(FILES hello.txt DESTINATION share/hello COMPONENT hello)
  gantry_add_image(app INSTALL_COMPONENTS hello CMD /usr/share/hello/hello.txt)
  gantry_add_image_test(NAME app.files IMAGE app FILES /usr/share/hello/hello.txt:0644)
#]=======================================================================]
include_guard(GLOBAL)
cmake_policy(VERSION 3.25...3.31)

set(GANTRY_EXECUTABLE ""
    CACHE FILEPATH "A gantry program for the machine that builds (when cross-compiling)")

set(GANTRY_PRESET "" CACHE STRING "The name of the configure preset, for the provenance of images")

include("${CMAKE_CURRENT_LIST_DIR}/detail/Arguments.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/detail/Tool.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/detail/Properties.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/detail/Output.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/detail/Base.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/detail/Spec.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/detail/Stage.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/detail/Finish.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/detail/Publish.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/detail/Attest.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/detail/Device.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/detail/GuestDisk.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/detail/Machine.cmake")

include("${CMAKE_CURRENT_LIST_DIR}/GantryAddImage.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/GantryAddImageIndex.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/GantryAddImageTest.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/GantryAddRootfs.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/GantryAddDeviceState.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/GantryAddSweep.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/GantryAddDemo.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/GantryAddGuest.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/GantryAddCheckpoint.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/GantryAddCheckpointTest.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/GantryVersionFromGit.cmake")

gantry_detail_find_tool()
gantry_detail_find_optional_tools()
