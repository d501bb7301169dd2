#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "oci/image.hpp"
#include "runtime/supervisor.hpp"

namespace gantry::runtime {

/// A file that must be in the image.
struct FileCheck {
  std::string path;                   ///< in the image; symbolic links are followed inside it
  std::optional<std::uint32_t> mode;  ///< exactly these of the bits 07777
  std::string owner;                  ///< user or user:group, names or numbers; empty: any
};

/// "path[:mode[:owner]]": "/usr/bin/app", "/usr/bin/app:0755:root", "/srv::1000:1000".
base::Result<FileCheck> parse_file_check(std::string_view text);

/// What the image's config document must say at a JSON pointer (RFC 6901).
struct ConfigCheck {
  std::string pointer;
  std::string value;  ///< the text of a string, or JSON
};

/// "<pointer>=<value>": "/config/Env/0=PATH=/bin", "/config/ExposedPorts={\"80/tcp\":{}}".
base::Result<ConfigCheck> parse_config_check(std::string_view text);

/// What an image must be like, to be seen without running it.
struct StructureTest {
  std::vector<FileCheck> files;
  std::optional<std::string> user;  ///< that it runs as: a name or a number, with a group or not
  std::vector<ConfigCheck> configs;
};

/// What a program that was run must have done.
struct OutcomeTest {
  int exit_code = 0;
  std::string output;  ///< ECMAScript regular expression (no back-references) that must be found in
                       ///< standard output; ^ and $ match at every line; empty: anything
};

struct CheckResult {
  std::string name;
  bool passed = false;
  std::string expected;
  std::string actual;
};

/// The result of every check. An Error is a fault of the image (a corrupt layer) or of the test (a
/// value that no check can read).
base::Result<std::vector<CheckResult>> check_structure(const oci::Image& image,
                                                       const StructureTest& test);
base::Result<std::vector<CheckResult>> check_outcome(const Outcome& outcome,
                                                     const OutcomeTest& test);

/// An Error if it is no regular expression.
base::Result<void> check_expression(const std::string& expression);

}  // namespace gantry::runtime
