#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gantry::vm {

/// Room that something will take.
struct SpaceNeed {
  std::string what;             ///< "memory"
  std::filesystem::path where;  ///< a directory
  std::uint64_t bytes = 0;
};

/// Bytes that may still be written to the file system of a path.
std::uint64_t room_in(const std::filesystem::path& path);

/// An Error unless each file system has room for all that it is to take; it says how much that is
/// and where.
base::Result<void> check_room(const std::vector<SpaceNeed>& needs);

/// Whether something went wrong because a file system is full, or a quota is.
bool is_lack_of_room(const base::Error& error);

struct RoomWait {
  std::filesystem::path where;                          ///< what has to have room
  std::chrono::seconds patience{0};                     ///< for how long
  std::function<void(std::string_view)> progress = {};  ///< gets a line for a person, if set
};

/// Does it, and again as long as it fails for a lack of room.
base::Result<void> when_there_is_room(const RoomWait& wait,
                                      const std::function<base::Result<void>()>& work);

}  // namespace gantry::vm
