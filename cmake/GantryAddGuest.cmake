#[=======================================================================[.rst:
GantryAddGuest
--------------

Describes a virtual machine: its hardware and what it boots.

.. code-block:: cmake

  gantry_add_guest(<target>
    DISK <file or target> | KERNEL <file> [INITRD <file>] [COMMAND_LINE <text>] [DISK <file>]
    [DISK_SIZE <size>] [MODULES <directory>]
    [DATA_DISK <file>...] [CDROM <file>...] [DEVICE <file>...]
    [FIRMWARE bios|uefi|uefi-secure] [TPM 2.0|none] [DISPLAY vga|none]
    [MEMORY <size>] [CPUS <n>] [ARCHITECTURE <architecture>]
    [PORTS [<host>:]<guest>...] [SHARE <name>=<directory>[:rw]...])

Nothing runs until a checkpoint of ``gantry_add_checkpoint()`` boots it.

``DISK <file or target>``
  Its disk, relative to the current source directory: an image of qcow2, or a raw
  one if its name ends in ``.raw``, ``.img`` or ``.iso``. It is never written to.
  Or a target of ``gantry_add_rootfs()`` or ``gantry_add_image()`` that is there
  already: a disk is made of it, with Gantry's agent, and it boots the newest kernel
  in its ``/boot``, or ``KERNEL``. An image that has a command runs that, any other
  and a root file system start their own init.

``DISK_SIZE <size>``
  Of a disk that is made, default twice its contents and 512M.

``MODULES <directory>``
  The modules of ``KERNEL`` (``/lib/modules/<version>``), for a disk that is made.

``DATA_DISK <file>...``
  More disks, images as ``DISK`` takes them.

``CDROM <file>...``
  Images that it can read alone.

``DEVICE <file>...``
  Descriptions of simulated SSDs that are disks, too, after those.

``FIRMWARE bios|uefi|uefi-secure``
  What boots it; with ``uefi-secure`` by Secure Boot.

``TPM 2.0|none``
  The default is none.

``DISPLAY vga|none``
  Whether it has a screen and a tablet; by default it has none.

``KERNEL <file>``
  What is booted in place of the disk's boot loader.

``INITRD <file>``
  The initial RAM disk of ``KERNEL``.

``COMMAND_LINE <text>``
  The command line of ``KERNEL``; with a disk that is made, what is to be added to it.

``MEMORY <size>``
  ``512M`` (the default), ``2G``.

``CPUS <n>``
  The default is 1.

``ARCHITECTURE <architecture>``
  ``x86_64``, the default, or ``aarch64``.

``PORTS [<host>:]<guest>...``
  TCP ports of the guest that are reached from the host, at free ports of its
  loopback device unless they are named.

``SHARE <name>=<directory>[:rw]...``
  Directories of the host that the guest sees, at ``/mnt/<name>``, while steps are done
  and in clones; with ``:rw`` it may write there. Needs the agent, and the modules 9p
  and 9pnet_virtio of the guest's kernel. What is in them is no input of checkpoints.

The keywords are target properties, too, and take generator expressions.
Example, which is one of Gantry's own tests:

.. code-block:: cmake

  gantry_add_guest(box KERNEL vmlinuz INITRD initrd COMMAND_LINE "console=ttyS0 quiet"
    MEMORY 256M PORTS 80)
  gantry_add_checkpoint(ready FROM box READY "console:the guest is up")
  gantry_add_checkpoint_test(NAME page CHECKPOINT ready COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/page.sh)
#]=======================================================================]
function(gantry_add_guest target)
  set(where "gantry_add_guest(${target})")
  set(one
      ARCHITECTURE
      COMMAND_LINE
      CPUS
      DISK
      DISK_SIZE
      DISPLAY
      FIRMWARE
      INITRD
      KERNEL
      MEMORY
      MODULES
      TPM)
  set(many CDROM DATA_DISK DEVICE PORTS SHARE)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "${one}" "${many}")
  gantry_detail_check_arguments("${where}" "" ${one} ${many})
  gantry_detail_check_target("${where}" "${target}")
  gantry_detail_require_optional_tool("${where}" gantry-vm)

  gantry_detail_directory(directory checkpoints)
  set(spec "${directory}/${target}.guest")
  add_custom_target("${target}" DEPENDS "${spec}")
  set_target_properties("${target}" PROPERTIES FOLDER "Gantry/Guests" GANTRY_KIND guest
                                               GANTRY_OUTPUT "${spec}")
  # The default of demonstrations is none of guests.
  set_property(TARGET "${target}" PROPERTY GANTRY_DEVICE)
  foreach(keyword IN LISTS given)
    set_property(TARGET "${target}" PROPERTY GANTRY_${keyword} "${arg_${keyword}}")
  endforeach()
  if(TARGET "${arg_DISK}")
    gantry_detail_add_guest_disk("${where}" "${target}" "${arg_DISK}")
  endif()
  gantry_detail_write_vm_spec(
    "${target}"
    "${spec}"
    "gantry-guest 1\nname ${target}\n"
    architecture=ARCHITECTURE
    memory=MEMORY
    cpus=CPUS
    disk=DETAIL_DISK
    disk=DETAIL_DATA_DISK
    cdrom=DETAIL_CDROM
    device=DETAIL_DEVICE
    firmware=FIRMWARE
    tpm=TPM
    display=DISPLAY
    kernel=DETAIL_BOOTED_KERNEL
    initrd=DETAIL_INITRD
    command-line=DETAIL_COMMAND_LINE
    share=DETAIL_SHARE
    port=PORTS)
  set_property(GLOBAL APPEND PROPERTY GANTRY_DETAIL_ALL_guest "${target}")
  set_property(GLOBAL APPEND PROPERTY GANTRY_DETAIL_GUESTS "${target}")
  gantry_detail_finish_later()
endfunction()
