#pragma once

#include <string>

#include "base/file.hpp"
#include "vm/store.hpp"

namespace gantry::vm {

inline Platform test_platform() {
  return {"tcg", "pc-q35-7.2", "Nehalem", "/usr/bin/qemu-system-x86_64", "7.2.22", ""};
}

/// The header of a qcow2 image of version 3, and something behind it.
inline std::string qcow2_image(char filling, std::size_t size = 100'000) {
  std::string image(size, filling);
  image.replace(0, 104, 104, '\0');
  image.replace(0, 8, std::string("QFI\xfb\0\0\0\3", 8));
  image[24 + 5] = '\1';  // 64 KiB
  return image;
}

/// A checkpoint of files that no machine has written, of a guest that boots an input of the store.
inline Checkpoint save_checkpoint(const Store& store, const std::filesystem::path& scratch,
                                  char letter, const std::string& memory,
                                  const std::string& parent = {}) {
  Checkpoint checkpoint;
  checkpoint.key = std::string(64, letter);
  checkpoint.name = std::string("stage-") + letter;
  checkpoint.parent = parent;
  if (const auto below = store.find(parent); !parent.empty() && below && *below) {
    checkpoint.parent_build = build_of(**below);
  }
  checkpoint.platform = test_platform();
  checkpoint.guest.name = "guest";
  if (!base::write_file(scratch / "disk.raw", std::string(70'001, 'd'))) {
    return checkpoint;
  }
  const auto input = store.bring_input(scratch / "disk.raw");
  checkpoint.guest.disks.push_back({input ? *input : "", "raw"});
  checkpoint.hardware.disks = {"libvirt-1-format"};
  checkpoint.hardware.console = "charserial0";
  checkpoint.hardware.memory = "pc.ram";
  checkpoint.hardware.arguments = {
      "-machine", "pc-q35-7.2,memory-backend=pc.ram",
      "-device",  R"({"driver":"virtio-rng-pci","rng":"objrng0"})",
      "-object",  R"({"qom-type":"rng-random","id":"objrng0","filename":"/dev/urandom"})"};
  auto work = store.work();
  if (work && base::write_file(work->path() / kMemoryFile, memory) &&
      base::write_file(work->path() / kDevicesFile, std::string(5'000, letter)) &&
      base::write_file(work->path() / disk_file(0), qcow2_image(letter))) {
    static_cast<void>(store.commit(checkpoint, *std::move(work)));
  }
  return checkpoint;
}

}  // namespace gantry::vm
