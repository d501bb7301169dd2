#include "oci/layer_writer.hpp"

#include <algorithm>
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

/// More would wait for the one thread that reads: it makes 1 GB/s, a compressing one 80 MB/s at
/// least.
constexpr unsigned kMaxThreads = 16;

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
  std::size_t in_size = 0;
  EncodedChunk encoded;
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
  base::Result<void> consume(const Chunk& chunk) {
    crc_ = static_cast<std::uint32_t>(
        crc32_combine(crc_, chunk.encoded.crc, static_cast<z_off_t>(chunk.in_size)));
    tar_size_ += chunk.in_size;
    return write({chunk.out.get(), chunk.encoded.size});
  }
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

using Workers = std::vector<std::unique_ptr<Encoder::Worker>>;

base::Result<std::unique_ptr<Pipeline>> start_pipeline(const Encoder& encoder,
                                                       const Workers& workers, BlobEnd& end) {
  std::vector<Pipeline::Step> transforms;
  for (const auto& worker : workers) {
    transforms.emplace_back([&encoder, &worker = *worker](Chunk& chunk) -> base::Result<void> {
      GANTRY_TRY(chunk.encoded, worker.compress({chunk.in.get(), chunk.in_size},
                                                {chunk.out.get(), encoder.max_encoded_size()}));
      return {};
    });
  }
  // One chunk each for reading and for writing, besides those that are being compressed.
  std::vector<Chunk> chunks(workers.size() + 2);
  for (auto& chunk : chunks) {
    chunk.in = std::make_unique_for_overwrite<std::byte[]>(encoder.chunk_size());
    chunk.out = std::make_unique_for_overwrite<std::byte[]>(encoder.max_encoded_size());
  }
  return Pipeline::start(std::move(chunks), std::move(transforms),
                         [&end](Chunk& chunk) { return end.consume(chunk); });
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

/// Reads all of archive into the pipeline; returns the digest of what was read.
base::Result<Digest> feed(ByteSource& archive, std::size_t chunk_size, Pipeline& pipeline,
                          base::Progress& progress) {
  Sha256 hash;
  while (auto* const chunk = pipeline.acquire()) {
    if (base::interrupted()) {
      return base::Error{"interrupted while a layer was written", "", ""};
    }
    GANTRY_TRY(chunk->in_size, read_full(archive, {chunk->in.get(), chunk_size}));
    if (chunk->in_size == 0) {
      break;
    }
    hash.update({chunk->in.get(), chunk->in_size});
    progress.advance(chunk->in_size);
    pipeline.submit(*chunk);
  }
  GANTRY_CHECK(pipeline.finish());
  return hash.finish();
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
    hash.add(entry.identity);
  }
  return hash.finish();
}

base::Result<LayerRecord> write_layer(const Tree& tree, const Encoder& encoder,
                                      const LayerOptions& options, const BlobStore& store,
                                      base::Progress& progress) {
  TarStream archive(tree, options.source_date_epoch);
  return write_archive(archive, archive_size(tree), encoder, options, store, progress);
}

base::Result<LayerRecord> write_archive(ByteSource& archive, std::uint64_t size_hint,
                                        const Encoder& encoder, const LayerOptions& options,
                                        const BlobStore& store, base::Progress& progress) {
  GANTRY_TRY(auto writer, store.create());
  BlobEnd end(std::move(writer));
  GANTRY_CHECK(end.write(encoder.header()));
  Workers workers(thread_count(size_hint, encoder, options));
  std::generate(workers.begin(), workers.end(), [&] { return encoder.make_worker(); });
  LayerRecord record;
  {
    GANTRY_TRY(const auto pipeline, start_pipeline(encoder, workers, end));
    GANTRY_TRY(record.diff_id, feed(archive, encoder.chunk_size(), *pipeline, progress));
  }
  GANTRY_CHECK(end.write(encoder.trailer(end.crc(), end.tar_size())));
  GANTRY_TRY(record.descriptor, std::move(end).commit(store));
  record.descriptor.media_type = encoder.layer_media_type();
  record.descriptor.annotations = {{"dev.gantry.encoder", encoder.identity()}};
  return record;
}

}  // namespace gantry::oci
