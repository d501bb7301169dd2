#include "oci/tar_stream.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oci/tar_writer.hpp"

namespace gantry::oci {

namespace {

using content::Entry;
using content::EntryType;

/// The entry's name with what a whiteout is called replaced by something less than any name.
std::string sort_name(const Entry& entry) {
  const auto name = tar_name(entry);
  if (!is_whiteout(entry)) {
    return name;
  }
  const auto base = name.rfind('/') + 1;  // npos + 1 is 0
  return name.substr(0, base) + '\0' + name.substr(base);
}

base::Error changed(const Entry& entry, std::string_view how) {
  return {fmt::format("{} {} while it was read", entry.source, how), "",
          "no other program may change the files of a layer while it is written"};
}

}  // namespace

TarStream::TarStream(const content::Tree& tree, std::int64_t latest_mtime)
    : latest_mtime_(latest_mtime) {
  entries_.reserve(tree.size());
  for (const auto& entry : tree) {
    entries_.push_back(&entry);
  }
  if (std::any_of(tree.begin(), tree.end(), content::is_whiteout)) {
    std::stable_sort(entries_.begin(), entries_.end(), [](const Entry* a, const Entry* b) {
      return content::path_less(sort_name(*a), sort_name(*b));
    });
  }
}

base::Result<std::size_t> TarStream::read(std::span<std::byte> into) {
  std::size_t filled = 0;
  while (filled < into.size()) {
    const auto rest = into.subspan(filled);
    if (pending_at_ < pending_.size()) {
      const auto count = std::min(rest.size(), pending_.size() - pending_at_);
      std::memcpy(rest.data(), pending_.data() + pending_at_, count);
      pending_at_ += count;
      filled += count;
    } else if (remaining_ > 0) {
      GANTRY_TRY(const auto count, read_content(rest));
      filled += count;
    } else if (ended_) {
      break;
    } else {
      GANTRY_CHECK(advance());
    }
  }
  return filled;
}

/// To the next bytes that stand in no file: the header of the next entry, or the end.
base::Result<void> TarStream::advance() {
  pending_.clear();
  pending_at_ = 0;
  if (current_ != nullptr) {
    pending_.append(tar_padding(current_->size), '\0');
    GANTRY_CHECK(close_content());
  }
  if (next_ == entries_.size()) {
    pending_.append(kTarEnd, '\0');
    ended_ = true;
    return {};
  }
  const auto& entry = *entries_[next_++];
  GANTRY_CHECK(append_tar_header(entry, latest_mtime_, pending_));
  if (entry.type == EntryType::kFile && entry.size > 0) {
    current_ = &entry;
    remaining_ = entry.size;
    return open_content();
  }
  return {};
}

base::Result<void> TarStream::open_content() {
  const auto& entry = *current_;
  if (entry.source.empty()) {
    return base::Error{fmt::format("the content of '{}' is nowhere to be had", entry.path), "", ""};
  }
  if (!fd_ || open_path_ != entry.source) {
    // O_NONBLOCK: a pipe that took the file's place must not make us wait for its writer.
    GANTRY_TRY(fd_, base::open_file(entry.source, O_RDONLY | O_NONBLOCK | O_NOCTTY));
    open_path_ = entry.source;
  }
  if (entry.source_offset != 0 &&
      lseek(fd_.get(), static_cast<off_t>(entry.source_offset), SEEK_SET) < 0) {
    return base::errno_error("read", entry.source);
  }
  return {};
}

base::Result<std::size_t> TarStream::read_content(std::span<std::byte> into) {
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), remaining_));
  const auto count = ::read(fd_.get(), into.data(), wanted);
  if (count < 0 && errno == EINTR) {
    return std::size_t{0};
  }
  if (count < 0) {
    return base::errno_error("read", current_->source);
  }
  if (count == 0) {
    return changed(*current_, "became shorter");
  }
  remaining_ -= static_cast<std::uint64_t>(count);
  return static_cast<std::size_t>(count);
}

/// A source that is read from its beginning is the entry alone, so it must end here.
base::Result<void> TarStream::close_content() {
  const auto& entry = *current_;
  current_ = nullptr;
  if (entry.source_offset != 0) {
    return {};
  }
  struct stat status {};
  if (fstat(fd_.get(), &status) != 0) {
    return base::errno_error("read", entry.source);
  }
  fd_ = base::Fd();
  if (!S_ISREG(status.st_mode) || static_cast<std::uint64_t>(status.st_size) > entry.size) {
    return changed(entry, "became longer");
  }
  return {};
}

}  // namespace gantry::oci
