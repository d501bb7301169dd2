#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "oci/config.hpp"
#include "oci/merged_tree.hpp"
#include "vm/disk/ext4_writer.hpp"

namespace gantry::vm {

/// How a disk is to be booted.
struct BootOptions {
  std::filesystem::path kernel = {};   ///< of this machine; empty: the newest in the disk's /boot
  std::filesystem::path modules = {};  ///< of that kernel; empty: it needs none
  bool own_initramfs = false;          ///< Gantry's instead of the disk's initrd
  std::string init = {};               ///< in the disk; empty: what there is
  std::string hostname = {};
  bool agent = false;       ///< to be started with an image
  std::string append = {};  ///< to the kernel's command line
};

struct BootFiles {
  std::string kernel;
  std::string initrd;
  std::string command_line;
  std::string kernel_name;  ///< where it comes from, for messages
};

/// Whether the disk runs the command of an image, and no init of its own.
bool runs_command(const BootOptions& options, const oci::Config* config);

/// What boots a disk that is filled, from its tree or this machine. config: of an image.
base::Result<BootFiles> make_boot_files(const BootOptions& options, const oci::MergedTree& tree,
                                        const oci::Config* config, const Ext4Writer& disk);

/// The index of the newest kernel in a tree's /boot, by the numbers in its name; nothing without
/// one.
std::optional<std::size_t> newest_kernel(const oci::MergedTree& tree);

}  // namespace gantry::vm
