#include "workload/trace_input.hpp"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace gantry::workload {

namespace {

constexpr std::size_t kChunk = std::size_t{1} << 18;

}  // namespace

base::Result<TraceInput> TraceInput::open(const std::filesystem::path& path) {
  GANTRY_TRY(auto fd, base::open_file(path, O_RDONLY | O_CLOEXEC));
  return TraceInput(std::move(fd), {}, path.string());
}

TraceInput TraceInput::of(std::string text, std::string name) {
  return {std::nullopt, std::move(text), std::move(name)};
}

/// Reads until there is a line of any length that is allowed, or the end.
base::Result<void> TraceInput::fill() {
  if (!fd_ || rest().size() > kMostLine) {
    return {};
  }
  buffer_.erase(0, std::exchange(at_, 0));
  while (fd_ && buffer_.size() <= kMostLine) {
    const auto had = buffer_.size();
    buffer_.resize(had + kChunk);
    const auto got = ::read(fd_->get(), buffer_.data() + had, kChunk);
    buffer_.resize(had + static_cast<std::size_t>(got > 0 ? got : 0));
    if (got < 0 && errno != EINTR) {
      return base::errno_error("read", name_);
    }
    if (got == 0) {
      fd_.reset();
    }
  }
  return {};
}

base::Result<std::string_view> TraceInput::peek() {
  GANTRY_CHECK(fill());
  return rest().substr(0, kMostLine);
}

base::Result<std::optional<std::string_view>> TraceInput::line() {
  GANTRY_CHECK(fill());
  const auto left = rest();
  if (left.empty()) {
    return std::optional<std::string_view>{};
  }
  ++number_;
  const auto end = left.substr(0, kMostLine + 1).find('\n');
  if (end == std::string_view::npos && left.size() > kMostLine) {
    return base::Error{fmt::format("the line is longer than {} bytes", kMostLine),
                       fmt::format("{}:{}", name_, number_), ""};
  }
  const auto line = left.substr(0, end);
  at_ += line.size() + (end == std::string_view::npos ? 0 : 1);
  return std::optional<std::string_view>{line};
}

base::Result<std::string_view> TraceInput::take(std::size_t bytes) {
  GANTRY_CHECK(fill());
  ++number_;
  const auto taken = rest().substr(0, bytes);
  at_ += taken.size();
  return taken;
}

}  // namespace gantry::workload
