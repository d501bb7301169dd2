#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "config/problem.hpp"
#include "ssd/namespaces.hpp"
#include "ssd/parameters.hpp"

namespace gantry::config {

/// A device, and what is said about it. docs/simulator.md has its JSON.
struct Description {
  std::string name;
  std::string origin;  ///< where the figures come from
  ssd::Parameters parameters;
  std::vector<ssd::Namespace> namespaces;  ///< none: one that has all; see config::namespaces()

  bool operator==(const Description&) const = default;
};

/// A description, or all that is wrong with it.
struct Reading {
  std::optional<Description> description;  ///< if there are no problems
  std::vector<Problem> problems;
};

/// Reads and validates a description.
Reading read(std::string_view json);

/// As read(), but an error lists all problems.
base::Result<Description> parse(std::string_view json);

/// The device of a profile's name or of a file (what has a '/' or a '.' is a file). An error lists
/// all problems.
base::Result<Description> load(const std::string& profile_or_file);

/// The JSON of a profile's name or of a file, as somebody has written it: not read.
base::Result<std::string> source(const std::string& profile_or_file);

/// As load(), but gives the problems one by one; an error is a file that cannot be read, or a name
/// that is unknown.
base::Result<Reading> inspect(const std::string& profile_or_file);

/// All keys in their order, each with its value: read() gives the same description.
std::string write(const Description& description);

}  // namespace gantry::config
