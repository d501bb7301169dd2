#include "supply/spdx_document.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "content/digest.hpp"
#include "oci/json_document.hpp"
#include "supply/sha1.hpp"

namespace gantry::supply {

namespace {

using Json = nlohmann::json;

std::string reference(const std::string& id) {
  return "SPDXRef-" + id;
}

void set_unless_empty(Json& object, const char* key, const std::string& value) {
  if (!value.empty()) {
    object[key] = value;
  }
}

Json to_value(const SpdxChecksums& checksums) {
  Json list = Json::array();
  for (const auto& [algorithm, value] : checksums) {
    list.push_back({{"algorithm", algorithm}, {"checksumValue", value}});
  }
  return list;
}

Json to_value(const SpdxPackage& package) {
  Json value = {{"SPDXID", reference(package.id)},
                {"name", package.name},
                {"downloadLocation",
                 package.download_location.empty() ? "NOASSERTION" : package.download_location},
                {"filesAnalyzed", !package.verification_code.empty()}};
  set_unless_empty(value, "versionInfo", package.version);
  set_unless_empty(value, "supplier", package.supplier);
  set_unless_empty(value, "homepage", package.homepage);
  set_unless_empty(value, "licenseDeclared", package.license);
  set_unless_empty(value, "sourceInfo", package.source_info);
  set_unless_empty(value, "primaryPackagePurpose", package.purpose);
  if (!package.checksums.empty()) {
    value["checksums"] = to_value(package.checksums);
  }
  if (!package.verification_code.empty()) {
    value["packageVerificationCode"] = {
        {"packageVerificationCodeValue", package.verification_code}};
  }
  if (!package.url.empty()) {
    value["externalRefs"] = Json::array({{{"referenceCategory", "PACKAGE-MANAGER"},
                                          {"referenceType", "purl"},
                                          {"referenceLocator", package.url}}});
  }
  return value;
}

}  // namespace

std::string spdx_id(std::string_view what, std::string_view value) {
  constexpr std::size_t kDigits = 32;
  return std::string(what) + "-" + content::sha256(value).hex().substr(0, kDigits);
}

std::string spdx_verification_code(std::vector<std::string> sha1s) {
  std::sort(sha1s.begin(), sha1s.end());
  Sha1 code;
  for (const auto& sha1 : sha1s) {
    code.update(sha1);
  }
  return code.finish();
}

std::string to_json(const SpdxDocument& document) {
  Json value = {{"spdxVersion", "SPDX-2.3"},
                {"dataLicense", "CC0-1.0"},
                {"SPDXID", reference(kSpdxDocumentId)},
                {"name", document.name},
                {"documentNamespace", document.space},
                {"creationInfo",
                 {{"created", base::format_time(document.created)},
                  {"creators", Json::array({"Tool: " + document.tool})}}},
                {"packages", Json::array()},
                {"files", Json::array()},
                {"relationships", Json::array()}};
  for (const auto& package : document.packages) {
    value["packages"].push_back(to_value(package));
  }
  for (const auto& file : document.files) {
    value["files"].push_back({{"SPDXID", reference(file.id)},
                              {"fileName", file.path},
                              {"checksums", to_value(file.checksums)}});
  }
  for (const auto& relationship : document.relationships) {
    value["relationships"].push_back({{"spdxElementId", reference(relationship.from)},
                                      {"relationshipType", relationship.type},
                                      {"relatedSpdxElement", reference(relationship.to)}});
  }
  return oci::canonical(value);
}

}  // namespace gantry::supply
