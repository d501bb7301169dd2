#include "content/scan.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/parallel.hpp"
#include "base/text.hpp"
#include "content/digest.hpp"

namespace gantry::content {

namespace fs = std::filesystem;

namespace {

/// Every level holds a descriptor open; a process has 1,024 of them.
constexpr int kMaxDepth = 500;

constexpr std::string_view kWhiteoutPrefix = ".wh.";
constexpr std::string_view kOpaqueName = ".wh..wh..opq";

using Inode = std::pair<dev_t, ino_t>;

struct Found {
  Entry entry;
  Inode inode{};
  bool has_other_names = false;
};

class Walk {
 public:
  Walk(std::string root, Identify identify, Owners owners)
      : root_(std::move(root)), identify_(identify), owners_(owners) {}

  base::Result<void> directory(base::Fd fd, const std::string& path, int depth);
  base::Result<Tree> finish();

 private:
  std::string absolute(const std::string& path) const { return root_ + "/" + path; }
  base::Result<void> name(int parent, const char* name, const std::string& path, int depth);
  base::Result<void> whiteout(const struct stat& status, std::string_view name,
                              const std::string& path);
  base::Result<void> fill(int parent, const char* name, const struct stat& status, Entry& entry);
  base::Result<void> file(int parent, const char* name, const struct stat& status, Entry& entry);

  std::string root_;
  Identify identify_;
  Owners owners_;
  std::vector<Found> found_;
};

base::Result<std::string> read_link(int parent, const char* name, const std::string& path) {
  std::string target(256, '\0');
  for (;;) {
    const auto length = readlinkat(parent, name, target.data(), target.size());
    if (length < 0) {
      return base::errno_error("read the symbolic link", path);
    }
    if (static_cast<std::size_t>(length) < target.size()) {
      target.resize(static_cast<std::size_t>(length));
      return target;
    }
    target.resize(target.size() * 2);
  }
}

/// The kernel's two-step interface: asks for the size, reads, and asks again if it grew.
template <class Call>
base::Result<std::string> read_sized(const std::string& path, Call call) {
  for (;;) {
    const ssize_t size = call(nullptr, 0);
    if (size == 0 || (size < 0 && (errno == ENOTSUP || errno == ENODATA))) {
      return std::string();
    }
    std::string value(static_cast<std::size_t>(std::max<ssize_t>(size, 0)), '\0');
    const ssize_t length = size < 0 ? size : call(value.data(), value.size());
    if (length >= 0) {
      value.resize(static_cast<std::size_t>(length));
      return value;
    }
    if (errno != ERANGE) {
      return base::errno_error("read the extended attributes of", path);
    }
  }
}

/// Only those that mean something on another machine: user.* and file capabilities.
base::Result<void> read_xattrs(const std::string& path, Entry& entry) {
  GANTRY_TRY(const std::string names, read_sized(path, [&](char* buffer, std::size_t size) {
               return llistxattr(path.c_str(), buffer, size);
             }));
  for (const auto name : base::split(names, '\0')) {
    if (!name.starts_with("user.") && name != "security.capability") {
      continue;
    }
    const std::string text(name);
    GANTRY_TRY(std::string value, read_sized(path, [&](char* buffer, std::size_t size) {
                 return lgetxattr(path.c_str(), text.c_str(), buffer, size);
               }));
    entry.xattrs.emplace_back(text, std::move(value));
  }
  std::sort(entry.xattrs.begin(), entry.xattrs.end());
  return {};
}

std::string stat_identity(const struct stat& status) {
  const auto nanoseconds = [](const timespec& time) {
    return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
  };
  return fmt::format("stat:{}:{}:{}:{}:{}", status.st_dev, status.st_ino, status.st_size,
                     nanoseconds(status.st_mtim), nanoseconds(status.st_ctim));
}

base::Result<void> hash_file(Entry& entry) {
  GANTRY_TRY(const Digest digest, sha256_of_file(entry.source, entry.size));
  entry.identity = digest.text();
  return {};
}

base::Result<void> Walk::directory(base::Fd fd, const std::string& path, int depth) {
  if (depth > kMaxDepth) {
    return base::Error{
        fmt::format("{} is nested more than {} directories deep", absolute(path), kMaxDepth), "",
        ""};
  }
  const int number = fd.get();
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(fdopendir(dup(number)), closedir);
  if (!stream) {
    return base::errno_error("read the directory", absolute(path));
  }
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* const item = readdir(stream.get())) {
    const std::string_view text = item->d_name;
    if (text != "." && text != "..") {
      names.emplace_back(text);
    }
  }
  if (errno != 0) {
    return base::errno_error("read the directory", absolute(path));
  }
  // Sorted here so that of several errors the same one is told each time.
  std::sort(names.begin(), names.end());
  for (const auto& item : names) {
    GANTRY_CHECK(name(number, item.c_str(), path.empty() ? item : path + "/" + item, depth));
  }
  return {};
}

base::Result<void> Walk::name(int parent, const char* name, const std::string& path, int depth) {
  struct stat status {};
  if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return base::errno_error("read", absolute(path));
  }
  if (std::string_view(name).starts_with(kWhiteoutPrefix)) {
    return whiteout(status, name, path);
  }
  Found found;
  Entry& entry = found.entry;
  entry.path = path;
  entry.mode = status.st_mode & 07777;
  entry.mtime = status.st_mtim.tv_sec;
  if (owners_ == Owners::kKeep) {
    entry.uid = status.st_uid;
    entry.gid = status.st_gid;
  }
  GANTRY_CHECK(fill(parent, name, status, entry));
  found.inode = {status.st_dev, status.st_ino};
  found.has_other_names = S_ISREG(status.st_mode) && status.st_nlink > 1;
  found_.push_back(std::move(found));
  if (!S_ISDIR(status.st_mode)) {
    return {};
  }
  base::Fd fd(openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) {
    return base::errno_error("read the directory", absolute(path));
  }
  return directory(std::move(fd), path, depth + 1);
}

