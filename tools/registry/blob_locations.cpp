#include "registry/blob_locations.hpp"

#include <algorithm>

#include <fcntl.h>
#include <fmt/format.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "registry/reference.hpp"

namespace gantry::registry {

namespace fs = std::filesystem;
using base::Result;
using content::Digest;

namespace {

constexpr std::uint64_t kLargest = std::uint64_t{1} << 20;  // bytes of a file, some 10,000 lines
constexpr std::size_t kDigits = 64;
constexpr const char* kPrefix = "sha256:";

}  // namespace

BlobLocations BlobLocations::open(const fs::path& directory, const Endpoint& registry,
                                  std::optional<BlobOrigins> origins) {
  BlobLocations locations(registry);
  locations.origins_ = std::move(origins);
  if (directory.empty()) {
    return locations;
  }
  locations.path_ = directory / content::sha256(to_text(registry)).hex();
  if (const auto text = base::read_file(locations.path_, kLargest)) {
    locations.read(*text);
  }
  return locations;
}

/// Lines of a digest's digits, a space and a repository, the latest last.
void BlobLocations::read(std::string_view text) {
  for (const auto line : base::split(text, '\n')) {
    if (line.size() <= kDigits + 1 || line[kDigits] != ' ') {
      continue;
    }
    const auto digest = Digest::parse(kPrefix + std::string(line.substr(0, kDigits)));
    const auto repository = line.substr(kDigits + 1);
    if (digest && is_repository(repository)) {
      repositories_[*digest].emplace_back(repository);
    }
  }
}

bool BlobLocations::has(const Digest& digest, std::string_view repository) const {
  const auto found = repositories_.find(digest);
  return found != repositories_.end() &&
         std::find(found->second.begin(), found->second.end(), repository) != found->second.end();
}

std::optional<std::string> BlobLocations::elsewhere(const Digest& digest,
                                                    std::string_view repository) const {
  if (auto base = repository_of_base(digest); base && *base != repository) {
    return base;
  }
  const auto found = repositories_.find(digest);
  if (found == repositories_.end()) {
    return std::nullopt;
  }
  const auto& names = found->second;
  const auto other = std::find_if(names.rbegin(), names.rend(),
                                  [&](const auto& name) { return name != repository; });
  return other == names.rend() ? std::nullopt : std::optional(*other);
}

std::optional<std::string> BlobLocations::repository_of_base(const Digest& digest) const {
  const auto origin = origins_ ? origins_->find(digest) : std::optional<BlobOrigin>();
  if (!origin || !*origin) {
    return std::nullopt;
  }
  const auto reference = parse_reference((*origin)->image);
  const auto registry = reference ? endpoint_of_host(reference->host, (*origin)->transport)
                                  : base::Result<Endpoint>(reference.error());
  return registry && *registry == registry_ ? std::optional(reference->repository) : std::nullopt;
}

void BlobLocations::add(std::string_view repository, std::span<const Digest> digests) {
  std::string lines;
  for (const auto& digest : digests) {
    if (!has(digest, repository)) {
      repositories_[digest].emplace_back(repository);
      lines += fmt::format("{} {}\n", digest.hex(), repository);
    }
  }
  if (!lines.empty() && !path_.empty()) {
    static_cast<void>(append(lines));
  }
}

/// A file that has grown too large loses its older half.
Result<void> BlobLocations::append(const std::string& lines) const {
  GANTRY_CHECK(base::make_directories(path_.parent_path()));
  GANTRY_TRY(const auto lock, base::FileLock::acquire(path_.parent_path() / "lock",
                                                      base::FileLock::Mode::kExclusive));
  std::error_code failure;
  const auto size = fs::file_size(path_, failure);
  if (!failure && size + lines.size() > kLargest) {
    const auto text = base::read_file(path_, kLargest);
    const auto middle = text ? text->find('\n', text->size() / 2) : std::string::npos;
    return base::write_file(path_,
                            (middle == std::string::npos ? "" : text->substr(middle + 1)) + lines);
  }
  GANTRY_TRY(const auto fd,
             base::open_file(path_, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  return base::write_all(fd.get(), std::as_bytes(std::span(lines)), path_);
}

}  // namespace gantry::registry
