#include "oci/layer_writer.hpp"

#include <algorithm>
#include <functional>
#include <thread>

#include <fmt/format.h>
#include <zlib.h>

#include "base/interrupt.hpp"
#include "base/ordered_pipeline.hpp"
#include "oci/tar_stream.hpp"
#include "oci/tar_writer.hpp"

namespace gantry::oci {

namespace {

using content::Sha256;
using content::Tree;

/// Changes whenever the same entries would give other bytes.
constexpr std::uint64_t kFormat = 1;

/// More would wait for the digests: they make 1.7 GB/s of the archive, a compressing thread 80 MB/s
/// at least.
constexpr unsigned kMaxThreads = 16;

/// Chunks that wait for an earlier one; more of them keep no core busier, only less in its cache.
constexpr std::size_t kWaitingChunks = 1;

class KeyHash {
 public:
  void add(std::uint64_t number) {
    std::array<std::byte, 8> bytes;
    for (unsigned at = 0; at < bytes.size(); ++at) {
      bytes[at] = static_cast<std::byte>(number >> (8 * at));
    }
    hash_.update(bytes);
  }
  void add(std::string_view text) {
    add(text.size());
    hash_.update(text);
  }
  Digest finish() { return hash_.finish(); }

 private:
  Sha256 hash_;
};

struct Chunk {
  std::unique_ptr<std::byte[]> in;
  std::unique_ptr<std::byte[]> out;
  TarPart part;  // of the archive, in in
  EncodedChunk encoded;

  std::span<const std::byte> bytes() const { return {in.get(), part.size}; }
  std::span<const std::byte> result() const { return {out.get(), encoded.size}; }
};

using Pipeline = base::OrderedPipeline<Chunk>;

/// The compressed side: what comes out of the encoder, in order.
class BlobEnd {
 public:
  explicit BlobEnd(BlobWriter writer) : writer_(std::move(writer)) {}

  base::Result<void> write(std::span<const std::byte> bytes) {
    hash_.update(bytes);
    return writer_.write(bytes);
  }
  /// Takes the chunk into the digest of the archive, and what became of it into that of the blob.
  void hash(Sha256& archive, const Chunk& chunk) {
    crc_ = static_cast<std::uint32_t>(
        crc32_combine(crc_, chunk.encoded.crc, static_cast<z_off_t>(chunk.part.size)));
    tar_size_ += chunk.part.size;
    Sha256::update_both(archive, chunk.bytes(), hash_, chunk.result());
  }
  base::Result<void> write(const Chunk& chunk) { return writer_.write(chunk.result()); }

  std::uint32_t crc() const { return crc_; }
  std::uint64_t tar_size() const { return tar_size_; }

  /// Digest and size of the blob, which is in the store then.
  base::Result<Descriptor> commit(const BlobStore& store) && {
    Descriptor descriptor;
    descriptor.digest = hash_.finish();
    descriptor.size = writer_.size();
    GANTRY_CHECK(store.commit(std::move(writer_), descriptor.digest));
    return descriptor;
  }

 private:
  BlobWriter writer_;
  Sha256 hash_;
  std::uint32_t crc_ = 0;
  std::uint64_t tar_size_ = 0;
};

/// Bytes of the archive of tree, but for what its PAX headers need.
std::uint64_t archive_size(const Tree& tree) {
  std::uint64_t bytes = kTarEnd;
  for (const auto& entry : tree) {
    bytes += kTarBlock + entry.size + tar_padding(entry.size);
  }
  return bytes;
}

/// No more threads than there will be chunks.
std::size_t thread_count(std::uint64_t bytes, const Encoder& encoder, const LayerOptions& options) {
  const auto wanted = options.threads != 0 ? options.threads : std::thread::hardware_concurrency();
  return static_cast<std::size_t>(std::min<std::uint64_t>(std::clamp(wanted, 1U, kMaxThreads),
                                                          1 + bytes / encoder.chunk_size()));
}

/// Reads until into is full or the source ends: chunks have the same bounds however it delivers.
base::Result<std::size_t> read_full(ByteSource& source, std::span<std::byte> into) {
  std::size_t filled = 0;
  while (filled < into.size()) {
    GANTRY_TRY(const auto count, source.read(into.subspan(filled)));
    if (count == 0) {
      break;
    }
    filled += count;
  }
  return filled;
}

/// The parts of an archive, one after another; an empty one at its end.
using NextPart = std::function<base::Result<TarPart>(std::span<std::byte> into)>;

/// Takes an archive through the pipeline. Only the two digests and the writing need the order.
class LayerPipeline {
 public:
  LayerPipeline(const Encoder& encoder, std::size_t threads, base::Progress& progress)
      : encoder_(encoder), workers_(threads), progress_(progress) {
    std::generate(workers_.begin(), workers_.end(), [&] { return encoder.make_worker(); });
  }

