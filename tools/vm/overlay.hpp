#pragma once

#include <cstdint>
#include <filesystem>

#include "base/result.hpp"
#include "vm/guest.hpp"

namespace gantry::vm {

/// The size of the disk that an image is, in bytes. An Error for one whose data is in another file,
/// which it could name as it likes.
base::Result<std::uint64_t> disk_size(const Disk& image);

/// Makes path, a new qcow2 image, the disk that base is: what is written goes to path. That is what
/// `qemu-img create` does in a process of its own, which costs a tenth of a clone's start.
base::Result<void> create_overlay(const std::filesystem::path& path, const Disk& base);

}  // namespace gantry::vm
