#include "oci/unpack.hpp"

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "oci/merged_contents.hpp"
#include "oci/merged_tree.hpp"
#include "oci/root_directory.hpp"

namespace gantry::oci {

using content::Entry;
using content::EntryType;

namespace {

constexpr std::size_t kPiece = std::size_t{256} << 10;
constexpr std::uint32_t kPrivilegeBits = 06000;

bool is_device(const Entry& entry) {
  return entry.type == EntryType::kCharDevice || entry.type == EntryType::kBlockDevice;
}

/// Those that mean the same on every machine; others (SELinux labels, overlayfs' own marks) would
/// change how this machine treats the file.
bool is_portable_xattr(std::string_view name) {
  return name.starts_with("user.") || name == "security.capability" ||
         name.starts_with("system.posix_acl_");
}

class Unpacker {
 public:
  Unpacker(RootDirectory root, const UnpackOptions& options)
      : root_(std::move(root)), devices_(options.devices), buffer_(kPiece) {
    keep_owners_ = options.ownership == Ownership::kKeep ||
                   (options.ownership == Ownership::kIfRoot && geteuid() == 0);
    done_.kept_owners = keep_owners_;
  }

  base::Result<Unpacked> run(const Image& image, const MergedTree& tree) {
    for (const auto& merged : tree) {
      GANTRY_CHECK(make(merged.entry));
    }
    GANTRY_CHECK(visit_contents(image, tree, [this](const MergedEntry& file, TarReader& content) {
      return write_file(file.entry, content);
    }));
    for (const auto& merged : tree) {
      if (merged.entry.type == EntryType::kHardLink) {
        GANTRY_CHECK(make_link(merged.entry));
      }
    }
    // Deepest first: filling a directory changes its time, and its mode may forbid to fill it.
    for (auto merged = tree.rbegin(); merged != tree.rend(); ++merged) {
      if (merged->entry.type == EntryType::kDirectory) {
        GANTRY_TRY(const auto fd, root_.open_directory(merged->entry.path));
        GANTRY_CHECK(set_metadata(fd.get(), merged->entry));
      }
    }
    done_.entries = tree.size() - done_.skipped_devices;
    return done_;
  }

  const RootDirectory& root() const { return root_; }

 private:
  base::Error failure(std::string_view action, const Entry& entry) const {
    return base::errno_error(action, base::printable(root_.name_of(entry.path).native()));
  }

  /// Everything but files and hard links.
  base::Result<void> make(const Entry& entry) {
    if (entry.type == EntryType::kFile || entry.type == EntryType::kHardLink) {
      return {};
    }
    if (is_device(entry) && devices_ == Devices::kSkip) {
      ++done_.skipped_devices;
      return {};
    }
    GANTRY_TRY(const auto place, root_.place_of(entry.path));
    const char* const name = place.name.c_str();
    if (entry.type == EntryType::kDirectory) {
      // Ours alone until it is finished.
      return mkdirat(place.parent, name, 0700) == 0 ? base::Result<void>()
                                                    : failure("create the directory", entry);
    }
    if (entry.type == EntryType::kSymlink) {
      if (symlinkat(entry.link_target.c_str(), place.parent, name) != 0) {
        return failure("create the symbolic link", entry);
      }
      return set_node_metadata(place, entry);
    }
    const mode_t type = entry.type == EntryType::kFifo         ? S_IFIFO
                        : entry.type == EntryType::kCharDevice ? S_IFCHR
                                                               : S_IFBLK;
    const dev_t device = makedev(entry.device_major, entry.device_minor);
    if (mknodat(place.parent, name, type | 0600, is_device(entry) ? device : 0) != 0) {
      return failure("create the node", entry);
    }
    return set_node_metadata(place, entry);
  }

