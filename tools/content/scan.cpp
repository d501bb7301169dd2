#include "content/scan.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
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

/// Names that one thread reads at a time, and how many threads there are at most: more of them wait
/// for the kernel's locks.
constexpr std::size_t kBlock = 64;
constexpr unsigned kMaxThreads = 8;

constexpr std::string_view kWhiteoutPrefix = ".wh.";
constexpr std::string_view kOpaqueName = ".wh..wh..opq";

using Inode = std::pair<dev_t, ino_t>;

/// First all names, then what is behind each of them: that takes most of the time, and goes on many
/// threads. An error is that of the first name that has one, as if one thread had done it all.
class Walk {
 public:
  Walk(std::string root, Identify identify, Owners owners)
      : root_(std::move(root)), source_root_(root_ + "/"), identify_(identify), owners_(owners) {}

  /// The names in the directory that fd has open, and below.
  base::Result<void> list(base::Fd fd, const std::string& path, int depth);
  /// One of them; type is what readdir() says of it.
  base::Result<void> list_name(int parent, const std::string& name, unsigned char type,
                               const std::string& path, int depth);
  /// Reads what is behind the names that were listed.
  base::Result<Tree> finish(base::Result<void> listed);

 private:
  struct Directory {
    base::SharedString path;
    base::Fd fd;
  };

  std::string absolute(std::string_view path) const { return fmt::format("{}/{}", root_, path); }
  base::Result<void> read_block(std::size_t block);
  base::Result<void> enter(std::string_view path, Directory& directory) const;
  base::Result<void> read(int parent, Entry& entry);
  base::Result<void> whiteout(const struct stat& status, Entry& entry) const;
  base::Result<void> fill(int parent, const char* name, const struct stat& status, Entry& entry);
  base::Result<void> file(int parent, const char* name, const struct stat& status, Entry& entry);
  void join_hard_links();

