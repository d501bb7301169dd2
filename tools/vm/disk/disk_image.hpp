#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "vm/disk/disk_boot.hpp"
#include "vm/disk/disk_source.hpp"

namespace gantry::vm {

struct DiskOptions {
  std::string source;                 ///< as DiskSource::open has it
  std::string platform;               ///< of an image; empty: this machine's
  std::vector<AddedFile> files;       ///< on top of it
  std::vector<AddedFile> services;    ///< these too, if it boots an init of its own
  std::filesystem::path output;       ///< .qcow2, or .raw or .img: a sparse file
  std::optional<std::uint64_t> size;  ///< bytes; absent: what is in it, and as much again
  std::optional<BootOptions> boot;    ///< absent: nothing boots it
};

struct MadeDisk {
  std::uint64_t size = 0;      ///< bytes that the guest sees
  std::uint64_t contents = 0;  ///< of them, those that the files need
  std::size_t attributes_left_out = 0;
  std::optional<BootFiles> boot;
  std::vector<std::filesystem::path> inputs;  ///< files that decided what is in it
};

/// Makes a disk of one ext4 file system, and beside it what boots it: OUTPUT's name with .kernel,
/// .initrd and .command-line. Needs no rights, and the same input gives the same bytes.
base::Result<MadeDisk> make_disk(const DiskOptions& options);

}  // namespace gantry::vm
