#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gantry::supply {

/// Hexadecimal digests by SPDX's names of the algorithms: "SHA1", "SHA256".
using SpdxChecksums = std::vector<std::pair<std::string, std::string>>;

/// A package of an SPDX document. What is empty is left out, which SPDX reads as NOASSERTION.
struct SpdxPackage {
  std::string id;  ///< after "SPDXRef-"
  std::string name;
  std::string version;
  std::string supplier;           ///< "Person: …" or "Organization: …"
  std::string download_location;  ///< empty: NOASSERTION
  std::string homepage;
  std::string license;  ///< as its makers declare it
  std::string source_info;
  std::string purpose;            ///< "CONTAINER", "OPERATING-SYSTEM" and so on
  std::string url;                ///< package URL
  std::string verification_code;  ///< empty: its files were not looked at
  SpdxChecksums checksums;
};

struct SpdxFile {
  std::string id;  ///< after "SPDXRef-"
  std::string path;
  SpdxChecksums checksums;
};

/// from and to are ids; type is SPDX's word.
struct SpdxRelationship {
  std::string from;
  std::string type;
  std::string to;
};

/// An SPDX 2.3 document, made of values that are in order already.
struct SpdxDocument {
  std::string name;
  std::string space;  ///< the URI in which the ids are unique
  std::int64_t created = 0;
  std::string tool;
  std::vector<SpdxPackage> packages;
  std::vector<SpdxFile> files;
  std::vector<SpdxRelationship> relationships;
};

/// The id of the document itself.
inline constexpr const char* kSpdxDocumentId = "DOCUMENT";

/// An id that is what, and the same for the same value: SPDX allows letters, digits, "." and "-".
std::string spdx_id(std::string_view what, std::string_view value);

/// SPDX 2.3, clause 7.9: of the SHA-1 digests (hexadecimal) of all files of a package.
std::string spdx_verification_code(std::vector<std::string> sha1s);

/// Canonical JSON.
std::string to_json(const SpdxDocument& document);

}  // namespace gantry::supply
