#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "vm/hardware.hpp"

namespace gantry::vm {

struct DiskExport {
  std::filesystem::path output;
  std::string format;          ///< "qcow2", "raw" or "vmdk"
  bool show_progress = false;  ///< on the standard output, as qemu-img does
};

/// By the end of a file's name. An Error if that says nothing.
base::Result<std::string> disk_format_of(const std::filesystem::path& path);

/// Writes what a disk has to one image that needs no other, compressed where the format can. It has
/// its name when it is whole, in the place of what was there.
base::Result<void> export_disk(const ImageChain& disk, const DiskExport& to);

}  // namespace gantry::vm
