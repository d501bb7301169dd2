#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gantry::cli {

/// Results of simulations, each a file named by a key of all that decides it, this program's own
/// bytes among them. In the user's cache, and in a directory of a build tree if there is to be one:
/// what the first has is copied into the second. Files are whole or not there; which were not used
/// for longest go first. Damage costs no more than making the result anew.
class ResultCache {
 public:
  /// directory is empty, or made if it is missing.
  static base::Result<ResultCache> open(const std::filesystem::path& directory);

  /// Of what decides a result, as text.
  std::string key(std::string_view kind, std::string_view text) const;

  /// A small result, which is as it was put here: one that is damaged is not here.
  std::optional<std::string> find(const std::string& key) const;
  base::Result<void> put(const std::string& key, std::string_view text) const;

  /// A large one, which is copied to a file, or from it. False if it is not here; that it is as it
  /// was is for its reader to check.
  bool find_file(const std::string& key, const std::filesystem::path& to) const;
  base::Result<void> put_file(const std::string& key, const std::filesystem::path& from) const;

  /// Takes a damaged one out.
  void remove(const std::string& key) const;

  /// Holds the cache to its bounds.
  void trim() const;

 private:
  struct Level {
    std::filesystem::path directory;
    std::uint64_t limit = 0;
    bool is_users = false;  ///< what cannot be kept there is not missed
  };

  std::string program_;        ///< a digest
  std::vector<Level> levels_;  ///< the user's last
};

}  // namespace gantry::cli
