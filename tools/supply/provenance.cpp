#include "supply/provenance.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "oci/build.hpp"
#include "oci/json_document.hpp"
#include "supply/package_url.hpp"
#include "supply/sbom.hpp"

namespace gantry::supply {

namespace {

using Json = nlohmann::json;

std::string standard(const oci::Annotations& values, const std::string& word) {
  const auto found = values.find("org.opencontainers.image." + word);
  return found == values.end() ? "" : found->second;
}

void set_unless_empty(Json& object, const char* key, const std::string& value) {
  if (!value.empty()) {
    object[key] = value;
  }
}

Json digest_set(const content::Digest& digest) {
  return {{"sha256", digest.hex()}};
}

Json external_parameters(const oci::Image& image, const BuildFacts& facts) {
  Json parameters = {{"platform", image.config.platform.text()}};
  set_unless_empty(parameters, "target", facts.target);
  set_unless_empty(parameters, "preset", facts.preset);
  set_unless_empty(parameters, "buildType", facts.build_type);
  set_unless_empty(parameters, "source", standard(image.config.labels, "source"));
  if (!facts.tags.empty()) {
    parameters["tags"] = facts.tags;
  }
  return parameters;
}

Json internal_parameters(const BuildFacts& facts) {
  Json parameters = Json::object();
  set_unless_empty(parameters, "gantryVersion", facts.tool_version);
  set_unless_empty(parameters, "compiler", facts.compiler);
  set_unless_empty(parameters, "compilerVersion", facts.compiler_version);
  return parameters;
}

/// The layers that are a root file system, by the digest of their tar stream: packages of a
/// distribution that no other material names.
void add_root_file_systems(const oci::Image& image, Json& dependencies) {
  std::size_t layer = 0;
  for (const auto& entry : image.config.history) {
    if (entry.empty_layer) {
      continue;
    }
    if (entry.created_by == oci::kRootfsLayer && layer < image.config.diff_ids.size()) {
      dependencies.push_back(
          {{"name", "root file system"}, {"digest", digest_set(image.config.diff_ids[layer])}});
    }
    ++layer;
  }
}

Json resolved_dependencies(const oci::Image& image, const BuildFacts& facts) {
  Json dependencies = Json::array();
  if (const auto commit = standard(image.config.labels, "revision"); !commit.empty()) {
    Json source = {{"name", "source"}, {"digest", {{"gitCommit", commit}}}};
    set_unless_empty(source, "uri",
                     spdx_download_location(standard(image.config.labels, "source"), commit));
    dependencies.push_back(std::move(source));
  }
  if (const auto digest =
          content::Digest::parse(standard(image.manifest.annotations, "base.digest"))) {
    Json base = {{"name", "base image"}, {"digest", digest_set(*digest)}};
    const auto name = standard(image.manifest.annotations, "base.name");
    if (!name.empty()) {
      base["annotations"] = {{"name", name}};
    }
    dependencies.push_back(std::move(base));
  }
  add_root_file_systems(image, dependencies);
  if (!facts.compiler.empty()) {
    dependencies.push_back(
        {{"name", "compiler"},
         {"uri", fmt::format("pkg:generic/{}{}{}", percent_encoded(facts.compiler),
                             facts.compiler_version.empty() ? "" : "@",
                             percent_encoded(facts.compiler_version))}});
  }
  for (const auto& material : facts.materials) {
    dependencies.push_back({{"name", material.name}, {"digest", digest_set(material.digest)}});
  }
  return dependencies;
}

Json run_details(const BuildFacts& facts) {
  Json details = {{"builder", {{"id", facts.builder}}}};
  Json metadata = Json::object();
  set_unless_empty(metadata, "invocationId", facts.invocation);
  if (facts.started_on) {
    metadata["startedOn"] = base::format_time(*facts.started_on);
  }
  if (facts.finished_on) {
    metadata["finishedOn"] = base::format_time(*facts.finished_on);
  }
  if (!metadata.empty()) {
    details["metadata"] = std::move(metadata);
  }
  return details;
}

}  // namespace

base::Result<Material> parse_material(std::string_view text) {
  const auto at = text.rfind('@');
  const auto digest =
      content::Digest::parse(at == std::string_view::npos ? text : text.substr(at + 1));
  if (at == std::string_view::npos || at == 0 || !digest) {
    return base::Error{fmt::format("'{}' is no material", base::printable(text)), "",
                       "write NAME@sha256: and 64 hexadecimal digits"};
  }
  return Material{std::string(text.substr(0, at)), *digest};
}

oci::Attachment provenance_attachment() {
  return {.artifact_type = kStatementMediaType,
          .annotations = {{kPredicateTypeAnnotation, kProvenanceType}}};
}

std::string make_provenance(const oci::Image& image, const BuildFacts& facts) {
  const Json statement = {
      {"_type", "https://in-toto.io/Statement/v1"},
      {"subject",
       Json::array({{{"name", facts.image}, {"digest", digest_set(image.descriptor.digest)}}})},
      {"predicateType", kProvenanceType},
      {"predicate",
       {{"buildDefinition",
         {{"buildType", kBuildType},
          {"externalParameters", external_parameters(image, facts)},
          {"internalParameters", internal_parameters(facts)},
          {"resolvedDependencies", resolved_dependencies(image, facts)}}},
        {"runDetails", run_details(facts)}}}};
  return oci::canonical(statement);
}

}  // namespace gantry::supply
