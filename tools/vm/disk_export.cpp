#include "vm/disk_export.hpp"

#include <cerrno>
#include <string>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/process.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Result;

namespace {

/// zstd packs a disk in a tenth of zlib's time, and smaller. VMware wants its streams in order.
Result<std::vector<std::string>> options_of(const std::string& format) {
  if (format == "qcow2") {
    return std::vector<std::string>{"-c", "-o", "compression_type=zstd", "-m", "16", "-W"};
  }
  if (format == "raw") {
    return std::vector<std::string>{"-m", "16", "-W"};
  }
  if (format == "vmdk") {
    return std::vector<std::string>{"-o", "subformat=streamOptimized"};
  }
  return base::Error{fmt::format("'{}' is no format that a disk is exported to", format), "",
                     "qcow2, raw and vmdk are"};
}

Result<void> convert(const ImageChain& disk, const DiskExport& to, const fs::path& path) {
  std::vector<std::string> words{"qemu-img", "convert"};
  if (to.show_progress) {
    words.emplace_back("-p");
  }
  GANTRY_TRY(const auto options, options_of(to.format));
  words.insert(words.end(), options.begin(), options.end());
  words.insert(words.end(), {"-O", to.format, "json:" + image_chain_json(disk), path.native()});
  base::Command command{.arguments = std::move(words)};
  if (!to.show_progress) {
    GANTRY_CHECK(base::run_checked(command));
    return {};
  }
  command.output = base::Command::Output::kInherit;
  GANTRY_TRY(const auto finished, base::run(command));
  return finished.exit_code == 0
             ? Result<void>()
             : base::Error{fmt::format("qemu-img ended by exit code {}", finished.exit_code),
                           to.output.native(), ""};
}

}  // namespace

Result<std::string> disk_format_of(const fs::path& path) {
  const auto extension = path.extension();
  if (extension == ".qcow2" || extension == ".vmdk" || extension == ".raw") {
    return extension.native().substr(1);
  }
  if (extension == ".img") {
    return std::string("raw");
  }
  return base::Error{"its name does not say which format it has", path.native(),
                     "name it .qcow2, .raw or .vmdk, or give --format"};
}

Result<void> export_disk(const ImageChain& disk, const DiskExport& to) {
  const auto directory = to.output.has_parent_path() ? to.output.parent_path() : fs::path(".");
  GANTRY_TRY(const auto scratch, base::TempDir::create_under(directory));
  const auto path = scratch.path() / "disk";
  GANTRY_CHECK(convert(disk, to, path));
  GANTRY_TRY(const base::Fd file, base::open_file(path, O_RDONLY | O_CLOEXEC));
  if (fsync(file.get()) != 0) {
    return base::errno_error("write", path);
  }
  std::error_code failure;
  fs::rename(path, to.output, failure);
  if (failure) {
    errno = failure.value();
    return base::errno_error("write", to.output);
  }
  return {};
}

}  // namespace gantry::vm
