#[=======================================================================[.rst:
GantryAddCheckpoint
-------------------

Makes a virtual machine in a known state a target: booted once, brought there in
steps, and saved with what is in its memory and on its disk, so that every later
stage and every test goes on from it in a moment.

.. code-block:: cmake

  gantry_add_checkpoint(<target> FROM <guest or checkpoint target>
    [READY console:<regex> | tcp:<port> | http:<port>/<path>...]
    [STEPS console:<script> | agent:<script> | keys:<script> |
           browser:<script> | ssh:<script> | copy:<file or directory>=<path>...]
    [SSH_USER <name>] [SSH_PORT <port>] [SSH_KEY <file>]
    [TIMEOUT <seconds>] [RECORD screen] [SMOKE <script>]
    [REPOSITORY <host/path>] [TAGS <tag>...|AUTO] [TAG_PREFIX <text>] [TAG_RULES <rule>...]
    [EXCLUDE_FROM_ALL])

The checkpoint is made again when the guest, the checkpoint that it goes on from,
a step, QEMU or the accelerator has changed, and only if none of the same key is
in the build tree. Its key is in the file that the target builds; ``gantry vm run``
takes it.

The target ``explore_<target>`` starts a clone of it, and connects the terminal to
its console. It always runs.

``FROM <guest or checkpoint target>``
  What is booted, or what it goes on from.

``READY``
  What has to hold before the first step, one after the other.

  ``console:<regex>``
    A POSIX extended regular expression for what the serial console says.

  ``tcp:<port>``
    Somebody in the guest listens at the port, which is one of the guest's PORTS.

  ``http:<port>/<path>``
    A GET of the path is answered with a status of 200 to 399.

``STEPS``
  What is done in the guest, in this order; files are relative to the current
  source directory, and may be made by the build.

  ``console:<script>``
    Types and waits on the serial console: lines of ``expect <regex>``,
    ``send <text>``, ``type <text>`` and ``timeout <seconds>``.

  ``agent:<script>``
    A shell script that ``gantry-guest-agent`` runs.

  ``keys:<script>``
    Presses keys and waits for what the guest's screen shows: lines of
    ``expect <regex>``, ``change``, ``still <seconds>``, ``send <text>``,
    ``type <text>``, ``key <name>-<name>`` and ``timeout <seconds>``.

  ``browser:<script>``
    A module of Node that drives Chromium by Playwright, to go through the pages
    that the guest serves: ``export default async ({ page, context, env }) => …``.

  ``copy:<file or directory>=<path>``
    A file for the guest, under an absolute path, by the agent or, if it does not
    run, by SSH. Or, by the agent, all that a directory holds: files that change,
    come or go in it make the checkpoint again.

  ``ssh:<script>``
    A shell script that is run by SSH.

``SSH_USER <name>``
  Who logs in for ``ssh:`` steps; the default is root.

``SSH_PORT <port>``
  Where; the default is the guest's port 22. It is one of the guest's PORTS.

``SSH_KEY <file>``
  The private key for ``ssh:`` steps. The default is one that Gantry makes, and
  that the guest gets from its agent.

``TIMEOUT <seconds>``
  Of all READY together, of each step, and of SMOKE; the default is 300. On
  machines that run guests slowly it is longer by that.

``RECORD screen``
  Keeps a video of the guest's screen beside what else is kept of the stage, in
  ``gantry/vm/recordings/<target>`` of the build tree. It needs ``ffmpeg``, and a
  guest with a display.

``SMOKE <script>``
  A shell script (``sh -e``) that decides about tags. ``publish_<target>`` puts the
  checkpoint to its place by its digest alone, brings it back from there, goes on
  from that in a clone, and runs the script beside it, with the guest's ports in the
  variables ``GANTRY_VM_PORT_<guest's port>``. Tags move if it succeeds; else they stay,
  and the target fails.

``REPOSITORY <host/path>``
  Where ``publish_<target>`` puts the checkpoint, with all that it takes to go on
  from it on another machine. Without one it goes to the OCI layout
  ``<build>/gantry/published/<target>``.

