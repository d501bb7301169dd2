#include "vm/window_pack.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <new>
#include <tuple>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zstd.h>

#include "base/file.hpp"
#include "base/interrupt.hpp"
#include "base/text.hpp"
#include "content/digest.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Result;

namespace {

constexpr std::string_view kMagic = "GWP1";
constexpr std::size_t kHeader = 16;
constexpr std::size_t kEntry = 4 + 8 + 2 + 32;
constexpr std::size_t kMostBytes = std::size_t{16} << 20;  // of a frame's pages
constexpr std::size_t kMostWindows = 4096;                 // of a frame
constexpr std::size_t kPages = kPackWindow / kPackPage;
constexpr int kLevel = 3;
constexpr int kWindowLog = 24;  // all of a frame: the same page is often there twice

template <class T>
void put(std::vector<std::byte>& out, T value) {
  for (std::size_t i = 0; i < sizeof value; ++i) {
    out.push_back(static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (8 * i)));
  }
}

template <class T>
T take(std::span<const std::byte>& in) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value |= std::to_integer<std::uint64_t>(in[i]) << (8 * i);
  }
  in = in.subspan(sizeof(T));
  return static_cast<T>(value);
}

/// Calls body with each run of pages that follow each other: the first and how many bytes.
template <class Body>
Result<void> for_each_run(const WindowPages& window, std::uint64_t file_size, Body body) {
  for (std::size_t page = 0; page < kPages;) {
    if ((window.pages >> page & 1U) == 0) {
      ++page;
      continue;
    }
    std::size_t end = page;
    while (end < kPages && (window.pages >> end & 1U) != 0) {
      ++end;
    }
    const auto begin_offset = window.window * kPackWindow + page * kPackPage;
    const auto end_offset = std::min(window.window * kPackWindow + end * kPackPage, file_size);
    GANTRY_CHECK(body(begin_offset, static_cast<std::size_t>(end_offset - begin_offset)));
    page = end;
  }
  return {};
}

Result<void> read_exactly(int fd, std::span<std::byte> into, std::uint64_t at,
                          const fs::path& path) {
  while (!into.empty()) {
    const auto count = pread(fd, into.data(), into.size(), static_cast<off_t>(at));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return count < 0
                 ? base::errno_error("read", path)
                 : base::Error{"the file became shorter while it was read", path.native(), ""};
    }
    into = into.subspan(static_cast<std::size_t>(count));
    at += static_cast<std::uint64_t>(count);
  }
  return {};
}

struct OpenFile {
  base::Fd fd;
  std::uint64_t size = 0;
};

