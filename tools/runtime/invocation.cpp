#include "runtime/invocation.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include <fmt/format.h>

namespace gantry::runtime {

namespace {

std::string_view name_of(std::string_view variable) {
  return variable.substr(0, variable.find('='));
}

auto find_variable(std::vector<std::string>& environment, std::string_view name) {
  return std::find_if(environment.begin(), environment.end(),
                      [&](const std::string& variable) { return name_of(variable) == name; });
}

void set_variable(std::vector<std::string>& environment, std::string variable) {
  const auto found = find_variable(environment, name_of(variable));
  if (found != environment.end()) {
    *found = std::move(variable);
  } else {
    environment.push_back(std::move(variable));
  }
}

std::vector<std::string> environment_of(const oci::Config& config, const Invocation& invocation,
                                        const std::string& home, const std::string& hostname) {
  std::vector<std::string> environment = {
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOSTNAME=" + hostname,
      "HOME=" + home};
  for (const auto& variable : config.env) {
    set_variable(environment, variable);
  }
  for (const auto& variable : invocation.environment) {
    if (variable.find('=') != std::string::npos) {
      set_variable(environment, variable);
    } else if (const char* const value = std::getenv(variable.c_str()); value != nullptr) {
      set_variable(environment, variable + "=" + value);
    } else if (const auto found = find_variable(environment, variable);
               found != environment.end()) {
      environment.erase(found);
    }
  }
  return environment;
}

/// RFC 1123: letters, digits and inner hyphens, at most 63.
std::string host_name(std::string_view name) {
  std::string host;
  for (const char c : name.substr(0, 63)) {
    host += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '-';
  }
  const auto begin = host.find_first_not_of('-');
  if (begin == std::string::npos) {
    return "gantry";
  }
  return host.substr(begin, host.find_last_not_of('-') - begin + 1);
}

}  // namespace

base::Result<std::vector<std::string>> program_arguments(const oci::Config& config,
                                                         const Invocation& invocation) {
  std::vector<std::string> arguments;
  if (!invocation.entrypoint) {
    arguments = config.entrypoint;
  } else if (!invocation.entrypoint->empty()) {
    arguments = {*invocation.entrypoint};
  }
  const bool keeps_cmd = invocation.arguments.empty() && !invocation.entrypoint;
  const auto& rest = keeps_cmd ? config.cmd : invocation.arguments;
  arguments.insert(arguments.end(), rest.begin(), rest.end());
  if (arguments.empty() || arguments.front().empty()) {
    return base::Error{"the image names no program to run (no entrypoint, no cmd)", "",
                       "give one after --"};
  }
  return arguments;
}

base::Result<Program> make_program(const oci::Config& config, const Invocation& invocation,
                                   std::string_view passwd, std::string_view group,
                                   std::string_view name) {
  Program program;
  GANTRY_TRY(program.arguments, program_arguments(config, invocation));
  GANTRY_TRY(program.account,
             find_account(invocation.user.empty() ? config.user : invocation.user, passwd, group));
  program.hostname = host_name(name);
  program.environment = environment_of(config, invocation, program.account.home, program.hostname);
  const auto& directory = invocation.directory.empty() ? config.working_dir : invocation.directory;
  program.directory = directory.starts_with('/') ? directory : "/" + directory;
  return program;
}

}  // namespace gantry::runtime
