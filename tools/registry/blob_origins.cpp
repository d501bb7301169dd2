#include "registry/blob_origins.hpp"

#include <array>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "base/text.hpp"
#include "oci/json_document.hpp"

namespace gantry::registry {

namespace fs = std::filesystem;
using base::Result;

namespace {

constexpr std::array<std::pair<Transport, std::string_view>, 3> kTransports = {
    {{Transport::kByHost, "by-host"}, {Transport::kPlain, "plain"}, {Transport::kTls, "tls"}}};

std::string_view to_text(Transport transport) {
  for (const auto& [known, name] : kTransports) {
    if (known == transport) {
      return name;
    }
  }
  return "";
}

Result<Transport> parse_transport(const oci::JsonValue& value) {
  GANTRY_TRY(const auto text, value.text());
  for (const auto& [known, name] : kTransports) {
    if (name == text) {
      return known;
    }
  }
  return value.error(fmt::format("'{}' is no way to speak to a registry", base::printable(text)));
}

Result<BlobOrigin> parse(const std::string& text, const fs::path& path) {
  GANTRY_TRY(const auto document, oci::JsonDocument::parse(text, path.native()));
  const auto root = document.root();
  BlobOrigin origin;
  GANTRY_TRY(const auto image, root.member("image"));
  GANTRY_TRY(origin.image, image.text());
  GANTRY_TRY(const auto transport, root.member("transport"));
  GANTRY_TRY(origin.transport, parse_transport(transport));
  using oci::JsonValue;
  GANTRY_CHECK(read_optional(root, "caFile", &JsonValue::text, origin.ca_file));
  GANTRY_CHECK(
      read_optional(root, "clientCertificate", &JsonValue::text, origin.client_certificate));
  GANTRY_CHECK(read_optional(root, "clientKey", &JsonValue::text, origin.client_key));
  return origin;
}

std::string to_json(const BlobOrigin& origin) {
  nlohmann::json value = {{"image", origin.image}, {"transport", to_text(origin.transport)}};
  const auto add = [&value](const char* key, const fs::path& path) {
    if (!path.empty()) {
      value[key] = path.native();
    }
  };
  add("caFile", origin.ca_file);
  add("clientCertificate", origin.client_certificate);
  add("clientKey", origin.client_key);
  return oci::canonical(value) + "\n";
}

}  // namespace

Result<void> BlobOrigins::record(std::span<const oci::Descriptor> blobs,
                                 const BlobOrigin& origin) const {
  GANTRY_CHECK(base::make_directories(directory_));
  const auto text = to_json(origin);
  for (const auto& blob : blobs) {
    GANTRY_TRY(const bool changed,
               base::write_file_if_changed(directory_ / blob.digest.hex(), text));
    static_cast<void>(changed);
  }
  return {};
}

Result<std::optional<BlobOrigin>> BlobOrigins::find(const content::Digest& blob) const {
  const auto path = directory_ / blob.hex();
  std::error_code failure;
  if (!fs::exists(path, failure)) {
    return std::optional<BlobOrigin>();
  }
  GANTRY_TRY(const auto text, base::read_file(path, oci::kMaximumDocument));
  GANTRY_TRY(auto origin, parse(text, path));
  return std::optional(std::move(origin));
}

}  // namespace gantry::registry
