#include "tests/registry/upload_session.hpp"

#include <fcntl.h>
#include <fmt/format.h>

namespace gantry::test_registry {

namespace {

constexpr std::size_t kMaximumSessions = 500;

}  // namespace

UploadSession::~UploadSession() {
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
}

bool UploadSession::append(RequestBody& body) {
  std::string piece(std::size_t{256} << 10, '\0');
  while (const std::size_t got = body.read(piece)) {
    const auto bytes = std::as_bytes(std::span(piece).first(got));
    if (!base::write_all(file.get(), bytes, path)) {
      return false;
    }
    hash.update(bytes);
    size += got;
  }
  return !body.broken();
}

std::shared_ptr<UploadSession> UploadSessions::start(const std::string& repository) {
  const std::lock_guard lock(mutex_);
  auto session = std::make_shared<UploadSession>();
  // In the form of a UUID, which the specification asks for; unlike one, it is the same in each
  // run.
  session->id = fmt::format("00000000-0000-4000-8000-{:012x}", ++started_);
  session->repository = repository;
  session->path = directory_ / session->id;
  auto file = base::open_file(session->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC);
  if (!file || sessions_.size() >= kMaximumSessions) {
    return nullptr;
  }
  session->file = *std::move(file);
  sessions_.emplace(session->id, session);
  return session;
}

std::shared_ptr<UploadSession> UploadSessions::find(const std::string& repository,
                                                    const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(id);
  if (found == sessions_.end() || found->second->repository != repository) {
    return nullptr;
  }
  return found->second;
}

void UploadSessions::remove(const std::string& id) {
  const std::lock_guard lock(mutex_);
  sessions_.erase(id);
}

std::size_t UploadSessions::clear() {
  const std::lock_guard lock(mutex_);
  const std::size_t count = sessions_.size();
  sessions_.clear();
  return count;
}

}  // namespace gantry::test_registry