/// Collects windows until a frame is full.
class FrameWriter {
 public:
  FrameWriter(std::span<const fs::path> paths,
              const std::function<Result<void>(std::span<const std::byte>)>& write)
      : paths_(paths), write_(write), context_(ZSTD_createCCtx()) {
    if (!context_) {
      throw std::bad_alloc();
    }
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, kLevel);
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_windowLog, kWindowLog);
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_enableLongDistanceMatching, 1);
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_contentSizeFlag, 1);
  }

  Result<void> open() {
    for (const auto& path : paths_) {
      GANTRY_TRY(auto fd, base::open_file(path, O_RDONLY | O_CLOEXEC));
      const auto size = lseek(fd.get(), 0, SEEK_END);
      if (size < 0) {
        return base::errno_error("look at", path);
      }
      files_.push_back({std::move(fd), static_cast<std::uint64_t>(size)});
    }
    return {};
  }

  Result<void> add(const WindowPages& window) {
    const auto& file = files_[window.file];
    const auto bytes = static_cast<std::size_t>(bytes_of(window, file.size));
    if (raw_.size() + bytes > kMostBytes || count_ == kMostWindows) {
      GANTRY_CHECK(finish());
    }
    const auto begin = raw_.size();
    raw_.resize(begin + bytes);
    auto into = std::span(raw_).subspan(begin);
    const auto read = [&](std::uint64_t at, std::size_t size) {
      auto done = read_exactly(file.fd.get(), into.first(size), at, paths_[window.file]);
      into = into.subspan(size);
      return done;
    };
    GANTRY_CHECK(for_each_run(window, file.size, read));
    content::Sha256 hash;
    hash.update(std::span(raw_).subspan(begin));
    const auto digest = hash.finish();
    put(entries_, window.file);
    put(entries_, window.window);
    put(entries_, window.pages);
    for (const auto byte : digest.bytes) {
      entries_.push_back(static_cast<std::byte>(byte));
    }
    ++count_;
    return {};
  }

  Result<void> finish() {
    if (count_ == 0) {
      return {};
    }
    if (base::interrupted()) {
      return base::Error{"stopped while packing", "", ""};
    }
    compressed_.resize(ZSTD_compressBound(raw_.size()));
    const auto size = ZSTD_compress2(context_.get(), compressed_.data(), compressed_.size(),
                                     raw_.data(), raw_.size());
    if (ZSTD_isError(size) != 0) {
      return base::Error{fmt::format("zstd cannot compress pages: {}", ZSTD_getErrorName(size)), "",
                         ""};
    }
    std::vector<std::byte> header;
    for (const char c : kMagic) {
      header.push_back(static_cast<std::byte>(c));
    }
    put(header, static_cast<std::uint32_t>(count_));
    put(header, static_cast<std::uint32_t>(size));
    put(header, static_cast<std::uint32_t>(raw_.size()));
    GANTRY_CHECK(write_(header));
    GANTRY_CHECK(write_(entries_));
    GANTRY_CHECK(write_(std::span(compressed_).first(size)));
    raw_.clear();
    entries_.clear();
    count_ = 0;
    return {};
  }

 private:
  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  std::span<const fs::path> paths_;
  const std::function<Result<void>(std::span<const std::byte>)>& write_;
  std::unique_ptr<ZSTD_CCtx, Free> context_;
  std::vector<OpenFile> files_;
  std::vector<std::byte> raw_;
  std::vector<std::byte> entries_;
  std::vector<std::byte> compressed_;
  std::size_t count_ = 0;
};

struct Entry {
  WindowPages window;
  content::Digest digest;
};

class PackReader {
 public:
  PackReader(oci::ByteSource& source, std::span<const std::uint64_t> sizes, const PagesSink& sink,
             const std::string& where)
      : source_(source), sizes_(sizes), sink_(sink), where_(where) {}

  Result<void> run() {
    for (;;) {
      GANTRY_TRY(const bool more, read_frame());
      if (!more) {
        return {};
      }
      if (base::interrupted()) {
        return base::Error{"stopped while unpacking", where_, ""};
      }
    }
  }

 private:
  base::Error broken(std::string what) const {
    return {fmt::format("this is no pack of a checkpoint: {}", what), where_, ""};
  }

  /// False: it has ended before the first byte.
  Result<bool> read(std::span<std::byte> into) {
    const auto whole = into.size();
    while (!into.empty()) {
      GANTRY_TRY(const auto count, source_.read(into));
      if (count == 0) {
        return into.size() == whole && whole == kHeader ? Result<bool>(false)
                                                        : broken("it ends within a frame");
      }
      into = into.subspan(count);
    }
    return true;
  }

  Result<bool> read_frame() {
    std::array<std::byte, kHeader> header{};
    GANTRY_TRY(const bool more, read(header));
    if (!more) {
      return false;
    }
    std::span<const std::byte> rest(header);
    if (std::memcmp(rest.data(), kMagic.data(), kMagic.size()) != 0) {
      return broken("a frame does not begin as one");
    }
    rest = rest.subspan(kMagic.size());
    const auto count = take<std::uint32_t>(rest);
    const auto compressed = take<std::uint32_t>(rest);
    const auto bytes = take<std::uint32_t>(rest);
    if (count == 0 || count > kMostWindows || bytes > kMostBytes ||
        compressed > ZSTD_compressBound(kMostBytes)) {
      return broken("a frame is too large");
    }
    GANTRY_TRY(const auto entries, read_entries(count, bytes));
    compressed_.resize(compressed);
    GANTRY_CHECK(read(compressed_));
    raw_.resize(bytes);
    const auto size =
        ZSTD_decompress(raw_.data(), raw_.size(), compressed_.data(), compressed_.size());
    if (ZSTD_isError(size) != 0 || size != bytes) {
      return broken("a frame cannot be decompressed");
    }
    GANTRY_CHECK(write(entries));
    return true;
  }

