#include "vm/disk/disk_image.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "vm/disk/ext4_size.hpp"
#include "vm/disk/ext4_writer.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Result;

namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
constexpr std::uint64_t kLeastSize = 16 * kMiB;
constexpr std::uint64_t kMostSize = std::uint64_t{16} << 40;
constexpr std::uint64_t kRoom = 512 * kMiB;
constexpr std::uint64_t kStep = 64 * kMiB;

/// Room costs nothing in a sparse file.
std::uint64_t default_size(std::uint64_t contents) {
  return (2 * contents + kRoom + kStep - 1) / kStep * kStep;
}

Result<std::uint64_t> size_of(const DiskOptions& options, std::uint64_t contents) {
  const auto size = options.size.value_or(default_size(contents));
  if (size < kLeastSize || size > kMostSize || size % kExt4Block != 0) {
    return base::Error{"the size of a disk is 16M to 16384G, in whole blocks of 4096 bytes", "",
                       ""};
  }
  return size;
}

/// What identifies the file system follows from what is in it.
Ext4Options ext4_options(const DiskSource& source, const fs::path& file, std::uint64_t size) {
  content::Sha256 hash;
  hash.update(source.digest().text());
  hash.update(std::to_string(size));
  const auto digest = hash.finish();
  Ext4Options options;
  options.file = file;
  options.size = size;
  options.time = source.time();
  options.label = "root";
  std::copy_n(digest.bytes.begin(), 16, options.uuid.begin());
  std::copy_n(digest.bytes.begin() + 16, 16, options.hash_seed.begin());
  // A UUID of the version for one's own schemes (RFC 9562).
  options.uuid[6] = static_cast<std::uint8_t>((options.uuid[6] & 0x0F) | 0x80);
  options.uuid[8] = static_cast<std::uint8_t>((options.uuid[8] & 0x3F) | 0x80);
  return options;
}

Result<void> make_sparse(const fs::path& file, std::uint64_t size) {
  GANTRY_TRY(const auto fd, base::open_file(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (ftruncate(fd.get(), static_cast<off_t>(size)) != 0) {
    return base::errno_error("make a disk of " + base::format_bytes(size) + " in", file);
  }
  return {};
}

bool is_raw(const fs::path& file) {
  return file.extension() == ".raw" || file.extension() == ".img";
}

Result<void> write_beside(const fs::path& output, const BootFiles& files) {
  const std::array<std::pair<const char*, const std::string*>, 3> parts{
      {{".kernel", &files.kernel},
       {".initrd", &files.initrd},
       {".command-line", &files.command_line}}};
  for (const auto& [extension, content] : parts) {
    auto path = output;
    path.replace_extension(extension);
    GANTRY_CHECK(base::write_file_if_changed(path, *content));
  }
  return {};
}

/// Under its last name only when it is complete.
Result<void> put_in_place(const fs::path& raw, const fs::path& output, const fs::path& work) {
  auto made = raw;
  if (!is_raw(output)) {
    made = work / "disk.qcow2";
    GANTRY_CHECK(base::run_checked({.arguments = {"qemu-img", "convert", "-q", "-f", "raw", "-O",
                                                  "qcow2", raw.native(), made.native()}}));
  }
  std::error_code error;
  fs::rename(made, output, error);
  if (error) {
    return base::Error{"cannot put the disk in place: " + error.message(), output.native(), ""};
  }
  return {};
}

}  // namespace

Result<MadeDisk> make_disk(const DiskOptions& options) {
  GANTRY_TRY(auto source, DiskSource::open(options.source, options.platform));
  auto files = options.files;
  if (!options.boot || !runs_command(*options.boot, source.config())) {
    files.insert(files.end(), options.services.begin(), options.services.end());
  }
  GANTRY_CHECK(source.load(files));
  MadeDisk made;
  made.inputs = source.inputs();
  made.contents = ext4_blocks_of(source.tree()) * kExt4Block;
  GANTRY_TRY(made.size, size_of(options, made.contents));
  const auto output = fs::absolute(options.output);
  GANTRY_CHECK(base::make_directories(output.parent_path()));
  GANTRY_TRY(const auto work, base::TempDir::create_under(output.parent_path()));
  const auto raw = work.path() / "disk.raw";
  GANTRY_CHECK(make_sparse(raw, made.size));
  GANTRY_TRY(auto writer, Ext4Writer::begin(ext4_options(source, raw, made.size), source.tree()));
  GANTRY_CHECK(source.visit([&writer](std::size_t index, const ContentReader& content) {
    return writer.write_content(index, content);
  }));
  if (options.boot) {
    GANTRY_TRY(made.boot, make_boot_files(*options.boot, source.tree(), source.config(), writer));
  }
  made.attributes_left_out = writer.attributes_left_out();
  GANTRY_CHECK(writer.finish());
  GANTRY_CHECK(put_in_place(raw, output, work.path()));
  if (made.boot) {
    GANTRY_CHECK(write_beside(output, *made.boot));
  }
  return made;
}

}  // namespace gantry::vm
