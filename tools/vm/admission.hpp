#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>

#include "base/file.hpp"
#include "base/result.hpp"

namespace gantry::vm {

/// Leave to start a machine of so much memory, given back with this object or the process: the
/// machines that have one never need more together than the host has.
class Admission {
 public:
  /// Waits until there is room, for one machine of any size at least. say gets a line if it has to.
  static base::Result<Admission> wait(std::uint64_t bytes,
                                      const std::function<void(std::string_view)>& say);

  /// As wait(): directory is where it is noted who has one, limit what they get together.
  static base::Result<Admission> wait_in(const std::filesystem::path& directory,
                                         std::uint64_t limit, std::uint64_t bytes,
                                         const std::function<void(std::string_view)>& say);

  Admission(Admission&& other) noexcept = default;
  Admission& operator=(Admission&& other) noexcept = default;
  ~Admission();

 private:
  Admission(std::filesystem::path path, base::Fd owner)
      : path_(std::move(path)), owner_(std::move(owner)) {}

  std::filesystem::path path_;
  base::Fd owner_;  ///< the file, locked
};

}  // namespace gantry::vm
