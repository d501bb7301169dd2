#include "registry/repository.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "oci/json_document.hpp"
#include "registry/failure.hpp"
#include "registry/retry.hpp"
#include "registry/server_message.hpp"

namespace gantry::registry {

using base::Error;
using base::Result;
using content::Digest;

namespace {

/// Whatever is asked for: some registries answer 404 for a manifest of a type that is not named.
constexpr std::string_view kAccept[] = {oci::media_type::kManifest, oci::media_type::kIndex,
                                        oci::media_type::kDockerManifest,
                                        oci::media_type::kDockerManifestList};

constexpr unsigned kManifestAttempts = 3;

std::string_view actions(Access access) {
  switch (access) {
    case Access::kPull:
      return "pull";
    case Access::kPush:
      return "pull,push";
    case Access::kDelete:
      return "pull,push,delete";
  }
  return "";
}

std::optional<Digest> stated_digest(const HttpResponse& response) {
  const auto digest = Digest::parse(response.headers.get("Docker-Content-Digest"));
  return digest ? std::optional(*digest) : std::nullopt;
}

/// HEAD is what registries, and those before them, get wrong most often; GET then works.
bool may_lack_head(int status) {
  return status == 400 || status == 401 || status == 403 || status == 405 || status == 501;
}

/// The answer's Content-Type without parameters, if it is that of a manifest; else what the
/// manifest says about itself.
std::string media_type_of(const HttpResponse& response) {
  auto type = response.headers.get("Content-Type");
  type = base::trim(type.substr(0, type.find(';')));
  if (oci::media_type::is_manifest(type) || oci::media_type::is_index(type)) {
    return std::string(type);
  }
  if (const auto document = oci::JsonDocument::parse(response.body, "the manifest")) {
    std::string stated;
    if (oci::read_optional(document->root(), "mediaType", &oci::JsonValue::text, stated) &&
        !stated.empty()) {
      return stated;
    }
  }
  return std::string(type);
}

/// Takes no byte: the status is all that is asked for.
class StatusSink : public BodySink {
 public:
  Result<void> begin(const HttpResponse& head) override {
    status_ = head.status;
    return {};
  }
  Result<void> write(std::span<const std::byte> bytes) override {
    taken_ += bytes.size();
    return taken_ <= 1 ? Result<void>() : Error{"that is all we need", "", ""};
  }
  bool found() const { return status_ != 0; }

