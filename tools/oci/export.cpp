#include "oci/export.hpp"

#include <cerrno>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.hpp"
#include "oci/merged_contents.hpp"
#include "oci/merged_tree.hpp"
#include "oci/tar_writer.hpp"
#include "oci/temporary_file.hpp"

namespace gantry::oci {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kPiece = std::size_t{256} << 10;

/// Where the archive begins in a file that can be written at any place; nothing for other files.
std::optional<std::uint64_t> seekable_offset(int fd) {
  struct stat status {};
  const int flags = fcntl(fd, F_GETFL);
  const bool regular = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
  const auto offset = lseek(fd, 0, SEEK_CUR);
  if (!regular || flags < 0 || (flags & O_APPEND) != 0 || offset < 0) {
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(offset);
}

class Exporter {
 public:
  Exporter(int fd, std::uint64_t begin, fs::path to)
      : fd_(fd), begin_(begin), to_(std::move(to)), piece_(kPiece) {}

  base::Result<Exported> run(const Image& image, const MergedTree& tree) {
    GANTRY_TRY(const auto contents, write_headers(tree));
    const auto write_content = [&](const MergedEntry& file,
                                   TarReader& content) -> base::Result<void> {
      return copy(content, contents[static_cast<std::size_t>(&file - tree.data())]);
    };
    GANTRY_CHECK(visit_contents(image, tree, write_content));
    if (lseek(fd_, static_cast<off_t>(begin_ + done_.bytes), SEEK_SET) < 0) {
      return base::errno_error("write", to_);
    }
    return done_;
  }

 private:
  /// Everything but contents, and where those belong: the sizes are known before.
  base::Result<std::vector<std::uint64_t>> write_headers(const MergedTree& tree) {
    std::vector<std::uint64_t> contents;
    contents.reserve(tree.size());
    std::string pending;  // padding, then the next header
    std::uint64_t place = 0;
    for (const auto& [entry, layer, bytes] : tree) {
      GANTRY_CHECK(append_tar_header(entry, std::numeric_limits<std::int64_t>::max(), pending));
      contents.push_back(place + pending.size());
      if (entry.size > 0 || pending.size() >= kPiece) {
        GANTRY_CHECK(write_at(place, std::as_bytes(std::span(pending))));
        place += pending.size() + entry.size;
        pending.assign(tar_padding(entry.size), '\0');
      }
    }
    pending.append(kTarEnd, '\0');
    GANTRY_CHECK(write_at(place, std::as_bytes(std::span(pending))));
    done_ = {.entries = tree.size(), .bytes = place + pending.size()};
    return contents;
  }

  base::Result<void> copy(TarReader& content, std::uint64_t place) {
    for (;;) {
      GANTRY_TRY(const auto count, content.read(piece_));
      if (count == 0) {
        return {};
      }
      GANTRY_CHECK(write_at(place, std::span(piece_).first(count)));
      place += count;
    }
  }

  base::Result<void> write_at(std::uint64_t place, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const auto count =
          pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(begin_ + place));
      if (count < 0 && errno != EINTR) {
        return base::errno_error("write", to_);
      }
      if (count > 0) {
        bytes = bytes.subspan(static_cast<std::size_t>(count));
        place += static_cast<std::uint64_t>(count);
      }
    }
    return {};
  }

  int fd_;
  std::uint64_t begin_;
  fs::path to_;
  std::vector<std::byte> piece_;
  Exported done_;
};

base::Result<void> copy_file(int from, int fd, const fs::path& to) {
  std::vector<std::byte> piece(kPiece);
  if (lseek(from, 0, SEEK_SET) < 0) {
    return base::errno_error("read the archive for", to);
  }
  for (;;) {
    const auto count = read(from, piece.data(), piece.size());
    if (count == 0) {
      return {};
    }
    if (count > 0) {
      GANTRY_CHECK(
          base::write_all(fd, std::span(piece).first(static_cast<std::size_t>(count)), to));
    } else if (errno != EINTR) {
      return base::errno_error("read the archive for", to);
    }
  }
}

}  // namespace

base::Result<Exported> export_image(const Image& image, int fd, const fs::path& to) {
  GANTRY_TRY(const auto tree, merged_tree(image, Contents::kSkip));
  if (const auto begin = seekable_offset(fd)) {
    return Exporter(fd, *begin, to).run(image, tree);
  }
  // Not /tmp, which may be memory.
  const char* const configured = std::getenv("TMPDIR");
  const fs::path directory = configured != nullptr ? configured : "/var/tmp";
  GANTRY_TRY(auto file, TemporaryFile::create(directory));
  GANTRY_TRY(const auto done, Exporter(file.fd(), 0, directory).run(image, tree));
  GANTRY_CHECK(copy_file(file.fd(), fd, to));
  return done;
}

}  // namespace gantry::oci
