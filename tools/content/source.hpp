#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include "base/shared_string.hpp"

namespace gantry::content {

/// The path of a file on this machine. Files below one root share the root's text.
class Source {
 public:
  Source() = default;

  /// The path in one piece.
  template <class Path>
  requires(std::convertible_to<const Path&, std::string_view> && !std::same_as<Path, Source>)
      Source(const Path& path)
      : root_(path) {}

  /// name below root, which ends with a slash (or is empty).
  Source(base::SharedString root, base::SharedString name)
      : root_(std::move(root)), name_(std::move(name)) {}

  bool empty() const { return root_.empty() && name_.empty(); }
  std::string path() const { return std::string(root_).append(name_); }

  /// Of the paths, however they are divided.
  bool operator==(const Source& other) const {
    return (root_ == other.root_ && name_ == other.name_) || path() == other.path();
  }

 private:
  base::SharedString root_;
  base::SharedString name_;
};

}  // namespace gantry::content
