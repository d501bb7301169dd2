#include "registry/probe.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "oci/config.hpp"
#include "oci/manifest.hpp"
#include "registry/challenge.hpp"
#include "registry/tags.hpp"

namespace gantry::registry {

using base::Error;
using base::Result;
using content::Digest;

namespace {

constexpr const char* kNothingThere = "there is no image to try it with";

Support as_support(bool supported) {
  return supported ? Support::kYes : Support::kNo;
}

std::string answered(const Answer& answer) {
  return fmt::format("answers {}", answer.response.status);
}

Finding found(std::string feature, bool supported, std::string detail) {
  return {std::move(feature), as_support(supported), std::move(detail)};
}

std::string header(const HttpResponse& response, std::string_view name) {
  constexpr std::size_t kShown = 200;
  return base::printable(response.headers.get(name).substr(0, kShown));
}

Result<Answer> ask(const Repository& repository, std::string method, std::string_view path,
                   std::vector<std::pair<std::string, std::string>> headers = {}) {
  auto operation = repository.operation(std::move(method), path);
  operation.request.headers = std::move(headers);
  return repository.session().perform(std::move(operation)).answer;
}

Result<Finding> probe_referrers(const Repository& repository) {
  const auto path = "referrers/" + content::sha256("gantry registry probe").text();
  GANTRY_TRY(const auto answer, ask(repository, "GET", path));
  // Of a digest that nobody knows too: an empty list (distribution-spec, listing referrers).
  const bool listed = answer.response.successful() && oci::parse_index(answer.response.body, path);
  return found("referrers", listed,
               listed ? "" : answered(answer) + "; what is attached is listed by tags");
}

/// A blob of any image that the tag leads to.
Result<std::optional<oci::Descriptor>> any_blob(const Repository& repository,
                                                const std::string& tag) {
  GANTRY_TRY(auto document, repository.get_manifest(tag));
  if (document && oci::media_type::is_index(document->descriptor.media_type)) {
    GANTRY_TRY(const auto index, oci::parse_index(document->content, tag));
    if (index.manifests.empty()) {
      return std::optional<oci::Descriptor>();
    }
    GANTRY_TRY(document, repository.get_manifest(index.manifests.front().digest.text()));
  }
  if (!document) {
    return std::optional<oci::Descriptor>();
  }
  GANTRY_TRY(const auto manifest, oci::parse_manifest(document->content, tag));
  return std::optional(manifest.config);
}

Result<Finding> probe_ranges(const Repository& repository, const std::string& tag) {
  GANTRY_TRY(const auto blob, any_blob(repository, tag));
  if (!blob || blob->size == 0) {
    return Finding{"ranges", Support::kUnknown, kNothingThere};
  }
  GANTRY_TRY(const auto answer,
             ask(repository, "GET", "blobs/" + blob->digest.text(), {{"Range", "bytes=0-0"}}));
  const bool partial = answer.response.status == 206;
  return found("ranges", partial, partial ? "" : answered(answer) + "; a broken pull begins anew");
}

Result<Finding> probe_digests(const Repository& repository, const std::string& tag) {
  GANTRY_TRY(const auto answer,
             ask(repository, "HEAD", "manifests/" + tag,
                 {{"Accept", fmt::format("{}, {}, {}, {}", oci::media_type::kManifest,
                                         oci::media_type::kIndex, oci::media_type::kDockerManifest,
                                         oci::media_type::kDockerManifestList)}}));
  const bool stated = answer.response.successful() &&
                      Digest::parse(answer.response.headers.get("Docker-Content-Digest"));
  return found("digests", stated,
               stated ? "" : "HEAD of a manifest does not tell its digest; it costs a GET");
}

/// What is made for trying, and what becomes of it.
class WriteProbe {
 public:
  WriteProbe(const Repository& pushing, const Repository& deleting)
      : pushing_(pushing), deleting_(deleting) {}

