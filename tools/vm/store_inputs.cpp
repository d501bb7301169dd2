#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "vm/known_file.hpp"
#include "vm/store.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Result;

namespace {

bool is_digest(std::string_view name) {
  return name.size() == 64 && base::from_hex(name).has_value();
}

}  // namespace

Result<void> Store::check_inputs(const Checkpoint& checkpoint, Trust trust) const {
  auto guest = checkpoint.guest;
  for (const auto* const file : files_of(guest)) {
    const auto& input = *file;
    if (input.parent_path() != root_ / "inputs" || !is_digest(input.filename().native())) {
      continue;
    }
    GANTRY_TRY(const bool there, leases_->share(input));
    if (!there) {
      return base::Error{
          fmt::format("the guest of the checkpoint {} was made of it, and it is not there",
                      checkpoint.name),
          input.native(), "build the checkpoint again"};
    }
    GANTRY_CHECK(check_input(input, trust));
  }
  return {};
}

Result<void> Store::check_input(const fs::path& input, Trust trust) const {
  const auto name = input.filename().native();
  GANTRY_TRY(const auto identity, identity_of(input));
  const auto known = base::read_file(root_ / "known" / (name + ".input"), 4096);
  if (trust == Trust::kIdentities && known && *known == identity) {
    return {};
  }
  GANTRY_TRY(const auto digest, sparse_digest(input));
  std::error_code failure;
  if (input_name(fs::file_size(input, failure), digest) != name) {
    return base::Error{"what guests boot from is not as it was copied into the store",
                       input.native(), "remove it to have it copied again"};
  }
  return know_input(input);
}

Result<void> Store::know_input(const fs::path& input) const {
  GANTRY_TRY(const auto identity, identity_of(input));
  return base::write_file(root_ / "known" / (input.filename().native() + ".input"), identity);
}

Result<bool> Store::has_input(const std::string& name) const {
  const auto input = root_ / "inputs" / name;
  GANTRY_TRY(const bool there, leases_->share(input));
  if (there) {
    GANTRY_CHECK(check_input(input, Trust::kIdentities));
  }
  return there;
}

Result<void> Store::adopt_input(const fs::path& file, const std::string& name) const {
  {
    GANTRY_TRY(const base::Fd fd, base::open_file(file, O_RDONLY | O_CLOEXEC));
    if (fsync(fd.get()) != 0) {
      return base::errno_error("write", file);
    }
  }
  GANTRY_TRY(const auto digest, sparse_digest(file));
  if (input_name(fs::file_size(file), digest) != name) {
    return base::Error{"what guests boot from is not what its name says", name, ""};
  }
  const auto input = root_ / "inputs" / name;
  if (rename(file.c_str(), input.c_str()) != 0) {
    return base::errno_error("rename to", input);
  }
  GANTRY_CHECK(know_input(input));
  GANTRY_TRY(const bool there, leases_->share(input));
  return there ? Result<void>()
               : base::Error{"it was removed as soon as it was there", input.native(), ""};
}

std::string input_name(std::uint64_t size, const content::Digest& digest) {
  // The length is not in the digest of what ends in a hole.
  return content::sha256(fmt::format("{} {}", size, digest.hex())).hex();
}

}  // namespace gantry::vm
