#include "vm/step_log.hpp"

#include <span>

#include <fcntl.h>

namespace gantry::vm {

using base::Result;

namespace {

constexpr std::size_t kQuoted = 2000;

}  // namespace

Result<StepLog> StepLog::create(std::filesystem::path path) {
  GANTRY_TRY(base::Fd file, base::open_file(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC));
  return StepLog(std::move(file), std::move(path));
}

Result<void> StepLog::add(std::string_view text) {
  end_ += text;
  if (end_.size() > kQuoted) {
    end_.erase(0, end_.size() - kQuoted);
  }
  return base::write_all(file_.get(), std::as_bytes(std::span(text)), path_);
}

}  // namespace gantry::vm