  Result<std::vector<Finding>> run() {
    GANTRY_CHECK(upload_in_chunks());
    GANTRY_CHECK(upload_whole());
    GANTRY_CHECK(mount());
    GANTRY_CHECK(tag());
    GANTRY_CHECK(remove());
    return std::move(findings_);
  }

 private:
  void add(std::string feature, bool supported, std::string detail) {
    findings_.push_back(found(std::move(feature), supported, std::move(detail)));
  }

  Result<Answer> send(std::string method, const std::string& url, const std::string& content,
                      std::vector<std::pair<std::string, std::string>> headers = {}) {
    TextBody body(content);
    auto operation = pushing_.operation_at(std::move(method), url);
    headers.emplace_back("Content-Type", "application/octet-stream");
    operation.request.headers = std::move(headers);
    operation.request.body = &body;
    operation.repeatable = false;
    return pushing_.session().perform(std::move(operation)).answer;
  }

  /// One chunk, what the registry then says it has, and the upload's end.
  Result<void> upload_in_chunks() {
    GANTRY_TRY(auto session, pushing_.start_upload());
    const auto minimum = session.chunk_minimum;
    GANTRY_TRY(const auto patch,
               send("PATCH", session.location, config_,
                    {{"Content-Range", fmt::format("0-{}", config_.size() - 1)}}));
    const bool taken = patch.response.successful();
    const auto limit =
        minimum == 0 ? "" : fmt::format("of {} at least", base::format_bytes(minimum));
    add("chunks", taken, taken ? limit : answered(patch));
    if (taken) {
      GANTRY_TRY(session, pushing_.upload_session(patch, session));
    }
    GANTRY_TRY(const auto status, perform("GET", session.location));
    const auto range = header(status.response, "Range");
    add("upload-status", status.response.successful() && !range.empty(),
        status.response.successful() ? range : answered(status) + "; a broken push begins anew");
    GANTRY_TRY(const auto cancel, perform("DELETE", session.location));
    add("cancel", cancel.response.successful(),
        cancel.response.successful() ? "" : answered(cancel));
    return {};
  }

  Result<void> upload_whole() {
    GANTRY_TRY(const auto session, pushing_.start_upload());
    GANTRY_TRY(
        const auto put,
        send("PUT", with_parameter(session.location, "digest", config_digest_.text()), config_));
    has_config_ = put.response.successful();
    add("upload", has_config_, has_config_ ? "in one piece" : answered(put));
    return {};
  }

  Result<void> mount() {
    if (!has_config_) {
      findings_.push_back({"mount", Support::kUnknown, "the upload has failed"});
      return {};
    }
    const auto url = with_parameter("blobs/uploads/", "mount", config_digest_.text());
    GANTRY_CHECK(mount("mount", with_parameter(url, "from", pushing_.name())));
    return mount("mount-from-anywhere", url);
  }

  /// What is no mount may be the begin of an upload.
  Result<void> mount(std::string feature, const std::string& url) {
    GANTRY_TRY(const auto answer, ask(pushing_, "POST", url));
    const bool mounted = answer.response.status == 201;
    add(std::move(feature), mounted, mounted ? "" : answered(answer) + "; blobs are sent");
    if (answer.response.status == 202) {
      GANTRY_TRY(const auto session, pushing_.upload_session(answer, std::nullopt));
      GANTRY_TRY(const auto cancelled, perform("DELETE", session.location));
      static_cast<void>(cancelled);
    }
    return {};
  }

