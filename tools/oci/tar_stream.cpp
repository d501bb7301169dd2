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

using base::Fd;
using content::Entry;
using content::EntryType;

/// The entry's name with what a whiteout is called replaced by something less than any name.
std::string sort_name(const Entry& entry) {
  auto name = tar_name(entry);
  if (!is_whiteout(entry)) {
    return name;
  }
  const auto base = name.rfind('/') + 1;  // npos + 1 is 0
  return name.substr(0, base) + '\0' + name.substr(base);
}

base::Error changed(const Entry& entry, std::string_view how) {
  return {fmt::format("{} {} while it was read", entry.source.path(), how), "",
          "no other program may change the files of a layer while it is written"};
}

base::Result<Fd> open_source(const content::Source& source) {
  // O_NONBLOCK: a pipe that took the file's place must not make us wait for its writer.
  return base::open_file(source.path(), O_RDONLY | O_NONBLOCK | O_NOCTTY);
}

/// A source that is read from its beginning is the entry alone, so it must end with it.
base::Result<void> check_end(const Entry& entry, int fd) {
  struct stat status {};
  if (fstat(fd, &status) != 0) {
    return base::errno_error("read", entry.source.path());
  }
  if (!S_ISREG(status.st_mode) || static_cast<std::uint64_t>(status.st_size) > entry.size) {
    return changed(entry, "became longer");
  }
  return {};
}

base::Result<void> read_content(const TarContent& content, int fd) {
  const auto& entry = *content.entry;
  const auto begin = entry.source_offset + content.begin;
  for (std::size_t done = 0; done < content.into.size();) {
    const auto rest = content.into.subspan(done);
    const auto count = pread(fd, rest.data(), rest.size(), static_cast<off_t>(begin + done));
    if (count == 0) {
      return changed(entry, "became shorter");
    }
    if (count > 0) {
      done += static_cast<std::size_t>(count);
    } else if (errno == ESPIPE) {
      return changed(entry, "became a pipe");
    } else if (errno != EINTR) {
      return base::errno_error("read", entry.source.path());
    }
  }
  const bool is_last = content.begin + content.into.size() == entry.size;
  return is_last && entry.source_offset == 0 ? check_end(entry, fd) : base::Result<void>();
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

base::Result<TarPart> TarStream::next(std::span<std::byte> into) {
  TarPart part;
  while (part.size < into.size()) {
    const auto rest = into.subspan(part.size);
    if (pending_at_ < pending_.size()) {
      const auto count = std::min(rest.size(), pending_.size() - pending_at_);
      std::memcpy(rest.data(), pending_.data() + pending_at_, count);
      pending_at_ += count;
      part.size += count;
    } else if (current_ != nullptr && begin_ < current_->size) {
      GANTRY_TRY(auto content, next_content(rest));
      part.size += content.into.size();
      part.contents.push_back(std::move(content));
    } else if (ended_) {
      break;
    } else {
      GANTRY_CHECK(advance());
    }
  }
  return part;
}

/// To the next bytes that stand in no file: the header of the next entry, or the end.
base::Result<void> TarStream::advance() {
  pending_.clear();
  pending_at_ = 0;
  if (current_ != nullptr) {
    pending_.append(tar_padding(current_->size), '\0');
    current_ = nullptr;
  }
  if (next_ == entries_.size()) {
    pending_.append(kTarEnd, '\0');
    ended_ = true;
    return {};
  }
  const auto& entry = *entries_[next_++];
  GANTRY_CHECK(append_tar_header(entry, latest_mtime_, pending_));
  if (entry.type == EntryType::kFile && entry.size > 0) {
    if (entry.source.empty()) {
      return base::Error{fmt::format("the content of '{}' is nowhere to be had", entry.path.view()),
                         "", ""};
    }
    current_ = &entry;
    begin_ = 0;
  }
  return {};
}

/// What of the current entry's content has room in into.
base::Result<TarContent> TarStream::next_content(std::span<std::byte> into) {
  const auto& entry = *current_;
  const auto size =
      static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), entry.size - begin_));
  TarContent content{&entry, begin_, into.first(size), nullptr};
  // Opened here and once, where it is read in pieces: a file that takes its name in between must
  // not be mixed with it. All others are opened by those who read them, in parallel.
  if (entry.source_offset != 0 || size < entry.size) {
    GANTRY_TRY(content.source, open_shared(entry.source));
  }
  begin_ += size;
  return content;
}

base::Result<std::shared_ptr<const Fd>> TarStream::open_shared(const content::Source& source) {
  if (open_ == nullptr || open_source_ != source) {
    GANTRY_TRY(auto fd, open_source(source));
    open_ = std::make_shared<const Fd>(std::move(fd));
    open_source_ = source;
  }
  return open_;
}

base::Result<void> read_contents(const TarPart& part) {
  for (const auto& content : part.contents) {
    if (content.source != nullptr) {
      GANTRY_CHECK(read_content(content, content.source->get()));
    } else {
      GANTRY_TRY(const auto fd, open_source(content.entry->source));
      GANTRY_CHECK(read_content(content, fd.get()));
    }
  }
  return {};
}

}  // namespace gantry::oci
