#include "oci/layout.hpp"

#include <algorithm>
#include <iterator>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "base/text.hpp"
#include "oci/blob_writer.hpp"
#include "oci/descriptor_json.hpp"
#include "oci/json_document.hpp"

namespace gantry::oci {

namespace fs = std::filesystem;
using base::FileLock;
using base::Result;

namespace {

constexpr const char* kMarker = "oci-layout";
constexpr const char* kIndex = "index.json";
constexpr std::string_view kVersion = "1.0.0";

base::Error not_a_layout(const fs::path& root, std::string_view why) {
  return {fmt::format("not an OCI image layout: {}", why), root.native(),
          "skopeo copy SOURCE oci:DIR makes one of any image"};
}

/// The file oci-layout, which any number of processes may make at once: the first one's stays, so
/// that all lock the same file.
Result<void> make_marker(const fs::path& root, const fs::path& temporary) {
  GANTRY_TRY(auto file, TemporaryFile::create(temporary));
  const auto text = canonical({{"imageLayoutVersion", kVersion}});
  GANTRY_CHECK(base::write_all(file.fd(), std::as_bytes(std::span(text)), root / kMarker));
  GANTRY_TRY(const bool made, file.link_to(root / kMarker));
  static_cast<void>(made);
  return {};
}

fs::path temporary_directory(const BlobDirectory& blobs) {
  return blobs.root() / "blobs";
}

/// By a temporary file that is found by remove_abandoned, should we be killed between its name and
/// the rename: nothing but the layout's own files may stay in its top directory.
Result<void> write_index(const BlobDirectory& blobs, std::string_view text) {
  const auto path = blobs.root() / kIndex;
  GANTRY_TRY(auto file, TemporaryFile::create(temporary_directory(blobs)));
  GANTRY_CHECK(base::write_all(file.fd(), std::as_bytes(std::span(text)), path));
  return file.replace(path);
}

Result<JsonDocument> read_index_document(const fs::path& root) {
  GANTRY_TRY(const auto text, base::read_file(root / kIndex, kMaximumDocument));
  // Checks what the caller takes for granted.
  GANTRY_TRY(const auto index, parse_index(text, (root / kIndex).native()));
  static_cast<void>(index);
  return JsonDocument::parse(text, (root / kIndex).native());
}

bool has_tag(const nlohmann::json& entry, const std::string& tag) {
  const auto annotations = entry.find("annotations");
  if (annotations == entry.end() || !annotations->is_object()) {
    return false;
  }
  const auto name = annotations->find(std::string(kRefName));
  return name != annotations->end() && *name == tag;
}

/// In the place of the entries that have its tag, else at the end.
void place_tagged(nlohmann::json::array_t& entries, nlohmann::json entry, const std::string& tag) {
  const auto same = [&](const nlohmann::json& other) { return has_tag(other, tag); };
  const auto first = std::find_if(entries.begin(), entries.end(), same);
  if (first == entries.end()) {
    entries.push_back(std::move(entry));
    return;
  }
  *first = std::move(entry);
  entries.erase(std::remove_if(std::next(first), entries.end(), same), entries.end());
}

/// At the end, unless its manifest is listed.
void place_untagged(nlohmann::json::array_t& entries, nlohmann::json entry) {
  if (std::none_of(entries.begin(), entries.end(), [&](const nlohmann::json& other) {
        return other["digest"] == entry["digest"];
      })) {
    entries.push_back(std::move(entry));
  }
}

}  // namespace

Result<Layout> Layout::open(fs::path root) {
  std::error_code failure;
  if (!fs::is_directory(root, failure)) {
    return not_a_layout(
        root, fs::exists(root, failure) ? "it is no directory" : "there is nothing of this name");
  }
  if (!fs::exists(root / kMarker, failure)) {
    return not_a_layout(root, "it has no file 'oci-layout'");
  }
  const auto where = (root / kMarker).native();
  GANTRY_TRY(const auto text, base::read_file(root / kMarker, 4096));
  GANTRY_TRY(const auto document, JsonDocument::parse(text, where));
  GANTRY_TRY(const auto version, document.root().member("imageLayoutVersion"));
  GANTRY_TRY(const auto number, version.text());
  if (!number.starts_with("1.")) {
    return version.error(
        fmt::format("'{}' is not a version that Gantry knows (1.0.0)", base::printable(number)));
  }
  return Layout(std::move(root));
}

Result<Layout> Layout::open_or_create(fs::path root) {
  std::error_code failure;
  if (!fs::exists(root / kMarker, failure)) {
    if (fs::exists(root, failure) && !fs::is_empty(root, failure) &&
        !fs::exists(root / "blobs", failure)) {
      return not_a_layout(root, "it is no empty directory either, where one could be made");
    }
    const BlobDirectory blobs(root);
    GANTRY_CHECK(base::make_directories(root / "blobs" / "sha256"));
    GANTRY_CHECK(make_marker(root, temporary_directory(blobs)));
  }
  GANTRY_TRY(auto layout, open(std::move(root)));
  const auto& top = layout.blobs_.root();
  GANTRY_CHECK(base::make_directories(top / "blobs" / "sha256"));
  GANTRY_TRY(const auto lock, FileLock::acquire(top / kMarker, FileLock::Mode::kExclusive));
  if (!fs::exists(top / kIndex, failure)) {
    GANTRY_CHECK(write_index(layout.blobs_, to_json(Index{})));
  }
  return layout;
}

Result<Index> Layout::read_index() const {
  const auto path = blobs_.root() / kIndex;
  GANTRY_TRY(const auto text, base::read_file(path, kMaximumDocument));
  return parse_index(text, path.native());
}

/// The images of an index first, so that it never names what is not there.
Result<void> Layout::take_blobs(const BlobDirectory& from, const Descriptor& root) const {
  const auto temporary = temporary_directory(blobs_);
  GANTRY_TRY(const auto json, from.read_document(root));
  if (media_type::is_index(root.media_type)) {
    GANTRY_TRY(const auto manifests, manifests_below(from, root));
    for (const auto& manifest : manifests) {
      GANTRY_CHECK(take_blobs(from, manifest));
    }
  } else {
    GANTRY_TRY(const auto parsed, parse_manifest(json, from.path_of(root.digest).native()));
    GANTRY_CHECK(from.bring(parsed.layers));
    for (const auto& layer : parsed.layers) {
      GANTRY_CHECK(adopt_blob(blobs_, temporary, from, layer));
    }
    GANTRY_CHECK(adopt_blob(blobs_, temporary, from, parsed.config));
  }
  // A file of its own: skopeo writes a manifest that it brings anew, in place.
  GANTRY_TRY(const auto copied, put_blob(blobs_, temporary, json, root.media_type));
  static_cast<void>(copied);
  return {};
}

Result<bool> Layout::update_index(const Descriptor& manifest,
                                  std::span<const std::string> tags) const {
  const auto& root = blobs_.root();
  GANTRY_TRY(const auto lock, FileLock::acquire(root / kMarker, FileLock::Mode::kExclusive));
  GANTRY_TRY(const auto document, read_index_document(root));
  // Changed as JSON, so that fields which we do not know survive.
  auto index = document.json();
  auto& entries = index["manifests"].get_ref<nlohmann::json::array_t&>();
  for (const auto& tag : tags) {
    auto entry = manifest;
    entry.annotations.insert_or_assign(std::string(kRefName), tag);
    place_tagged(entries, to_value(entry), tag);
  }
  if (tags.empty()) {
    place_untagged(entries, to_value(manifest));
  }
  if (index == document.json()) {
    return false;
  }
  GANTRY_CHECK(write_index(blobs_, canonical(index)));
  return true;
}

Result<bool> Layout::publish(const BlobDirectory& from, const Descriptor& root,
                             std::span<const std::string> tags) const {
  for (const auto& tag : tags) {
    if (!is_tag(tag)) {
      return base::Error{fmt::format("'{}' is not a tag", base::printable(tag)), "",
                         "a tag has up to 128 letters, digits and any of '_.-', and begins with a "
                         "letter, a digit or '_'"};
    }
  }
  GANTRY_CHECK(TemporaryFile::remove_abandoned(temporary_directory(blobs_)));
  GANTRY_CHECK(take_blobs(from, root));
  Descriptor entry;
  entry.media_type = root.media_type;
  entry.digest = root.digest;
  entry.size = root.size;
  entry.platform = root.platform;
  GANTRY_TRY(entry.platform, platform_of(from, entry));
  return update_index(entry, tags);
}

}  // namespace gantry::oci
