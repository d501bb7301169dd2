#include "cli/attachment_memory.hpp"

#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/text.hpp"

namespace gantry::cli {

namespace {

constexpr std::string_view kFirstLine = "gantry-attached 1";
constexpr std::size_t kMaximumText = std::size_t{1} << 20;

}  // namespace

AttachmentMemory AttachmentMemory::open(std::filesystem::path path) {
  AttachmentMemory memory;
  memory.path_ = std::move(path);
  if (memory.path_.empty()) {
    return memory;
  }
  const auto text = base::read_file(memory.path_, kMaximumText);
  if (!text) {
    return memory;
  }
  const auto lines = base::split(*text, '\n');
  if (lines.front() != kFirstLine) {
    return memory;
  }
  for (const auto line : lines) {
    const auto blank = line.find(' ');
    const auto key = content::Digest::parse(line.substr(0, blank));
    const auto manifest = content::Digest::parse(
        blank == std::string_view::npos ? std::string_view() : line.substr(blank + 1));
    if (key && manifest) {
      memory.before_.insert_or_assign(*key, *manifest);
    }
  }
  return memory;
}

std::optional<content::Digest> AttachmentMemory::find(const content::Digest& key) const {
  const auto found = before_.find(key);
  return found == before_.end() ? std::nullopt : std::optional(found->second);
}

void AttachmentMemory::keep(const content::Digest& key, const content::Digest& manifest) {
  kept_.insert_or_assign(key, manifest);
}

base::Result<void> AttachmentMemory::save() const {
  if (path_.empty()) {
    return {};
  }
  auto text = fmt::format("{}\n", kFirstLine);
  for (const auto& [key, manifest] : kept_) {
    text += fmt::format("{} {}\n", key.text(), manifest.text());
  }
  GANTRY_TRY(const bool changed, base::write_file_if_changed(path_, text));
  static_cast<void>(changed);
  return {};
}

}  // namespace gantry::cli
