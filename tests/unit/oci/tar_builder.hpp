#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "oci/byte_source.hpp"

namespace gantry::oci::testing {

/// A string as a ByteSource; the string must outlive it.
class StringSource : public ByteSource {
 public:
  explicit StringSource(std::string_view text) : rest_(text) {}

  base::Result<std::size_t> read(std::span<std::byte> into) override {
    const auto count = std::min(into.size(), rest_.size());
    std::memcpy(into.data(), rest_.data(), count);
    rest_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view rest_;
};

/// Archives that no honest tool would write, block by block.
class TarBuilder {
 public:
  struct Fields {
    std::string name;
    char type = '0';
    std::string link = {};
    unsigned mode = 0644;
    std::uint64_t size = 0;  ///< of the field; set by file() and pax()
    unsigned uid = 0;
    unsigned gid = 0;
    std::int64_t mtime = 0;
    unsigned device_major = 0;
    unsigned device_minor = 0;
  };

  TarBuilder& header(const Fields& fields) {
    std::array<char, 512> block{};
    const auto put = [&](std::size_t offset, std::string_view text) {
      std::memcpy(block.data() + offset, text.data(), text.size());
    };
    put(0, fields.name.substr(0, 100));
    put(100, fmt::format("{:07o}", fields.mode));
    put(108, fmt::format("{:07o}", fields.uid));
    put(116, fmt::format("{:07o}", fields.gid));
    put(124, fmt::format("{:011o}", fields.size));
    put(136, fmt::format("{:011o}", fields.mtime));
    block[156] = fields.type;
    put(157, fields.link.substr(0, 100));
    put(257, std::string_view("ustar\00000", 8));
    put(329, fmt::format("{:07o}", fields.device_major));
    put(337, fmt::format("{:07o}", fields.device_minor));
    put(148, "        ");
    unsigned sum = 0;
    for (const char c : block) {
      sum += static_cast<unsigned char>(c);
    }
    put(148, fmt::format("{:06o}\0 ", sum));
    bytes_.append(block.data(), block.size());
    return *this;
  }

  TarBuilder& body(std::string_view content) {
    bytes_ += content;
    bytes_.append((512 - content.size() % 512) % 512, '\0');
    return *this;
  }

  TarBuilder& file(std::string name, std::string_view content, unsigned mode = 0644) {
    return header({.name = std::move(name), .mode = mode, .size = content.size()}).body(content);
  }
  TarBuilder& directory(std::string name, unsigned mode = 0755) {
    return header({.name = std::move(name), .type = '5', .mode = mode});
  }
  TarBuilder& symlink(std::string name, std::string target) {
    return header({.name = std::move(name), .type = '2', .link = std::move(target), .mode = 0777});
  }
  TarBuilder& hard_link(std::string name, std::string target) {
    return header({.name = std::move(name), .type = '1', .link = std::move(target)});
  }
  /// An extended header: type 'x' or 'g' with records, 'L' or 'K' with a name.
  TarBuilder& extended(char type, std::string_view content) {
    return header({.name = "././@Extended", .type = type, .size = content.size()}).body(content);
  }
  TarBuilder& raw(std::string_view bytes) {
    bytes_ += bytes;
    return *this;
  }

  /// The archive so far, with its end mark.
  std::string finish() const { return bytes_ + std::string(1024, '\0'); }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// One record of a pax header, its length worked out.
inline std::string pax_record(std::string_view key, std::string_view value) {
  const auto rest = key.size() + value.size() + 3;
  auto length = rest + 1;
  while (fmt::format("{}", length).size() + rest != length) {
    ++length;
  }
  return fmt::format("{} {}={}\n", length, key, value);
}

}  // namespace gantry::oci::testing
