#pragma once

#include <span>
#include <string>
#include <vector>

namespace gantry::vm {

/// A file or directory of an initramfs.
struct CpioEntry {
  std::string path;   ///< relative; its directories come before it
  unsigned mode = 0;  ///< with the type: S_IFREG, S_IFDIR
  std::string content = {};
};

/// An archive as the kernel unpacks it (newc), owned by root, of no time.
std::string write_cpio(std::span<const CpioEntry> entries);

}  // namespace gantry::vm
