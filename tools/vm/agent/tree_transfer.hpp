#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "vm/agent/fd.hpp"
#include "vm/agent_messages.hpp"

namespace gantry::vm::agent {

/// A directory that comes from the host, entry by entry. Files and links take the place of those
/// that are there; directories that are there stay as they are. Below it no symbolic link is
/// followed, neither one of the guest's nor one that came before: a Failure says where one is in
/// the way. It is on disk when the guest writes what is dirty.
class TreeUpload {
 public:
  static std::variant<TreeUpload, Failure> begin(const PutTree& tree);

  std::optional<Failure> add(TreeEntry entry);

  /// What comes next of the file that was added last.
  std::optional<Failure> write(std::string_view bytes);

  /// A Failure if something is missing.
  std::optional<Failure> finish();

 private:
  TreeUpload(std::string path, Fd root) : path_(std::move(path)), root_(std::move(root)) {}
  std::string name_of(std::string_view path) const;
  std::optional<Failure> enter(std::string_view directory);
  std::optional<Failure> make_directory(const std::string& name);
  std::optional<Failure> make_file(const std::string& name);
  std::optional<Failure> make_link(const std::string& name);
  std::optional<Failure> remove(const std::string& name) const;
  std::optional<Failure> complete_file();

  std::string path_;
  Fd root_;
  std::string parent_path_;  ///< most entries have the parent of the one before
  Fd parent_;                ///< none: it is root_
  TreeEntry entry_;          ///< the last
  Fd file_;
  std::uint64_t left_ = 0;  ///< bytes of it that are still to come
};

}  // namespace gantry::vm::agent
