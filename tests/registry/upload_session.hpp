#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/file.hpp"
#include "content/digest.hpp"
#include "tests/registry/http_connection.hpp"

namespace gantry::test_registry {

/// One upload: a file that grows, and the digest of what is in it. Each request locks mutex.
struct UploadSession {
  std::mutex mutex;
  std::string id;
  std::string repository;
  std::filesystem::path path;
  base::Fd file;
  content::Sha256 hash;
  std::uint64_t size = 0;
  std::uint64_t first_chunk_size = 0;
  unsigned step = 0;         ///< requests that changed it
  bool short_chunk = false;  ///< the last chunk was below the minimum: it must be the final one
  bool ended = false;

  ~UploadSession();

  /// Appends the rest of the body; what came before a break is kept. False: the body is broken, or
  /// cannot be stored.
  bool append(RequestBody& body);
};

/// The sessions that are open. Thread-safe.
class UploadSessions {
 public:
  explicit UploadSessions(std::filesystem::path directory) : directory_(std::move(directory)) {}

  /// Null when there are too many, or no file can be made.
  std::shared_ptr<UploadSession> start(const std::string& repository);
  std::shared_ptr<UploadSession> find(const std::string& repository, const std::string& id);
  void remove(const std::string& id);

  /// As a restart of the registry does; how many there were.
  std::size_t clear();

 private:
  std::filesystem::path directory_;
  std::mutex mutex_;
  std::uint64_t started_ = 0;
  std::map<std::string, std::shared_ptr<UploadSession>> sessions_;
};

}  // namespace gantry::test_registry