 private:
  int status_ = 0;
  std::size_t taken_ = 0;
};

}  // namespace

Repository::Repository(Session& session, std::string name, Access access)
    : session_(session),
      name_(std::move(name)),
      scopes_{fmt::format("repository:{}:{}", name_, actions(access))} {}

Operation Repository::operation(std::string method, std::string_view path) const {
  return operation_at(std::move(method), fmt::format("/v2/{}/{}", name_, path));
}

Operation Repository::operation_at(std::string method, std::string url) const {
  Operation operation;
  operation.request.method = std::move(method);
  operation.request.url = std::move(url);
  operation.scopes = scopes_;
  return operation;
}

Error Repository::failed(const Answer& answer, std::string_view step) const {
  return failure(answer, session_.registry(), name_, step);
}

Result<Answer> Repository::perform(Operation operation) const {
  return session_.perform(std::move(operation)).answer;
}

Result<std::optional<ManifestHead>> Repository::head_manifest(std::string_view reference) const {
  auto head = operation("HEAD", fmt::format("manifests/{}", reference));
  head.request.headers.emplace_back("Accept", fmt::format("{}", fmt::join(kAccept, ", ")));
  GANTRY_TRY(const auto answer, perform(std::move(head)));
  const auto status = answer.response.status;
  if (status == 404) {
    return std::optional<ManifestHead>();
  }
  if (!answer.response.successful() && !may_lack_head(status)) {
    return failed(answer, fmt::format("HEAD manifests/{}", reference));
  }
  if (const auto digest = stated_digest(answer.response); digest && answer.response.successful()) {
    return std::optional(ManifestHead{*digest});
  }
  GANTRY_TRY(auto document, get_manifest(reference));
  if (!document) {
    return std::optional<ManifestHead>();
  }
  const auto digest = document->descriptor.digest;
  return std::optional(ManifestHead{digest, std::move(document)});
}

Result<std::optional<ManifestDocument>> Repository::get_manifest(std::string_view reference) const {
  const auto step = fmt::format("GET manifests/{}", reference);
  auto get = operation("GET", fmt::format("manifests/{}", reference));
  get.request.headers.emplace_back("Accept", fmt::format("{}", fmt::join(kAccept, ", ")));
  get.request.maximum_body = oci::kMaximumDocument;
  GANTRY_TRY(auto answer, perform(std::move(get)));
  if (answer.response.status == 404) {
    return std::optional<ManifestDocument>();
  }
  if (!answer.response.successful()) {
    return failed(answer, step);
  }
  ManifestDocument document;
  document.descriptor.media_type = media_type_of(answer.response);
  document.descriptor.digest = content::sha256(answer.response.body);
  document.descriptor.size = answer.response.body.size();
  document.content = std::move(answer.response.body);
  auto expected = stated_digest(answer.response);
  if (const auto asked = Digest::parse(reference)) {
    expected = *asked;
  }
  if (expected && *expected != document.descriptor.digest) {
    return Error{fmt::format("{}: the manifest has the digest {}, not {}", step,
                             document.descriptor.digest.text(), expected->text()),
                 shown(answer.url), "the registry, or something before it, changes what it keeps"};
  }
  return std::optional(std::move(document));
}

Result<StoredManifest> Repository::put_manifest(std::string_view reference,
                                                const ManifestDocument& manifest,
                                                std::span<const std::string> tags) const {
  const auto send = [&] {
    auto put = operation("PUT", fmt::format("manifests/{}", reference));
    for (const auto& tag : tags) {
      put.request.url = with_parameter(put.request.url, "tag", tag);
    }
    TextBody body(manifest.content);
    put.request.body = &body;
    put.request.headers.emplace_back("Content-Type", manifest.descriptor.media_type);
    return perform(std::move(put));
  };
  GANTRY_TRY(auto answer, send());
  // Distribution 2.8 on a file system says so while another client writes one of the blobs again.
  auto policy = session_.policy();
  policy.attempts = std::min(policy.attempts, kManifestAttempts);
  for (Backoff backoff(policy); error_code(answer.response) == "DIGEST_INVALID";) {
    const auto wait = backoff.next({});
    if (!wait || !wait_for(*wait)) {
      break;
    }
    GANTRY_TRY(answer, send());
  }
  const auto step = fmt::format("PUT manifests/{}", reference);
  const auto& response = answer.response;
  if (!response.successful()) {
    const auto code = error_code(response);
    if (code == "MANIFEST_BLOB_UNKNOWN" || code == "BLOB_UNKNOWN") {
      return StoredManifest{.lacks_blobs = true, .tags = {}};
    }
    return failed(answer, step);
  }
  if (const auto digest = stated_digest(response);
      digest && *digest != manifest.descriptor.digest) {
    return Error{fmt::format("{}: the registry has stored it as {}, not as {}", step,
                             digest->text(), manifest.descriptor.digest.text()),
                 shown(answer.url), "the registry, or something before it, changes what it keeps"};
  }
  StoredManifest stored;
  for (const auto value : response.headers.all("OCI-Tag")) {
    for (const auto tag : base::split(value, ',')) {
      stored.tags.emplace_back(base::trim(tag));
    }
  }
  return stored;
}

Result<bool> Repository::head_blob(const Digest& digest) const {
  GANTRY_TRY(const auto answer, perform(operation("HEAD", "blobs/" + digest.text())));
  if (answer.response.successful()) {
    return true;
  }
  if (answer.response.status == 404) {
    return false;
  }
  if (may_lack_head(answer.response.status)) {
    return probe_blob(digest);
  }
  return failed(answer, "HEAD blobs/" + digest.text());
}

/// By its first byte.
Result<bool> Repository::probe_blob(const Digest& digest) const {
  StatusSink sink;
  auto get = operation("GET", "blobs/" + digest.text());
  get.request.headers.emplace_back("Range", "bytes=0-0");
  get.request.sink = &sink;
  get.repeatable = false;
  const auto outcome = session_.perform(std::move(get));
  if (sink.found()) {
    return true;
  }
  if (!outcome.answer) {
    return outcome.answer.error();
  }
  if (outcome.answer->response.status == 404) {
    return false;
  }
  return failed(*outcome.answer, "GET blobs/" + digest.text());
}

Result<std::string> Repository::get_document(const oci::Descriptor& blob) const {
  const auto step = "GET blobs/" + blob.digest.text();
  auto get = operation("GET", "blobs/" + blob.digest.text());
  get.request.maximum_body = oci::kMaximumDocument;
  GANTRY_TRY(auto answer, perform(std::move(get)));
  if (!answer.response.successful()) {
    return failed(answer, step);
  }
  const auto found = content::sha256(answer.response.body);
  if (found != blob.digest) {
    return Error{fmt::format("{}: the blob has the digest {}", step, found.text()),
                 shown(answer.url), "the registry, or something before it, changes what it keeps"};
  }
  return std::move(answer.response.body);
}

Result<Deletion> Repository::delete_manifest(std::string_view reference) const {
  GANTRY_TRY(const auto answer,
             perform(operation("DELETE", fmt::format("manifests/{}", reference))));
  const auto status = answer.response.status;
  if (answer.response.successful()) {
    return Deletion::kDone;
  }
  const auto code = error_code(answer.response);
  if (status == 405 || status == 501 || (status == 400 && code != "NAME_INVALID")) {
    return Deletion::kRefused;
  }
  if (status == 404) {
    return code == "UNSUPPORTED" ? Deletion::kRefused : Deletion::kNotThere;
  }
  return failed(answer, fmt::format("DELETE manifests/{}", reference));
}

Result<std::optional<UploadSession>> Repository::mount_blob(const Digest& digest,
                                                            const std::string& from) const {
  auto post = operation("POST", "blobs/uploads/");
  post.request.url = with_parameter(post.request.url, "mount", digest.text());
  post.request.url = with_parameter(post.request.url, "from", from);
  if (from != name_) {
    post.scopes.push_back(fmt::format("repository:{}:pull", from));
  }
  GANTRY_TRY(const auto answer, perform(std::move(post)));
  switch (answer.response.status) {
    case 201:
      return std::optional<UploadSession>();
    case 202: {
      GANTRY_TRY(auto session, upload_session(answer, std::nullopt));
      return std::optional(std::move(session));
    }
    case 400:
    case 401:
    case 403:
    case 404:
    case 405: {
      session_.memory().learn_refuses_mounts();
      GANTRY_TRY(auto session, start_upload());
      return std::optional(std::move(session));
    }
    default:
      return failed(answer, fmt::format("POST blobs/uploads/?mount={}", digest.text()));
  }
}

Result<UploadSession> Repository::start_upload() const {
  GANTRY_TRY(const auto answer, perform(operation("POST", "blobs/uploads/")));
  if (!answer.response.successful()) {
    return failed(answer, "POST blobs/uploads/");
  }
  return upload_session(answer, std::nullopt);
}

Result<UploadSession> Repository::upload_session(const Answer& answer,
                                                 const std::optional<UploadSession>& before) const {
  UploadSession session = before.value_or(UploadSession());
  const auto location = answer.response.headers.get("Location");
  if (!location.empty()) {
    GANTRY_TRY(session.location, resolve_url(answer.url, location));
  } else if (!before) {
    return Error{"the registry does not say where the upload goes (no Location)", shown(answer.url),
                 ""};
  }
  if (const auto minimum =
          base::parse_unsigned(answer.response.headers.get("OCI-Chunk-Min-Length"))) {
    session.chunk_minimum = *minimum;
  }
  return session;
}

}  // namespace gantry::registry
