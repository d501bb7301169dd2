#include "oci/export.hpp"

#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.hpp"
#include "oci/merged_contents.hpp"
#include "oci/merged_tree.hpp"
#include "oci/tar_writer.hpp"

namespace gantry::oci {

using content::Entry;
using content::EntryType;

namespace {

constexpr std::size_t kBuffer = 256 * 1024;

class Exporter {
 public:
  Exporter(int fd, std::filesystem::path to) : fd_(fd), to_(std::move(to)), piece_(kBuffer) {}

  base::Result<Exported> run(const Image& image, const MergedTree& tree) {
    std::map<std::string_view, std::vector<const Entry*>> links;  // by their target
    for (const auto& merged : tree) {
      const auto& entry = merged.entry;
      if (entry.type == EntryType::kHardLink) {
        links[entry.link_target].push_back(&entry);
      } else if (entry.type != EntryType::kFile) {
        GANTRY_CHECK(header(entry));
      }
    }
    const auto write_file = [&](const MergedEntry& file, TarReader& content) -> base::Result<void> {
      GANTRY_CHECK(header(file.entry));
      GANTRY_CHECK(copy(content, file.entry.size));
      if (const auto found = links.find(file.entry.path); found != links.end()) {
        for (const auto* link : found->second) {
          GANTRY_CHECK(header(*link));
        }
      }
      return {};
    };
    GANTRY_CHECK(visit_contents(image, tree, write_file));
    pending_.append(kTarEnd, '\0');
    GANTRY_CHECK(flush());
    return done_;
  }

 private:
  base::Result<void> header(const Entry& entry) {
    ++done_.entries;
    GANTRY_CHECK(append_tar_header(entry, std::numeric_limits<std::int64_t>::max(), pending_));
    return pending_.size() < kBuffer ? base::Result<void>() : flush();
  }

  base::Result<void> copy(TarReader& content, std::uint64_t size) {
    for (;;) {
      GANTRY_TRY(const auto count, content.read(piece_));
      if (count == 0) {
        break;
      }
      pending_.append(reinterpret_cast<const char*>(piece_.data()), count);
      if (pending_.size() >= kBuffer) {
        GANTRY_CHECK(flush());
      }
    }
    pending_.append(tar_padding(size), '\0');
    return {};
  }

  base::Result<void> flush() {
    GANTRY_CHECK(base::write_all(fd_, std::as_bytes(std::span(pending_)), to_));
    done_.bytes += pending_.size();
    pending_.clear();
    return {};
  }

  int fd_;
  std::filesystem::path to_;
  std::string pending_;
  std::vector<std::byte> piece_;
  Exported done_;
};

}  // namespace

base::Result<Exported> export_image(const Image& image, int fd, const std::filesystem::path& to) {
  GANTRY_TRY(const auto tree, merged_tree(image, Contents::kSkip));
  return Exporter(fd, to).run(image, tree);
}

}  // namespace gantry::oci
