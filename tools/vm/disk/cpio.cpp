#include "vm/disk/cpio.hpp"

#include <string_view>

#include <fmt/format.h>

namespace gantry::vm {

namespace {

void pad(std::string& text) {
  text.resize((text.size() + 3) & ~std::size_t{3}, '\0');
}

// The numbers, in order: inode, mode, uid, gid, links, mtime, size, device (4), name, check.
void add(std::string& archive, std::size_t inode, unsigned mode, std::string_view path,
         std::string_view content) {
  archive += fmt::format(
      "070701{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}", inode,
      mode, 0, 0, 1, 0, content.size(), 0, 0, 0, 0, path.size() + 1, 0);
  archive.append(path).push_back('\0');
  pad(archive);
  archive.append(content);
  pad(archive);
}

}  // namespace

std::string write_cpio(std::span<const CpioEntry> entries) {
  std::string archive;
  std::size_t inode = 0;
  for (const auto& entry : entries) {
    add(archive, ++inode, entry.mode, entry.path, entry.content);
  }
  add(archive, 0, 0, "TRAILER!!!", "");
  return archive;
}

}  // namespace gantry::vm
