#include "supply/build_record.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "oci/prebuilt.hpp"

namespace gantry::supply {

using base::Result;

namespace {

using Text = std::string_view;

constexpr Text kFirstLine = "gantry-build 1";
constexpr std::size_t kMaximumText = std::size_t{4} << 20;

template <std::string BuildFacts::*member>
Result<void> set_fact(BuildRecord& record, Text value) {
  record.facts.*member = value;
  return {};
}

template <std::string CMakeProject::*member>
Result<void> set_project(BuildRecord& record, Text value) {
  record.project.*member = value;
  return {};
}

/// "name", a tab, and what is known besides, in the order of the members.
template <CMakeDependency::Kind kind>
Result<void> add_dependency(BuildRecord& record, Text value) {
  const auto parts = base::split(value, '\t');
  if (parts.front().empty() || parts.size() > 4) {
    return base::Error{fmt::format("'{}' is no dependency", base::printable(value)), "",
                       "a dependency is name, version, location and revision with tabs between"};
  }
  const auto part = [&](std::size_t index) {
    return index < parts.size() ? std::string(parts[index]) : std::string();
  };
  record.project.dependencies.push_back({kind, part(0), part(1), part(2), part(3)});
  return {};
}

Result<void> add_prebuilt(BuildRecord& record, Text value) {
  oci::ImageSpec spec;
  GANTRY_CHECK(oci::assign(spec, "prebuilt", value));
  record.prebuilt.push_back(std::move(spec.prebuilt.front()));
  return {};
}

struct Key {
  Text name;
  Result<void> (*assign)(BuildRecord&, Text);
};

constexpr std::array kKeys = {
    Key{"build-type", set_fact<&BuildFacts::build_type>},
    Key{"compiler", set_fact<&BuildFacts::compiler>},
    Key{"compiler-version", set_fact<&BuildFacts::compiler_version>},
    Key{"fetched", add_dependency<CMakeDependency::Kind::kFetched>},
    Key{"found", add_dependency<CMakeDependency::Kind::kFound>},
    Key{"homepage", set_project<&CMakeProject::homepage>},
    Key{"prebuilt", add_prebuilt},
    Key{"preset", set_fact<&BuildFacts::preset>},
    Key{"project", set_project<&CMakeProject::name>},
    Key{"project-version", set_project<&CMakeProject::version>},
    Key{"target", set_fact<&BuildFacts::target>},
};

Result<void> read_line(BuildRecord& record, Text line) {
  const auto blank = line.find(' ');
  const auto name = line.substr(0, blank);
  const auto* const key = std::find_if(kKeys.begin(), kKeys.end(),
                                       [&](const Key& known) { return known.name == name; });
  if (key == kKeys.end()) {
    return base::Error{fmt::format("unknown key '{}'", base::printable(name.substr(0, 64))), "",
                       ""};
  }
  const auto value = blank == Text::npos ? Text() : line.substr(blank + 1);
  return value.empty() ? Result<void>() : key->assign(record, value);
}

}  // namespace

Result<BuildRecord> parse_build_record(std::string_view text, std::string_view where) {
  if (text.size() > kMaximumText || !base::is_utf8(text)) {
    return base::Error{"it is larger than 4 MiB, or not UTF-8 text", std::string(where), ""};
  }
  const auto lines = base::split(text, '\n');
  if (lines.front() != kFirstLine) {
    return base::Error{
        fmt::format("this is no record of a build: its first line is not '{}'", kFirstLine),
        fmt::format("{}:1", where), ""};
  }
  BuildRecord record;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (lines[i].empty()) {
      continue;
    }
    if (auto read = read_line(record, lines[i]); !read) {
      auto error = std::move(read).error();
      error.where = fmt::format("{}:{}", where, i + 1);
      return error;
    }
  }
  return record;
}

Result<BuildRecord> read_build_record(const std::filesystem::path& path) {
  GANTRY_TRY(const auto text, base::read_file(path, kMaximumText + 1));
  return parse_build_record(text, path.native());
}

Result<BuildFacts> facts_of(const BuildRecord& record, const oci::Image& image) {
  auto facts = record.facts;
  if (record.prebuilt.empty()) {
    return facts;
  }
  oci::ImageSpec spec;
  spec.prebuilt = record.prebuilt;
  const auto& labels = image.config.labels;
  const auto version = labels.find("org.opencontainers.image.version");
  GANTRY_TRY(const auto layer,
             oci::collect_prebuilt(spec, image.config.platform,
                                   version == labels.end() ? Text() : Text(version->second)));
  for (const auto& entry : layer.tree) {
    if (entry.type == content::EntryType::kFile) {
      GANTRY_TRY(const auto digest, content::Digest::parse(entry.identity.text()));
      facts.materials.push_back(
          {fmt::format("prebuilt /{}", base::printable(std::string_view(entry.path))), digest});
    }
  }
  return facts;
}

}  // namespace gantry::supply
