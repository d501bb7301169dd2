#include "oci/spec.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::oci {

namespace {

constexpr std::string_view kFirstLine = "gantry-image 1";
constexpr std::size_t kMaxText = std::size_t{4} << 20;
constexpr std::size_t kMaxLine = std::size_t{64} << 10;
constexpr std::size_t kMaxPorts = 65535;

using Assigned = base::Result<void>;
using Text = std::string_view;

Assigned set_base(ImageSpec& spec, Text value) {
  const auto blank = value.find(' ');
  const Text kind = value.substr(0, blank);
  const Text location = blank == Text::npos ? Text{} : base::trim(value.substr(blank + 1));
  struct Kind {
    Text name;
    ImageBase::Kind kind;
  };
  constexpr std::array<Kind, 4> kKinds = {{{"scratch", ImageBase::Kind::kScratch},
                                           {"image", ImageBase::Kind::kImageFile},
                                           {"oci", ImageBase::Kind::kLayout},
                                           {"docker-archive", ImageBase::Kind::kDockerArchive}}};
  const auto* const found = std::find_if(kKinds.begin(), kKinds.end(),
                                         [&](const Kind& known) { return known.name == kind; });
  if (found == kKinds.end()) {
    return base::Error{fmt::format("'{}' is not a kind of base", base::printable(kind)), "",
                       "a base is 'scratch', 'image <file.image>', 'oci <directory>[:tag]' or "
                       "'docker-archive <file.tar>'"};
  }
  if (location.empty() != (found->kind == ImageBase::Kind::kScratch)) {
    return base::Error{location.empty() ? fmt::format("the base '{}' names no place", kind)
                                        : "the base 'scratch' takes no place",
                       "", ""};
  }
  spec.base = {found->kind, std::string(location)};
  return {};
}

Assigned set_runtime_libraries(ImageSpec& spec, Text value) {
  if (value != "on" && value != "off") {
    return base::Error{fmt::format("'{}' is neither 'on' nor 'off'", base::printable(value)), "",
                       ""};
  }
  spec.runtime_libraries = value == "on";
  return {};
}

Assigned add_layer(ImageSpec& spec, Text value) {
  const auto tab = value.find('\t');
  if (tab == Text::npos || tab == 0 || tab + 1 == value.size()) {
    return base::Error{fmt::format("'{}' is not a layer", base::printable(value)), "",
                       "a layer is a manifest file, a tab and the component's name"};
  }
  spec.layers.push_back(
      {std::string(value.substr(0, tab)), std::string(value.substr(tab + 1)), ""});
  return {};
}

Assigned add_platform(ImageSpec& spec, Text value) {
  GANTRY_TRY(auto platform, Platform::parse(value));
  if (std::find(spec.platforms.begin(), spec.platforms.end(), platform) != spec.platforms.end()) {
    return base::Error{fmt::format("the platform {} is named twice", platform.text()), "", ""};
  }
  spec.platforms.push_back(std::move(platform));
  return {};
}

/// "<path>=<destination>".
Assigned add_prebuilt(ImageSpec& spec, Text value) {
  const auto equals = value.rfind('=');
  if (equals == Text::npos || equals == 0 || value.substr(equals + 1, 1) != "/") {
    return base::Error{fmt::format("'{}' is no prebuilt file", base::printable(value)), "",
                       "write <path>=<absolute destination>, as in "
                       "dist/{os}-{arch}/app=/usr/bin/app"};
  }
  spec.prebuilt.push_back(
      {std::string(value.substr(0, equals)), std::string(value.substr(equals + 1))});
  return {};
}

base::Result<std::pair<std::string, std::string>> parse_pair(Text value, Text noun) {
  const auto equals = value.find('=');
  if (equals == Text::npos || equals == 0) {
    return base::Error{fmt::format("'{}' is not {}", base::printable(value), noun), "",
                       fmt::format("{} has the form NAME=value", noun)};
  }
  return std::pair(std::string(value.substr(0, equals)), std::string(value.substr(equals + 1)));
}

Assigned add_env(ImageSpec& spec, Text value) {
  GANTRY_TRY(auto pair, parse_pair(value, "an environment variable"));
  spec.env.push_back(std::move(pair));
  return {};
}

Assigned add_port(ImageSpec& spec, Text value) {
  const auto slash = value.find('/');
  const Text protocol = slash == Text::npos ? Text("tcp") : value.substr(slash + 1);
  const Text range = value.substr(0, slash);
  const auto dash = range.find('-');
  const auto first = base::parse_unsigned(range.substr(0, dash));
  const auto last = dash == Text::npos ? first : base::parse_unsigned(range.substr(dash + 1));
  const bool known = protocol == "tcp" || protocol == "udp" || protocol == "sctp";
  if (!known || !first || !last || *first == 0 || *last < *first || *last > 65535) {
    return base::Error{fmt::format("'{}' is not a port", base::printable(value)), "",
                       "a port is a number from 1 to 65535 or a range of them, with /tcp, /udp or "
                       "/sctp if you like"};
  }
  if (spec.ports.size() + (*last - *first) >= kMaxPorts) {
    return base::Error{fmt::format("more than {} ports", kMaxPorts), "", ""};
  }
  for (auto port = *first; port <= *last; ++port) {
    spec.ports.push_back(fmt::format("{}/{}", port, protocol));
  }
  return {};
}

Assigned add_volume(ImageSpec& spec, Text value) {
  if (!value.starts_with('/')) {
    return base::Error{
        fmt::format("the volume '{}' is not an absolute path", base::printable(value)), "", ""};
  }
  spec.volumes.emplace_back(value);
  return {};
}

/// As Docker reads them: a number, or a name with or without SIG.
bool is_signal(Text value) {
  constexpr std::array<Text, 31> kNames = {
      "ABRT", "ALRM", "BUS",  "CHLD", "CONT", "FPE",  "HUP",    "ILL",    "INT", "IO",   "KILL",
      "PIPE", "POLL", "PROF", "PWR",  "QUIT", "SEGV", "STOP",   "STKFLT", "SYS", "TERM", "TRAP",
      "TSTP", "TTIN", "TTOU", "URG",  "USR1", "USR2", "VTALRM", "WINCH",  "XCPU"};
  if (const auto number = base::parse_unsigned(value)) {
    return *number >= 1 && *number <= 64;
  }
  if (value.starts_with("SIG")) {
    value.remove_prefix(3);
  }
  return std::find(kNames.begin(), kNames.end(), value) != kNames.end() || value == "XFSZ" ||
         value.starts_with("RTMIN") || value.starts_with("RTMAX");
}

Assigned set_stop_signal(ImageSpec& spec, Text value) {
  if (!is_signal(value)) {
    return base::Error{fmt::format("'{}' is not a signal", base::printable(value)), "",
                       "a signal is a name such as SIGTERM or a number from 1 to 64"};
  }
  spec.stop_signal = value;
  return {};
}

template <Annotations ImageSpec::*member>
Assigned add_label(ImageSpec& spec, Text value) {
  GANTRY_TRY(auto pair, parse_pair(value, "a label"));
  (spec.*member).insert_or_assign(std::move(pair.first), std::move(pair.second));
  return {};
}

template <std::string ImageSpec::*member>
Assigned set_text(ImageSpec& spec, Text value) {
  spec.*member = value;
  return {};
}

template <std::vector<std::string> ImageSpec::*member>
Assigned add_text(ImageSpec& spec, Text value) {
  (spec.*member).emplace_back(value);
  return {};
}

/// "v*": the tags that name versions, their prefix before the star.
Assigned set_version_tags(ImageSpec& spec, Text value) {
  if (!value.ends_with('*')) {
    return base::Error{fmt::format("'{}' does not end in *", base::printable(value)), "",
                       "write the prefix of version tags and a star, as in v*"};
  }
  spec.version_tag_prefix = std::string(value.substr(0, value.size() - 1));
  return {};
}

struct Key {
  Text name;
  bool single;
  Assigned (*assign)(ImageSpec&, Text);
};

constexpr std::array kKeys = {
    Key{"annotation", false, add_label<&ImageSpec::annotations>},
    Key{"base", true, set_base},
    Key{"cmd", false, add_text<&ImageSpec::cmd>},
    Key{"compression", true, set_text<&ImageSpec::compression>},
    Key{"default-label", false, add_label<&ImageSpec::default_labels>},
    Key{"entrypoint", false, add_text<&ImageSpec::entrypoint>},
    Key{"env", false, add_env},
    Key{"healthcheck", false, add_text<&ImageSpec::healthcheck>},
    Key{"label", false, add_label<&ImageSpec::labels>},
    Key{"layer", false, add_layer},
    Key{"name", true, set_text<&ImageSpec::name>},
    Key{"platform", false, add_platform},
    Key{"port", false, add_port},
    Key{"prebuilt", false, add_prebuilt},
    Key{"rootfs", true, set_text<&ImageSpec::rootfs>},
    Key{"runtime-libraries", true, set_runtime_libraries},
    Key{"source-directory", true, set_text<&ImageSpec::source_directory>},
    Key{"stop-signal", true, set_stop_signal},
    Key{"user", true, set_text<&ImageSpec::user>},
    Key{"version-tags", true, set_version_tags},
    Key{"volume", false, add_volume},
    Key{"workdir", true, set_text<&ImageSpec::working_dir>},
};

base::Result<const Key*> find_key(Text name) {
  for (const auto& key : kKeys) {
    if (key.name == name) {
      return &key;
    }
  }
  std::vector<std::string> names;
  for (const auto& key : kKeys) {
    names.emplace_back(key.name);
  }
  const auto near = base::nearest(name.substr(0, 64), names);
  return base::Error{fmt::format("unknown key '{}'", base::printable(name.substr(0, 64))), "",
                     near ? fmt::format("did you mean '{}'?", *near)
                          : fmt::format("the keys are {}", base::join(names, ", "))};
}

base::Result<void> parse_line(ImageSpec& spec, std::set<Text>& seen, Text line) {
  if (line.size() > kMaxLine) {
    return base::Error{fmt::format("the line is longer than {} bytes", kMaxLine), "", ""};
  }
  if (!base::is_utf8(line) || line.find('\0') != Text::npos) {
    return base::Error{"the line is not UTF-8 text", "", ""};
  }
  const auto blank = line.find(' ');
  GANTRY_TRY(const auto* const key, find_key(line.substr(0, blank)));
  const Text value = blank == Text::npos ? Text{} : line.substr(blank + 1);
  if (value.empty()) {
    return {};
  }
  if (key->single && !seen.insert(key->name).second) {
    return base::Error{fmt::format("'{}' is given twice", key->name), "", ""};
  }
  return key->assign(spec, value);
}

}  // namespace