  Result<std::vector<Entry>> read_entries(std::size_t count, std::uint64_t bytes) {
    std::vector<std::byte> table(count * kEntry);
    GANTRY_CHECK(read(table));
    std::span<const std::byte> rest(table);
    std::vector<Entry> entries(count);
    std::uint64_t sum = 0;
    for (auto& [window, digest] : entries) {
      window.file = take<std::uint32_t>(rest);
      window.window = take<std::uint64_t>(rest);
      window.pages = take<std::uint16_t>(rest);
      std::memcpy(digest.bytes.data(), rest.data(), digest.bytes.size());
      rest = rest.subspan(digest.bytes.size());
      GANTRY_CHECK(check(window));
      sum += bytes_of(window, sizes_[window.file]);
    }
    if (sum != bytes) {
      return broken("a frame has not the pages that it names");
    }
    return entries;
  }

  Result<void> check(const WindowPages& window) {
    if (window.file >= sizes_.size() || window.pages == 0) {
      return broken("a window is of no file, or has no pages");
    }
    const auto size = sizes_[window.file];
    auto last = kPages - 1;
    while ((window.pages >> last & 1U) == 0) {
      --last;
    }
    if (window.window > size / kPackWindow ||
        window.window * kPackWindow + last * kPackPage >= size) {
      return broken("a window is beyond the end of its file");
    }
    const std::tuple place(window.file, window.window + 1);
    if (place <= last_) {
      return broken("windows are not in ascending order");
    }
    last_ = place;
    return {};
  }

  Result<void> write(const std::vector<Entry>& entries) {
    std::span<const std::byte> rest(raw_);
    for (const auto& [window, digest] : entries) {
      const auto size = sizes_[window.file];
      content::Sha256 hash;
      hash.update(rest.first(static_cast<std::size_t>(bytes_of(window, size))));
      if (hash.finish() != digest) {
        return broken("a window has another digest than it must have");
      }
      const auto write_run = [&, number = window.file](std::uint64_t at, std::size_t count) {
        auto done = sink_(number, at, rest.first(count));
        rest = rest.subspan(count);
        return done;
      };
      GANTRY_CHECK(for_each_run(window, size, write_run));
    }
    return {};
  }

  oci::ByteSource& source_;
  std::span<const std::uint64_t> sizes_;
  const PagesSink& sink_;
  const std::string& where_;
  std::tuple<std::uint32_t, std::uint64_t> last_{0, 0};  // file, and window + 1
  std::vector<std::byte> compressed_;
  std::vector<std::byte> raw_;
};

}  // namespace

std::uint64_t bytes_of(const WindowPages& pages, std::uint64_t file_size) {
  std::uint64_t bytes = 0;
  for (std::size_t page = 0; page < kPages; ++page) {
    const auto begin = pages.window * kPackWindow + page * kPackPage;
    if ((pages.pages >> page & 1U) != 0 && begin < file_size) {
      bytes += std::min(kPackPage, file_size - begin);
    }
  }
  return bytes;
}

Result<void> write_pack(std::span<const WindowPages> windows, std::span<const fs::path> files,
                        const std::function<Result<void>(std::span<const std::byte>)>& write) {
  FrameWriter writer(files, write);
  GANTRY_CHECK(writer.open());
  for (const auto& window : windows) {
    GANTRY_CHECK(writer.add(window));
  }
  return writer.finish();
}

Result<void> read_pack(oci::ByteSource& source, std::span<const std::uint64_t> sizes,
                       const PagesSink& sink, const std::string& where) {
  return PackReader(source, sizes, sink, where).run();
}

}  // namespace gantry::vm