base::Result<void> Walk::whiteout(const struct stat& status, std::string_view name,
                                  const std::string& path) {
  const auto directory_length = path.size() - name.size();
  Found found;
  if (name == kOpaqueName) {
    found.entry.type = EntryType::kOpaqueWhiteout;
    found.entry.path = path.substr(0, directory_length == 0 ? 0 : directory_length - 1);
  } else {
    found.entry.type = EntryType::kWhiteout;
    found.entry.path =
        path.substr(0, directory_length) + std::string(name.substr(kWhiteoutPrefix.size()));
  }
  const bool is_reserved = name != kOpaqueName && name.substr(4).starts_with(kWhiteoutPrefix);
  const bool is_clean =
      found.entry.type == EntryType::kOpaqueWhiteout || is_clean_path(found.entry.path);
  if (!S_ISREG(status.st_mode) || status.st_size != 0 || is_reserved || !is_clean) {
    return base::Error{fmt::format("{} cannot be in an image", base::printable(absolute(path))), "",
                       "names that begin with .wh. are whiteouts there: an empty file .wh.NAME "
                       "hides NAME of the layers below"};
  }
  found_.push_back(std::move(found));
  return {};
}

base::Result<void> Walk::fill(int parent, const char* name, const struct stat& status,
                              Entry& entry) {
  switch (status.st_mode & S_IFMT) {
    case S_IFREG:
      return file(parent, name, status, entry);
    case S_IFDIR:
      entry.type = EntryType::kDirectory;
      return read_xattrs(absolute(entry.path), entry);
    case S_IFLNK: {
      entry.type = EntryType::kSymlink;
      entry.mode = 0777;
      GANTRY_TRY(entry.link_target, read_link(parent, name, absolute(entry.path)));
      return {};
    }
    case S_IFCHR:
    case S_IFBLK:
      entry.type = S_ISCHR(status.st_mode) ? EntryType::kCharDevice : EntryType::kBlockDevice;
      entry.device_major = major(status.st_rdev);
      entry.device_minor = minor(status.st_rdev);
      return {};
    case S_IFIFO:
      entry.type = EntryType::kFifo;
      return {};
    default:
      return base::Error{
          fmt::format("{} is a socket, which an image cannot hold", absolute(entry.path)), "",
          "remove it; a server makes its sockets when it starts"};
  }
}

base::Result<void> Walk::file(int parent, const char* name, const struct stat& status,
                              Entry& entry) {
  entry.type = EntryType::kFile;
  entry.size = static_cast<std::uint64_t>(status.st_size);
  entry.source = absolute(entry.path);
  if (identify_ == Identify::kByStat) {
    if (faccessat(parent, name, R_OK, AT_EACCESS) != 0) {
      return base::errno_error("read", entry.source);
    }
    entry.identity = stat_identity(status);
  }
  return read_xattrs(entry.source, entry);
}

base::Result<Tree> Walk::finish() {
  const auto less = [](const Found& a, const Found& b) { return entry_less(a.entry, b.entry); };
  if (!std::is_sorted(found_.begin(), found_.end(), less)) {  // only whiteouts are out of order
    std::sort(found_.begin(), found_.end(), less);
  }
  std::map<Inode, std::string> first_names;
  Tree tree;
  tree.reserve(found_.size());
  for (Found& item : found_) {
    if (item.has_other_names) {
      const auto [first, is_first] = first_names.emplace(item.inode, item.entry.path);
      if (!is_first) {
        // The inode's content and attributes travel with its first name.
        item.entry.type = EntryType::kHardLink;
        item.entry.link_target = first->second;
        item.entry.size = 0;
        item.entry.source.clear();
        item.entry.identity.clear();
        item.entry.xattrs.clear();
      }
    }
    tree.push_back(std::move(item.entry));
  }
  if (identify_ == Identify::kByContent) {
    std::vector<Entry*> files;
    for (Entry& entry : tree) {
      if (entry.type == EntryType::kFile) {
        files.push_back(&entry);
      }
    }
    GANTRY_CHECK(
        base::parallel_for(files.size(), 0, [&](std::size_t i) { return hash_file(*files[i]); }));
  }
  return tree;
}

}  // namespace

base::Result<Tree> scan_tree(const fs::path& root, Identify identify, Owners owners) {
  std::string clean = root.native();
  while (clean.size() > 1 && clean.ends_with('/')) {
    clean.pop_back();
  }
  GANTRY_TRY(base::Fd fd, base::open_file(clean, O_RDONLY | O_DIRECTORY));
  Walk walk(clean == "/" ? "" : clean, identify, owners);
  GANTRY_CHECK(walk.directory(std::move(fd), "", 0));
  return walk.finish();
}

}  // namespace gantry::content
