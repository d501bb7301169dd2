#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gantry::test_registry {

/// Where the Location of an upload session points.
enum class Location { kAbsolute, kRelative, kForeignHost };

/// What a POST with ?mount= does, beside mounting.
enum class Mount { kWorks, kIgnored, k400, k401, k403, k404, k405 };

/// What a POST with ?mount= and no from does: look in all repositories, open a session, answer 404.
enum class AnonymousMount { kWorks, kIgnored, kFails };

/// What real registries do otherwise than the specification, or where it leaves a choice. The
/// default is a registry that does everything that the specification has.
struct Quirks {
  Location location = Location::kAbsolute;
  bool state_query = false;              ///< session URLs need their query, ?_state=...
  bool rotating_session_url = false;     ///< each step makes the session's former URL invalid
  bool stale_session = false;            ///< a PATCH that breaks off ends the session
  bool no_upload_status = false;         ///< GET of a session: 405
  bool sticky_range = false;             ///< Range stays at the first chunk
  bool zero_range_on_start = false;      ///< POST answers "Range: 0-0" with nothing stored
  bool ignore_content_range = false;     ///< chunks are appended, wherever they say they belong
  bool patch_required = false;           ///< PUT refuses a body: 400
  std::uint64_t chunk_minimum = 0;       ///< OCI-Chunk-Min-Length; 0: none
  std::uint64_t chunk_maximum = 0;       ///< a longer PATCH with Content-Range: 416; 0: none
  std::uint64_t body_maximum = 0;        ///< a longer body of any request: 413; 0: none
  std::uint64_t monolithic_maximum = 0;  ///< a longer body of a PUT: 400; 0: none
  int patch_status = 202;
  int put_status = 201;
  int manifest_put_status = 201;
  int missing_blob_status = 404;  ///< with MANIFEST_BLOB_UNKNOWN
  bool no_single_post = false;    ///< POST ?digest= drops the body and opens a session
  Mount mount = Mount::kWorks;
  AnonymousMount mount_without_from = AnonymousMount::kWorks;
  bool no_blob_head = false;          ///< HEAD of a blob: 405
  bool head_without_length = false;   ///< HEAD of a blob has no Content-Length
  bool head_without_digest = false;   ///< HEAD has no Docker-Content-Digest
  bool head_body = false;             ///< an error's body comes with the answer to HEAD too
  bool lying_head = false;            ///< HEAD of a blob that evict_blob() took: 200
  bool accept_required = false;       ///< an OCI manifest without its type in Accept: 404
  bool ignore_tag_parameter = false;  ///< ?tag= of a manifest PUT
  bool immutable_tags = false;        ///< a tag that would move: 400
  bool no_referrers = false;          ///< 404 for the referrers API, and no OCI-Subject
  bool no_delete = false;             ///< 405
  bool no_tag_delete = false;         ///< manifests can be deleted by digest only
  bool redirect_blobs = false;        ///< blobs are at a signed URL of another port, by 307
  unsigned redirect_uses = 0;         ///< how often such a URL works, then 403; 0: always
  bool tags_404_when_empty = false;
  bool relative_link = false;          ///< the Link of a page of tags is a path
  bool unsorted_tags = false;          ///< newest first
  std::size_t tags_page = 1000;        ///< the most tags in one answer
  bool no_repository_on_push = false;  ///< only repositories that were made before: NAME_UNKNOWN
  std::vector<std::string> config_types = {};  ///< accepted in image manifests; empty: any
  bool lf_only = false;                        ///< the lines of answers' heads end by LF
};

/// Sets one quirk by the name of its member with hyphens: "sticky-range", "chunk-maximum=4M",
/// "location=relative", "config-types=one|another".
base::Result<void> set_quirk(Quirks& quirks, std::string_view assignment);

/// What a kind of registry is known for: "conforming", "hub", "ghcr", "ecr", ...
base::Result<Quirks> quirks_of_profile(std::string_view name);

std::vector<std::string> quirk_names();
std::vector<std::string> profile_names();

}  // namespace gantry::test_registry