  std::string root_;
  base::SharedString source_root_;
  Identify identify_;
  Owners owners_;
  uid_t user_ = geteuid();
  std::vector<base::SharedString> names_;  ///< paths, in order but for what whiteouts hide
  Tree tree_;                              ///< an entry of each
  std::mutex mutex_;                       ///< guards linked_ while blocks are read
  std::unordered_map<std::string_view, Inode> linked_;  ///< of files with several names
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

base::Result<void> hash_file(Entry& entry) {
  GANTRY_TRY(entry.identity, sha256_of_file(entry.source.path(), entry.size));
  return {};
}

base::Result<void> Walk::list(base::Fd fd, const std::string& path, int depth) {
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
  std::vector<std::pair<std::string, unsigned char>> names;
  errno = 0;
  while (const dirent* const item = readdir(stream.get())) {
    const std::string_view text = item->d_name;
    if (text != "." && text != "..") {
      names.emplace_back(text, item->d_type);
    }
  }
  if (errno != 0) {
    return base::errno_error("read the directory", absolute(path));
  }
  std::sort(names.begin(), names.end());
  for (const auto& [name, type] : names) {
    GANTRY_CHECK(list_name(number, name, type, path.empty() ? name : path + "/" + name, depth));
  }
  return {};
}

base::Result<void> Walk::list_name(int parent, const std::string& name, unsigned char type,
                                   const std::string& path, int depth) {
  names_.emplace_back(path);
  if (name.starts_with(kWhiteoutPrefix)) {
    return {};
  }
  if (type == DT_UNKNOWN) {
    struct stat status {};
    const bool is_there = fstatat(parent, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
    type = is_there && S_ISDIR(status.st_mode) ? DT_DIR : DT_UNKNOWN;
  }
  if (type != DT_DIR) {
    return {};
  }
  base::Fd fd(openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) {
    return base::errno_error("read the directory", absolute(path));
  }
  return list(std::move(fd), path, depth + 1);
}

base::Result<void> Walk::read_block(std::size_t block) {
  Directory directory;
  const auto end = std::min(names_.size(), (block + 1) * kBlock);
  for (auto at = block * kBlock; at < end; ++at) {
    tree_[at].path = std::move(names_[at]);
    GANTRY_CHECK(enter(parent_of(tree_[at].path), directory));
    GANTRY_CHECK(read(directory.fd.get(), tree_[at]));
  }
  return {};
}

base::Result<void> Walk::enter(std::string_view path, Directory& directory) const {
  if (!directory.fd || directory.path != path) {
    const auto name = path.empty() && !root_.empty() ? root_ : absolute(path);
    directory.fd = base::Fd(open(name.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!directory.fd) {
      return base::errno_error("read the directory", name);
    }
    directory.path = path;
  }
  return {};
}

base::Result<void> Walk::read(int parent, Entry& entry) {
  const base::SharedString path = entry.path;
  const char* const name = path.c_str() + (path.size() - name_of(path).size());
  struct stat status {};
  if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return base::errno_error("read", absolute(path));
  }
  if (std::string_view(name).starts_with(kWhiteoutPrefix)) {
    return whiteout(status, entry);
  }
  entry.mode = status.st_mode & 07777;
  entry.mtime = status.st_mtim.tv_sec;
  if (owners_ == Owners::kKeep) {
    entry.uid = status.st_uid;
    entry.gid = status.st_gid;
  }
  GANTRY_CHECK(fill(parent, name, status, entry));
  if (S_ISREG(status.st_mode) && status.st_nlink > 1) {
    const std::scoped_lock lock(mutex_);
    linked_.emplace(entry.path, Inode(status.st_dev, status.st_ino));
  }
  return {};
}

base::Result<void> Walk::whiteout(const struct stat& status, Entry& entry) const {
  const base::SharedString path = entry.path;
  const auto name = name_of(path);
  const auto directory = parent_of(path);
  if (name == kOpaqueName) {
    entry.type = EntryType::kOpaqueWhiteout;
    entry.path = directory;
  } else {
    const auto hidden = name.substr(kWhiteoutPrefix.size());
    entry.type = EntryType::kWhiteout;
    entry.path = directory.empty() ? std::string(hidden) : fmt::format("{}/{}", directory, hidden);
  }
  const bool is_reserved = name != kOpaqueName && name.substr(4).starts_with(kWhiteoutPrefix);
  const bool is_clean = entry.type == EntryType::kOpaqueWhiteout || is_clean_path(entry.path);
  if (!S_ISREG(status.st_mode) || status.st_size != 0 || is_reserved || !is_clean) {
    return base::Error{fmt::format("{} cannot be in an image", base::printable(absolute(path))), "",
                       "names that begin with .wh. are whiteouts there: an empty file .wh.NAME "
                       "hides NAME of the layers below"};
  }
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
  entry.source = Source(source_root_, entry.path);
  if (identify_ == Identify::kByStat) {
    // Its owner's right to read is seen already.
    const bool is_readable = status.st_uid == user_ && (status.st_mode & S_IRUSR) != 0;
    if (!is_readable && faccessat(parent, name, R_OK, AT_EACCESS) != 0) {
      return base::errno_error("read", entry.source.path());
    }
    entry.identity = Identity::of_status(status);
  }
  return read_xattrs(entry.source.path(), entry);
}

/// The content and the attributes of an inode travel with its first name.
void Walk::join_hard_links() {
  if (linked_.empty()) {
    return;
  }
  std::map<Inode, base::SharedString> first_names;
  for (Entry& entry : tree_) {
    const auto inode = entry.type == EntryType::kFile ? linked_.find(entry.path) : linked_.end();
    if (inode == linked_.end()) {
      continue;
    }
    const auto [first, is_first] = first_names.emplace(inode->second, entry.path);
    if (!is_first) {
      entry.type = EntryType::kHardLink;
      entry.link_target = first->second;
      entry.size = 0;
      entry.source = {};
      entry.identity = {};
      entry.xattrs.clear();
    }
  }
}

base::Result<Tree> Walk::finish(base::Result<void> listed) {
  const auto threads = std::min(std::max(std::thread::hardware_concurrency(), 1U), kMaxThreads);
  tree_.resize(names_.size());
  GANTRY_CHECK(base::parallel_for((names_.size() + kBlock - 1) / kBlock, threads,
                                  [this](std::size_t block) { return read_block(block); }));
  GANTRY_CHECK(std::move(listed));
  if (!std::is_sorted(tree_.begin(), tree_.end(), entry_less)) {  // only whiteouts are out of order
    std::sort(tree_.begin(), tree_.end(), entry_less);
  }
  join_hard_links();
  if (identify_ == Identify::kByContent) {
    std::vector<Entry*> files;
    for (Entry& entry : tree_) {
      if (entry.type == EntryType::kFile) {
        files.push_back(&entry);
      }
    }
    GANTRY_CHECK(
        base::parallel_for(files.size(), 0, [&](std::size_t i) { return hash_file(*files[i]); }));
  }
  return std::move(tree_);
}

}  // namespace

base::Result<Tree> scan_tree(const fs::path& root, Identify identify, Owners owners) {
  std::string clean = root.native();
  while (clean.size() > 1 && clean.ends_with('/')) {
    clean.pop_back();
  }
  GANTRY_TRY(base::Fd fd, base::open_file(clean, O_RDONLY | O_DIRECTORY));
  Walk walk(clean == "/" ? "" : clean, identify, owners);
  auto listed = walk.list(std::move(fd), "", 0);
  return walk.finish(std::move(listed));
}

base::Result<Tree> scan_file(const fs::path& path, Identify identify, Owners owners) {
  const auto directory = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const auto name = path.filename().native();
  GANTRY_TRY(const base::Fd fd, base::open_file(directory, O_RDONLY | O_DIRECTORY));
  Walk walk(directory == "/" ? "" : directory.native(), identify, owners);
  auto listed = walk.list_name(fd.get(), name, DT_UNKNOWN, name, 0);
  return walk.finish(std::move(listed));
}

}  // namespace gantry::content