``TAGS <tag>...``
  The tags to publish, as for ``gantry_add_image``.

``TAG_PREFIX <text>``
  What tags of git have before the version, as for ``gantry_add_image``.

``TAG_RULES <rule>...``
  Further tags, as for ``gantry_add_image``.

``EXCLUDE_FROM_ALL``
  Made only when something needs it, and left out of ``publish_checkpoint``, which
  publishes all others.

``-DGANTRY_CHECKPOINT_CACHE=<host/path>`` names a repository where checkpoints are
looked for by their keys before they are made, and
``-DGANTRY_CHECKPOINT_CACHE_PUSH=ON`` puts what was made there. A registry that is
away costs a warning.

``-DGANTRY_LIBVIRT_URI=qemu:///system`` has guests booted by a daemon of libvirt
on this machine. Without one none is needed. Checkpoints are the same.

The keywords are target properties, too, and take generator expressions, FROM
excepted.
#]=======================================================================]
function(gantry_add_checkpoint target)
  set(where "gantry_add_checkpoint(${target})")
  set(options EXCLUDE_FROM_ALL)
  set(one FROM RECORD REPOSITORY SMOKE SSH_KEY SSH_PORT SSH_USER TAG_PREFIX TIMEOUT)
  set(many READY STEPS TAGS TAG_RULES)
  cmake_parse_arguments(PARSE_ARGV 1 arg "${options}" "${one}" "${many}")
  gantry_detail_check_arguments("${where}" "${options}" ${one} ${many})
  gantry_detail_require_arguments("${where}" FROM)
  foreach(name IN ITEMS "${target}" "explore_${target}" "publish_${target}")
    gantry_detail_check_target("${where}" "${name}")
  endforeach()
  gantry_detail_require_optional_tool("${where}" gantry-vm)
  if(target STREQUAL "checkpoint")
    message(FATAL_ERROR "${where}: no checkpoint can be called checkpoint, since publish_checkpoint"
                        " is the target for all of them")
  endif()
  set(all ALL)
  if(arg_EXCLUDE_FROM_ALL)
    set(all)
  endif()
  gantry_detail_directory(directory checkpoints)
  gantry_detail_add_output(
    "${target}"
    ${all}
    PROGRAM
    Gantry::gantry-vm
    KIND
    checkpoint
    OUTPUT
    "${directory}/${target}.checkpoint"
    FOLDER
    "Gantry/Checkpoints"
    COMMENT
    "Making checkpoint ${target}"
    DEPENDS
    "${directory}/${target}.spec"
    "$<GENEX_EVAL:$<TARGET_PROPERTY:${target},GANTRY_DETAIL_INPUTS>>"
    ARGUMENTS
    build
    "${directory}/${target}.spec")
  foreach(keyword IN LISTS given)
    set_property(TARGET "${target}" PROPERTY GANTRY_${keyword} "${arg_${keyword}}")
  endforeach()
  gantry_detail_set_place("${target}")
  gantry_detail_add_publish("${target}" checkpoint "${all}")
  gantry_detail_checkpoint_settings(settings)
  set(keys guest=DETAIL_GUEST parent=DETAIL_PARENT ready=READY step=DETAIL_STEPS timeout=TIMEOUT)
  list(APPEND keys record=RECORD ssh-user=SSH_USER ssh-port=SSH_PORT ssh-key=DETAIL_SSH_KEY)
  gantry_detail_write_vm_spec(
    "${target}" "${directory}/${target}.spec"
    "gantry-checkpoint 1\nname ${target}\nstore ${CMAKE_BINARY_DIR}/gantry/vm\n${settings}" ${keys})
  gantry_detail_add_explore("${target}" "${directory}/${target}.checkpoint")
  set_property(GLOBAL APPEND PROPERTY GANTRY_DETAIL_ALL_checkpoint "${target}")
  set_property(GLOBAL APPEND PROPERTY GANTRY_DETAIL_CHECKPOINTS "${target}")
  gantry_detail_finish_later()
endfunction()