  /// Returns the digest of the archive; the compressed chunks go to end.
  base::Result<Digest> run(const NextPart& next_part, BlobEnd& end) {
    Pipeline pipeline(
        [&](Chunk& chunk) { return next(next_part, chunk); },
        {{Pipeline::Order::kAny,
          [](Chunk& chunk, std::size_t) { return read_contents(chunk.part); }},
         {Pipeline::Order::kAny,
          [this](Chunk& chunk, std::size_t thread) { return compress(chunk, thread); }},
         {Pipeline::Order::kInSequence,
          [&](Chunk& chunk, std::size_t) {
            end.hash(hash_, chunk);
            progress_.advance(chunk.part.size);
            return base::Result<void>();
          }},
         {Pipeline::Order::kInSequence,
          [&end](Chunk& chunk, std::size_t) { return end.write(chunk); }}});
    GANTRY_CHECK(pipeline.run(make_chunks(), workers_.size()));
    return hash_.finish();
  }

 private:
  std::vector<Chunk> make_chunks() const {
    // One each for those that wait for their turn, besides those that a thread is at.
    std::vector<Chunk> chunks(workers_.size() + kWaitingChunks);
    for (auto& chunk : chunks) {
      chunk.in = std::make_unique_for_overwrite<std::byte[]>(encoder_.chunk_size());
      chunk.out = std::make_unique_for_overwrite<std::byte[]>(encoder_.max_encoded_size());
    }
    return chunks;
  }

  base::Result<bool> next(const NextPart& next_part, Chunk& chunk) const {
    if (base::interrupted()) {
      return base::Error{"interrupted while a layer was written", "", ""};
    }
    GANTRY_TRY(chunk.part, next_part({chunk.in.get(), encoder_.chunk_size()}));
    return chunk.part.size != 0;
  }

  base::Result<void> compress(Chunk& chunk, std::size_t thread) {
    GANTRY_TRY(chunk.encoded, workers_[thread]->compress(
                                  chunk.bytes(), {chunk.out.get(), encoder_.max_encoded_size()}));
    return {};
  }

  const Encoder& encoder_;
  std::vector<std::unique_ptr<Encoder::Worker>> workers_;
  base::Progress& progress_;
  Sha256 hash_;
};

base::Result<LayerRecord> write_parts(const NextPart& next_part, std::uint64_t size_hint,
                                      const Encoder& encoder, const LayerOptions& options,
                                      const BlobStore& store, base::Progress& progress) {
  GANTRY_TRY(auto writer, store.create());
  BlobEnd end(std::move(writer));
  GANTRY_CHECK(end.write(encoder.header()));
  LayerRecord record;
  GANTRY_TRY(record.diff_id,
             LayerPipeline(encoder, thread_count(size_hint, encoder, options), progress)
                 .run(next_part, end));
  GANTRY_CHECK(end.write(encoder.trailer(end.crc(), end.tar_size())));
  GANTRY_TRY(record.descriptor, std::move(end).commit(store));
  record.descriptor.media_type = encoder.layer_media_type();
  record.descriptor.annotations = {{"dev.gantry.encoder", encoder.identity()}};
  return record;
}

}  // namespace

Digest layer_key(const Tree& tree, const Encoder& encoder, const LayerOptions& options) {
  KeyHash hash;
  hash.add(kFormat);
  hash.add(encoder.identity());
  hash.add(tree.size());
  for (const auto& entry : tree) {
    hash.add(entry.path);
    hash.add(static_cast<std::uint64_t>(entry.type));
    hash.add(entry.mode);
    hash.add(entry.uid);
    hash.add(entry.gid);
    hash.add(static_cast<std::uint64_t>(std::min(entry.mtime, options.source_date_epoch)));
    hash.add(entry.size);
    hash.add(entry.link_target);
    hash.add(entry.device_major);
    hash.add(entry.device_minor);
    hash.add(entry.xattrs.size());
    for (const auto& [name, value] : entry.xattrs) {
      hash.add(name);
      hash.add(value);
    }
    hash.add(entry.identity.text());
  }
  return hash.finish();
}

base::Result<LayerRecord> write_layer(const Tree& tree, const Encoder& encoder,
                                      const LayerOptions& options, const BlobStore& store,
                                      base::Progress& progress) {
  TarStream archive(tree, options.source_date_epoch);
  const auto next = [&archive](std::span<std::byte> into) { return archive.next(into); };
  return write_parts(next, archive_size(tree), encoder, options, store, progress);
}

base::Result<LayerRecord> write_archive(ByteSource& archive, std::uint64_t size_hint,
                                        const Encoder& encoder, const LayerOptions& options,
                                        const BlobStore& store, base::Progress& progress) {
  const auto next = [&archive](std::span<std::byte> into) -> base::Result<TarPart> {
    TarPart part;
    GANTRY_TRY(part.size, read_full(archive, into));
    return part;
  };
  return write_parts(next, size_hint, encoder, options, store, progress);
}

}  // namespace gantry::oci