  Result<void> tag() {
    if (!has_config_) {
      findings_.push_back({"several-tags", Support::kUnknown, "the upload has failed"});
      return {};
    }
    oci::Manifest manifest;
    manifest.config.media_type = oci::media_type::kConfig;
    manifest.config.digest = config_digest_;
    manifest.config.size = config_.size();
    manifest_.content = oci::to_json(manifest);
    manifest_.descriptor.media_type = oci::media_type::kManifest;
    manifest_.descriptor.digest = content::sha256(manifest_.content);
    manifest_.descriptor.size = manifest_.content.size();
    const std::vector<std::string> tags = {"gantry-probe-1", "gantry-probe-2"};
    GANTRY_TRY(const auto stored,
               pushing_.put_manifest(manifest_.descriptor.digest.text(), manifest_, tags));
    add("several-tags", stored.tags.size() == tags.size(),
        stored.tags.size() == tags.size() ? "by ?tag=" : "each tag is a request");
    if (stored.tags.size() != tags.size()) {
      GANTRY_TRY(const auto one, pushing_.put_manifest(tags.front(), manifest_));
      static_cast<void>(one);
    }
    has_manifest_ = true;
    return {};
  }

  Result<void> remove() {
    if (!has_manifest_) {
      return {};
    }
    GANTRY_TRY(const auto tag, deleting_.delete_manifest("gantry-probe-1"));
    add("delete-tag", tag == Deletion::kDone, tag == Deletion::kDone ? "" : "is refused");
    GANTRY_TRY(const auto image, deleting_.delete_manifest(manifest_.descriptor.digest.text()));
    add("delete", image == Deletion::kDone,
        image == Deletion::kDone
            ? ""
            : fmt::format("is refused; the tags gantry-probe-* stay in {}", deleting_.name()));
    return {};
  }

  Result<Answer> perform(std::string method, const std::string& url) {
    return pushing_.session().perform(pushing_.operation_at(std::move(method), url)).answer;
  }

  const Repository& pushing_;
  const Repository& deleting_;
  const std::string config_ = oci::to_json(oci::Config());
  const Digest config_digest_ = content::sha256(config_);
  ManifestDocument manifest_;
  bool has_config_ = false;
  bool has_manifest_ = false;
  std::vector<Finding> findings_;
};

}  // namespace

Result<std::vector<Finding>> probe_endpoint(HttpClient& client, const Endpoint& registry) {
  HttpRequest request;
  request.url = to_text(registry) + "/v2/";
  GANTRY_TRY(const auto response, client.perform(request).response);
  if (!response.successful() && response.status != 401 && response.status != 403) {
    return Error{fmt::format("answers {} for /v2/: that is no registry", response.status),
                 to_text(registry), ""};
  }
  std::vector<Finding> findings;
  findings.push_back(found("api", true, header(response, "Docker-Distribution-Api-Version")));
  const auto challenges = parse_challenges(response.headers.all("WWW-Authenticate"));
  std::vector<std::string> schemes;
  for (const auto& challenge : challenges) {
    const auto realm = challenge.scheme == "bearer" ? challenge.parameter("realm") : "";
    schemes.push_back(base::printable(
        realm.empty() ? challenge.scheme : fmt::format("{} by {}", challenge.scheme, realm)));
  }
  findings.push_back(found("auth", !schemes.empty(),
                           schemes.empty() ? "nobody is asked who they are"
                                           : fmt::format("{}", fmt::join(schemes, ", "))));
  return findings;
}

Result<std::vector<Finding>> probe_reading(const Repository& repository) {
  std::vector<Finding> findings;
  GANTRY_TRY(const auto tags, list_tags(repository));
  findings.push_back(found("tags", true, fmt::format("there are {}", tags.size())));
  if (tags.empty()) {
    findings.push_back({"digests", Support::kUnknown, kNothingThere});
    findings.push_back({"ranges", Support::kUnknown, kNothingThere});
  } else {
    GANTRY_TRY(findings.emplace_back(), probe_digests(repository, tags.front()));
    GANTRY_TRY(findings.emplace_back(), probe_ranges(repository, tags.front()));
  }
  GANTRY_TRY(findings.emplace_back(), probe_referrers(repository));
  return findings;
}

Result<std::vector<Finding>> probe_writing(const Repository& pushing, const Repository& deleting) {
  return WriteProbe(pushing, deleting).run();
}

}  // namespace gantry::registry
