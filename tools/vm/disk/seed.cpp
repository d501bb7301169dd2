#include "vm/disk/seed.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "content/digest.hpp"
#include "vm/disk/iso9660.hpp"

namespace gantry::vm {

using base::Result;

namespace {

/// By its first bytes cloud-init knows what a text is.
Result<void> check_start(std::string_view text, const char* what) {
  constexpr std::array<std::string_view, 10> kStarts{
      "#cloud-config", "#!",           "#include",      "#cloud-boothook",
      "#part-handler", "## template:", "Content-Type:", "MIME-Version:",
      "#upstart-job",  "\x1F\x8B"};
  const bool known = std::any_of(kStarts.begin(), kStarts.end(), [text](std::string_view start) {
    return text.starts_with(start);
  });
  if (text.empty() || known) {
    return {};
  }
  return base::Error{std::string("cloud-init would pass over the ") + what +
                         ": it begins with nothing that says what it is",
                     "", "begin it with #cloud-config or #!/bin/sh"};
}

std::string default_meta_data(const Seed& seed) {
  content::Sha256 hash;
  for (const auto& part : {seed.user_data, seed.network_config, seed.vendor_data, seed.hostname}) {
    hash.update(std::to_string(part.size()) + "\n" + part);
  }
  auto text = "instance-id: gantry-" + hash.finish().hex().substr(0, 16) + "\n";
  if (!seed.hostname.empty()) {
    text += "local-hostname: " + seed.hostname + "\n";
  }
  return text;
}

}  // namespace

Result<std::string> make_seed(const Seed& seed, std::int64_t time) {
  GANTRY_CHECK(check_start(seed.user_data, "user data"));
  GANTRY_CHECK(check_start(seed.vendor_data, "vendor data"));
  if (seed.hostname.find_first_not_of(
          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") !=
      std::string::npos) {
    return base::Error{"a host name has letters, digits, dots and dashes", seed.hostname, ""};
  }
  if (!seed.meta_data.empty() && !seed.hostname.empty()) {
    return base::Error{"the host name belongs into the meta-data that is given", "",
                       "write local-hostname there"};
  }
  // cloud-init wants both of these, even if they are empty.
  std::vector<IsoFile> files{
      {"meta-data", seed.meta_data.empty() ? default_meta_data(seed) : seed.meta_data},
      {"user-data", seed.user_data}};
  if (!seed.network_config.empty()) {
    files.push_back({"network-config", seed.network_config});
  }
  if (!seed.vendor_data.empty()) {
    files.push_back({"vendor-data", seed.vendor_data});
  }
  return write_iso9660("cidata", files, time);
}

}  // namespace gantry::vm