  base::Result<void> write_file(const Entry& entry, TarReader& content) {
    GANTRY_TRY(const auto place, root_.place_of(entry.path));
    const base::Fd fd(openat(place.parent, place.name.c_str(),
                             O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd) {
      return failure("create", entry);
    }
    for (;;) {
      GANTRY_TRY(const auto count, content.read(buffer_));
      if (count == 0) {
        break;
      }
      GANTRY_CHECK(
          base::write_all(fd.get(), std::span(buffer_).first(count), root_.name_of(entry.path)));
      done_.bytes += count;
    }
    return set_metadata(fd.get(), entry);
  }

  base::Result<void> make_link(const Entry& entry) {
    GANTRY_TRY(const auto target, root_.place_of(entry.link_target));
    const base::Fd target_parent(fcntl(target.parent, F_DUPFD_CLOEXEC, 0));
    GANTRY_TRY(const auto place, root_.place_of(entry.path));
    if (!target_parent || linkat(target_parent.get(), target.name.c_str(), place.parent,
                                 place.name.c_str(), 0) != 0) {
      return failure("create the hard link", entry);
    }
    return {};
  }

  /// Of a file or directory. The order matters: a change of owner takes set-user-ID bits and
  /// capabilities away.
  base::Result<void> set_metadata(int fd, const Entry& entry) {
    if (keep_owners_ && fchown(fd, entry.uid, entry.gid) != 0) {
      return owner_failure(entry);
    }
    for (const auto& [name, value] : entry.xattrs) {
      GANTRY_CHECK(set_xattr(fd, name, value, entry));
    }
    if (fchmod(fd, entry.mode & ~(keep_owners_ ? 0 : kPrivilegeBits)) != 0) {
      return failure("set the mode of", entry);
    }
    const timespec times[2] = {{entry.mtime, 0}, {entry.mtime, 0}};
    if (futimens(fd, times) != 0) {
      return failure("set the time of", entry);
    }
    return {};
  }

  /// Of what cannot be opened: symbolic links, FIFOs and devices.
  base::Result<void> set_node_metadata(const RootDirectory::Place& place, const Entry& entry) {
    const char* const name = place.name.c_str();
    if (keep_owners_ &&
        fchownat(place.parent, name, entry.uid, entry.gid, AT_SYMLINK_NOFOLLOW) != 0) {
      return owner_failure(entry);
    }
    done_.skipped_xattrs += entry.xattrs.size();
    if (entry.type != EntryType::kSymlink && fchmodat(place.parent, name, entry.mode, 0) != 0) {
      return failure("set the mode of", entry);
    }
    const timespec times[2] = {{entry.mtime, 0}, {entry.mtime, 0}};
    if (utimensat(place.parent, name, times, AT_SYMLINK_NOFOLLOW) != 0) {
      return failure("set the time of", entry);
    }
    return {};
  }

  base::Error owner_failure(const Entry& entry) const {
    auto error = failure(fmt::format("give owner {}:{} to", entry.uid, entry.gid), entry);
    error.hint = "unpack without owners (--no-owners)";
    return error;
  }

  base::Result<void> set_xattr(int fd, const std::string& name, const std::string& value,
                               const Entry& entry) {
    const bool privileged = !name.starts_with("user.");
    if (!is_portable_xattr(name) || (privileged && !keep_owners_)) {
      ++done_.skipped_xattrs;
      return {};
    }
    if (fsetxattr(fd, name.c_str(), value.data(), value.size(), 0) == 0) {
      return {};
    }
    if (errno != ENOTSUP) {
      return failure(fmt::format("set the attribute {} of", base::printable(name)), entry);
    }
    ++done_.skipped_xattrs;
    return {};
  }

  RootDirectory root_;
  Devices devices_;
  bool keep_owners_;
  std::vector<std::byte> buffer_;
  Unpacked done_;
};

base::Result<void> check(const MergedTree& tree, const UnpackOptions& options) {
  std::uint64_t bytes = 0;
  for (const auto& [entry, layer, origin] : tree) {
    bytes += entry.type == EntryType::kFile ? entry.size : 0;
    if (bytes > options.max_bytes) {
      return base::Error{fmt::format("the image's files are larger than {}",
                                     base::format_bytes(options.max_bytes)),
                         "", ""};
    }
    if (is_device(entry) && options.devices == Devices::kRefuse) {
      return base::Error{
          fmt::format("'{}' is a device node", base::printable(entry.path)), "",
          "leave them out (--devices skip), or create them as root (--devices create)"};
    }
  }
  return {};
}

}  // namespace

base::Result<Unpacked> unpack(const Image& image, const std::filesystem::path& directory,
                              const UnpackOptions& options) {
  GANTRY_TRY(const auto tree, merged_tree(image, Contents::kSkip));
  GANTRY_CHECK(check(tree, options));
  GANTRY_TRY(auto root, RootDirectory::open(directory));
  Unpacker unpacker(std::move(root), options);
  auto unpacked = unpacker.run(image, tree);
  if (!unpacked) {
    if (auto cleared = unpacker.root().clear(); !cleared) {
      unpacked.error().hint +=
          fmt::format("{}{} is left half filled", unpacked.error().hint.empty() ? "" : "; ",
                      directory.native());
    }
  }
  return unpacked;
}

}  // namespace gantry::oci