base::Result<void> assign(ImageSpec& spec, std::string_view key, std::string_view value) {
  GANTRY_TRY(const auto* const found, find_key(key));
  return value.empty() ? base::Result<void>{} : found->assign(spec, value);
}

base::Result<ImageSpec> parse_spec(std::string_view text, std::string_view where) {
  if (text.size() > kMaxText) {
    return base::Error{fmt::format("the spec is longer than {} bytes", kMaxText),
                       std::string(where), ""};
  }
  if (text.substr(0, text.find('\n')) != kFirstLine) {
    return base::Error{
        fmt::format("this is not an image spec: its first line is not '{}'", kFirstLine),
        fmt::format("{}:1", where), ""};
  }
  ImageSpec spec;
  std::set<Text> seen;
  std::size_t number = 1;
  text.remove_prefix(std::min(text.size(), kFirstLine.size() + 1));
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    ++number;
    if (line.empty()) {
      continue;
    }
    if (auto parsed = parse_line(spec, seen, line); !parsed) {
      auto error = std::move(parsed).error();
      error.where = fmt::format("{}:{}", where, number);
      return error;
    }
  }
  if (spec.name.empty()) {
    return base::Error{"the image has no name", std::string(where), "add a line 'name <word>'"};
  }
  return spec;
}

}  // namespace gantry::oci
