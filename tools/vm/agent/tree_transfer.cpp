#include "vm/agent/tree_transfer.hpp"

#include <algorithm>

#include <fcntl.h>
#include <sys/stat.h>

#include "vm/agent/failure.hpp"
#include "vm/agent/file_transfer.hpp"

namespace gantry::vm::agent {

namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

/// Calls with each component until that gives a Failure.
template <class Visit>
std::optional<Failure> for_each_component(std::string_view path, const Visit& visit) {
  while (!path.empty()) {
    const auto name = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(name.size() + 1, path.size()));
    if (auto failure = visit(std::string(name))) {
      return failure;
    }
  }
  return std::nullopt;
}

bool is_clean(std::string_view path) {
  return !path.empty() && !path.ends_with('/') && path.find('\0') == std::string_view::npos &&
         !for_each_component(path, [](const std::string& name) {
           const bool clean = !name.empty() && name != "." && name != "..";
           return clean ? std::nullopt : std::optional(Failure{name, EINVAL});
         });
}

/// Where the host wants it: through symbolic links of the guest's.
std::optional<Failure> make_directories(const std::string& path, unsigned mode) {
  for (auto end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const auto part = path.substr(0, end);
    const bool is_last = end == std::string::npos;
    const bool made = mkdir(part.c_str(), 0755) == 0;
    if ((!made && errno != EEXIST) || (made && is_last && chmod(part.c_str(), mode) != 0)) {
      return failure_of("make the directory " + part);
    }
    if (is_last) {
      return std::nullopt;
    }
  }
}

}  // namespace

std::variant<TreeUpload, Failure> TreeUpload::begin(const PutTree& tree) {
  auto path = tree.path;
  while (path.size() > 1 && path.ends_with('/')) {
    path.pop_back();
  }
  if (!path.starts_with('/') || path.find('\0') != std::string::npos) {
    return Failure{"'" + tree.path + "' is no absolute path of a directory", EINVAL};
  }
  if (auto failure = make_directories(path, tree.mode & 07777)) {
    return *std::move(failure);
  }
  Fd root(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root) {
    return failure_of("enter the directory " + path);
  }
  return TreeUpload(path == "/" ? "" : std::move(path), std::move(root));
}

std::string TreeUpload::name_of(std::string_view path) const {
  return path_ + "/" + std::string(path);
}

std::optional<Failure> TreeUpload::add(TreeEntry entry) {
  if (auto failure = finish()) {
    return failure;
  }
  if (!is_clean(entry.path)) {
    return Failure{"'" + entry.path + "' is no path below a directory", EINVAL};
  }
  entry_ = std::move(entry);
  entry_.size = entry_.kind == TreeEntry::Kind::kFile ? entry_.size : 0;
  const auto slash = entry_.path.rfind('/');
  const auto name = entry_.path.substr(slash == std::string::npos ? 0 : slash + 1);
  if (auto failure =
          enter(std::string_view(entry_.path).substr(0, slash == std::string::npos ? 0 : slash))) {
    return failure;
  }
  switch (entry_.kind) {
    case TreeEntry::Kind::kDirectory:
      return make_directory(name);
    case TreeEntry::Kind::kFile:
      return make_file(name);
    case TreeEntry::Kind::kLink:
      return make_link(name);
  }
  return std::nullopt;
}

std::optional<Failure> TreeUpload::enter(std::string_view directory) {
  if (parent_ && parent_path_ == directory) {
    return std::nullopt;
  }
  Fd here(openat(root_.get(), ".", kDirectory));
  auto failure = for_each_component(directory, [&](const std::string& name) {
    Fd next(openat(here.get(), name.c_str(), kDirectory));
    if (!next) {
      return std::optional(failure_of("go through " + name_of(directory), errno));
    }
    here = std::move(next);
    return std::optional<Failure>();
  });
  if (!failure) {
    parent_ = std::move(here);
    parent_path_ = directory;
  }
  return failure;
}

std::optional<Failure> TreeUpload::make_directory(const std::string& name) {
  const int parent = parent_.get();
  const bool made = mkdirat(parent, name.c_str(), 0700) == 0;
  if (!made && errno != EEXIST) {
    return failure_of("make the directory " + name_of(entry_.path));
  }
  Fd fd(openat(parent, name.c_str(), kDirectory));
  if (!fd || (made && fchmod(fd.get(), entry_.mode & 07777) != 0)) {
    return failure_of("fill the directory " + name_of(entry_.path));
  }
  parent_ = std::move(fd);
  parent_path_ = entry_.path;
  return std::nullopt;
}

std::optional<Failure> TreeUpload::make_file(const std::string& name) {
  if (auto failure = remove(name)) {
    return failure;
  }
  file_ = Fd(openat(parent_.get(), name.c_str(),
                    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file_) {
    return failure_of("write " + name_of(entry_.path));
  }
  left_ = entry_.size;
  return left_ == 0 ? complete_file() : std::nullopt;
}

std::optional<Failure> TreeUpload::make_link(const std::string& name) {
  if (entry_.target.find('\0') != std::string::npos) {
    return Failure{"no symbolic link can say what " + name_of(entry_.path) + " is to say", EINVAL};
  }
  if (auto failure = remove(name)) {
    return failure;
  }
  if (symlinkat(entry_.target.c_str(), parent_.get(), name.c_str()) != 0) {
    return failure_of("make the symbolic link " + name_of(entry_.path));
  }
  return std::nullopt;
}

/// A directory in its place is an error: whoever has it there wants what is in it.
std::optional<Failure> TreeUpload::remove(const std::string& name) const {
  if (unlinkat(parent_.get(), name.c_str(), 0) != 0 && errno != ENOENT) {
    return failure_of("replace " + name_of(entry_.path));
  }
  return std::nullopt;
}

std::optional<Failure> TreeUpload::write(std::string_view bytes) {
  if (bytes.size() > left_) {
    return Failure{"the host has sent more than the " + std::to_string(entry_.size) + " bytes of " +
                       name_of(entry_.path),
                   EPROTO};
  }
  if (auto failure = write_all(file_.get(), bytes, name_of(entry_.path))) {
    return failure;
  }
  left_ -= bytes.size();
  return left_ == 0 && file_ ? complete_file() : std::nullopt;
}

/// The mode last: to write takes the set-user-ID bit away.
std::optional<Failure> TreeUpload::complete_file() {
  if (fchmod(file_.get(), entry_.mode & 07777) != 0) {
    return failure_of("set the mode of " + name_of(entry_.path));
  }
  file_.reset();
  return std::nullopt;
}

std::optional<Failure> TreeUpload::finish() {
  if (left_ > 0) {
    return Failure{"the host has sent " + std::to_string(entry_.size - left_) + " of the " +
                       std::to_string(entry_.size) + " bytes of " + name_of(entry_.path),
                   EIO};
  }
  return std::nullopt;
}

}  // namespace gantry::vm::agent
