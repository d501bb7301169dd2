#include "content/rootfs.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <system_error>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/depfile.hpp"
#include "base/file.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "content/package_sources.hpp"

namespace gantry::content {

namespace fs = std::filesystem;

namespace {

/// Changes whenever the same request is to give other bytes.
constexpr std::string_view kFormat = "gantry-rootfs 1";

/// Root file systems are large and few.
constexpr std::size_t kMaxCached = 10;

/// What differs from machine to machine, or tells of the making.
constexpr std::array kHooks = {
    R"(if [ -e "$1/etc/machine-id" ]; then : > "$1/etc/machine-id"; fi)",
    R"(rm -f "$1/etc/hostname" "$1/etc/resolv.conf" "$1/var/cache/ldconfig/aux-cache")",
    R"(rm -f "$1"/var/lib/dpkg/*-old "$1"/var/cache/debconf/*-old "$1"/etc/*-)",
    R"(find "$1/var/log" -type f -delete)",
};

bool is_word(std::string_view text, std::string_view more) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           more.find(c) != std::string_view::npos;
  });
}

base::Result<void> check(const RootfsRequest& request) {
  const std::vector<std::string> variants = {"apt",       "buildd",   "custom",
                                             "essential", "extract",  "important",
                                             "minbase",   "required", "standard"};
  if (std::find(variants.begin(), variants.end(), request.variant) == variants.end()) {
    const auto nearest = base::nearest(request.variant, variants);
    return base::Error{fmt::format("'{}' is no variant", base::printable(request.variant)), "",
                       nearest ? fmt::format("did you mean '{}'?", *nearest)
                               : "the variants are: " + base::join(variants, ", ")};
  }
  if (!is_word(request.suite, "-.+")) {
    return base::Error{fmt::format("'{}' is no name of a suite", base::printable(request.suite)),
                       "", "such as bookworm"};
  }
  for (const auto& package : request.packages) {
    // name[:architecture][=version]
    const auto name = package.substr(0, package.find('='));
    if (!is_word(name, "+-.:") || !is_word(package, "+-.:=~ABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
      return base::Error{fmt::format("'{}' is no name of a package", base::printable(package)), "",
                         ""};
    }
  }
  if (!request.architecture.empty() && !is_word(request.architecture, "-")) {
    return base::Error{
        fmt::format("'{}' is no architecture", base::printable(request.architecture)), "",
        "Debian's names are amd64, arm64, armhf, riscv64 and so on"};
  }
  if (!base::find_program("mmdebstrap")) {
    return base::Error{"mmdebstrap is not installed", "", "on Debian: apt-get install mmdebstrap"};
  }
  return {};
}

base::Result<std::string> output_of(std::vector<std::string> arguments) {
  GANTRY_TRY(const auto finished, base::run_checked({.arguments = std::move(arguments),
                                                     .environment = {{"LC_ALL", "C"}}}));
  return std::string(base::trim(finished.out));
}

/// QEMU's name for a Debian architecture.
std::string emulated_cpu(std::string_view architecture) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kDifferent = {{
      {"amd64", "x86_64"},
      {"arm64", "aarch64"},
      {"armel", "arm"},
      {"armhf", "arm"},
      {"ppc64el", "ppc64le"},
      {"loong64", "loongarch64"},
  }};
  for (const auto& [name, cpu] : kDifferent) {
    if (architecture == name) {
      return std::string(cpu);
    }
  }
  return std::string(architecture);
}

/// Fills in what the request leaves to this machine, and sorts the packages.
base::Result<RootfsRequest> complete(RootfsRequest request) {
  GANTRY_TRY(const auto host, output_of({"dpkg", "--print-architecture"}));
  if (request.architecture.empty()) {
    request.architecture = host;
  }
  std::sort(request.packages.begin(), request.packages.end());
  request.packages.erase(std::unique(request.packages.begin(), request.packages.end()),
                         request.packages.end());
  const bool is_native =
      request.architecture == host || (host == "amd64" && request.architecture == "i386");
  if (!is_native) {
    const std::string cpu = emulated_cpu(request.architecture);
    if (!base::find_program("qemu-" + cpu + "-static") && !base::find_program("qemu-" + cpu)) {
      return base::Error{
          fmt::format("programs of the architecture {} do not run on this machine ({})",
                      request.architecture, host),
          "", "on Debian: apt-get install qemu-user-static binfmt-support"};
    }
  }
  return request;
}

base::Result<std::vector<PackageSource>> find_sources(const RootfsRequest& request) {
  if (!request.mirror.empty()) {
    std::string uri = request.mirror;
    while (uri.ends_with('/')) {
      uri.pop_back();
    }
    if (uri.find("://") == std::string::npos || uri.find_first_of(" \t\n[]") != std::string::npos) {
      return base::Error{fmt::format("'{}' is no mirror", base::printable(request.mirror)), "",
                         "give the URL above its directory dists"};
    }
    return std::vector<PackageSource>{{uri, request.suite}};
  }
  GANTRY_TRY(const auto targets,
             output_of({"apt-get", "indextargets", "--format", std::string(kIndexTargetFormat)}));
  auto sources = sources_for_suite(targets, request.suite);
  if (sources.empty()) {
    return base::Error{"apt on this machine has no source of Debian packages", "",
                       "run apt-get update, or give a mirror"};
  }
  return sources;
}

/// The part of the key that is known without the network.
base::Result<std::string> specification(const RootfsRequest& request,
                                        const std::vector<PackageSource>& sources) {
  GANTRY_TRY(const auto version, output_of({"mmdebstrap", "--version"}));
  std::string text = fmt::format("{}\n{}\nsuite {}\nvariant {}\narchitecture {}\n", kFormat,
                                 version, request.suite, request.variant, request.architecture);
  for (const auto& package : request.packages) {
    text += fmt::format("package {}\n", package);
  }
  for (const auto& source : sources) {
    text += fmt::format("source {}\n", source.line());
  }
  if (request.source_date_epoch) {
    text += fmt::format("epoch {}\n", *request.source_date_epoch);
  }
  return text;
}

base::Error explain(const RootfsRequest& request, const base::Finished& finished) {
  constexpr std::string_view kUnknown = "Unable to locate package ";
  if (const auto at = finished.err.find(kUnknown); at != std::string::npos) {
    const auto begin = at + kUnknown.size();
    const auto name = finished.err.substr(begin, finished.err.find('\n', begin) - begin);
    return {fmt::format("there is no package '{}' in the suite {} for {}", base::printable(name),
                        request.suite, request.architecture),
            "", "look for its name with: apt-cache search"};
  }
  constexpr std::size_t kQuoted = 4096;
  std::string_view said = base::trim(finished.err);
  said.remove_prefix(said.size() > kQuoted ? said.size() - kQuoted : 0);
  return {fmt::format("mmdebstrap failed with exit code {}:\n{}", finished.exit_code, said), "",
          geteuid() == 0 ? "" : "without root it needs user namespaces and subordinate user ids"};
}

base::Result<void> make(const RootfsRequest& request, const std::vector<PackageSource>& sources,
                        std::int64_t epoch, const fs::path& tar) {
  std::vector<std::string> arguments = {
      "mmdebstrap",
      geteuid() == 0 ? "--mode=root" : "--mode=auto",
      "--format=tar",
      "--variant=" + request.variant,
      "--architectures=" + request.architecture,
  };
  if (!request.packages.empty()) {
    arguments.push_back("--include=" + base::join(request.packages, ","));
  }
  for (const char* const hook : kHooks) {
    arguments.push_back(std::string("--customize-hook=") + hook);
  }
  arguments.insert(arguments.end(), {request.suite, tar});
  for (const auto& source : sources) {
    arguments.push_back(source.line());
  }
  GANTRY_TRY(const auto finished,
             base::run({.arguments = arguments,
                        .environment = {{"SOURCE_DATE_EPOCH", std::to_string(epoch)},
                                        {"TZ", "UTC"},
                                        {"LC_ALL", "C.UTF-8"},
                                        {"LANGUAGE", ""},
                                        {"DEBIAN_FRONTEND", "noninteractive"}},
                        .umask = 022}));
  if (finished.exit_code != 0) {
    return explain(request, finished);
  }
  return {};
}

/// Tars by their key, and the key of the newest of each specification.
class Cache {
 public:
  explicit Cache(fs::path directory) : directory_(std::move(directory)) {}

  fs::path tar(const Digest& key) const { return directory_ / (key.hex() + ".tar"); }

  std::optional<fs::path> find(const Digest& key) const {
    std::error_code failure;
    const auto path = tar(key);
    if (!fs::is_regular_file(path, failure)) {
      return std::nullopt;
    }
    fs::last_write_time(path, fs::file_time_type::clock::now(), failure);
    return path;
  }

  std::optional<fs::path> find_newest(const Digest& specification) const {
    const auto text = base::read_file(newest(specification), 256);
    const auto key = text ? Digest::parse(*text) : base::Result<Digest>(base::Error{});
    return key ? find(*key) : std::nullopt;
  }

  base::Result<void> note_newest(const Digest& specification, const Digest& key) const {
    return base::write_file(newest(specification), key.text());
  }

  /// Removes all but the newest few. What cannot be removed stays for the next time.
  void prune() const {
    std::error_code ignored;
    std::vector<std::pair<fs::file_time_type, fs::path>> tars;
    for (const auto& item : fs::directory_iterator(directory_, ignored)) {
      if (item.path().extension() == ".tar") {
        tars.emplace_back(item.last_write_time(ignored), item.path());
      }
    }
    std::sort(tars.rbegin(), tars.rend());
    for (std::size_t i = kMaxCached; i < tars.size(); ++i) {
      fs::remove(tars[i].second, ignored);
    }
  }

 private:
  fs::path newest(const Digest& specification) const {
    return directory_ / (specification.hex() + ".newest");
  }
  fs::path directory_;
};

base::Result<Digest> digest_of(const fs::path& file) {
  std::error_code failure;
  const auto size = fs::file_size(file, failure);
  if (failure) {
    return base::errno_error("read", file);
  }
  return sha256_of_file(file, size);
}

/// Gives output the content of tar, by a hard link where the file system can.
base::Result<Rootfs> publish(const fs::path& tar, const fs::path& output) {
  Rootfs result;
  GANTRY_TRY(result.digest, digest_of(tar));
  std::error_code failure;
  if (fs::is_regular_file(output, failure)) {
    GANTRY_TRY(const auto before, digest_of(output));
    if (before == result.digest) {
      return result;
    }
  }
  const fs::path fresh = output.native() + ".new";
  fs::remove(fresh, failure);
  fs::create_hard_link(tar, fresh, failure);
  if (failure) {
    fs::copy_file(tar, fresh, fs::copy_options::overwrite_existing, failure);
  }
  if (failure) {
    errno = failure.value();
    return base::errno_error("write", fresh);
  }
  if (std::rename(fresh.c_str(), output.c_str()) != 0) {
    return base::errno_error("rename a new file to", output);
  }
  result.changed = true;
  return result;
}

/// The digests and the date of all sources; nothing if one cannot be reached.
struct MirrorState {
  std::string text;
  std::int64_t date = 0;
};

base::Result<std::optional<MirrorState>> read_mirrors(const std::vector<PackageSource>& sources) {
  MirrorState state;
  for (const auto& source : sources) {
    GANTRY_TRY(const auto release, fetch_release(source));
    if (!release) {
      return std::optional<MirrorState>();
    }
    state.text += fmt::format("release {}\n", release->digest.text());
    state.date = std::max(state.date, release->date);
  }
  return std::optional(std::move(state));
}

base::Result<void> write_depfile(const RootfsRequest& request) {
  if (request.depfile.empty()) {
    return {};
  }
  const std::vector<fs::path> inputs = {*base::find_program("mmdebstrap")};
  return base::write_file(request.depfile, base::make_depfile(request.output, inputs).text);
}

}  // namespace

base::Result<Rootfs> build_rootfs(const RootfsRequest& given,
                                  const std::function<void(std::string_view)>& say) {
  GANTRY_CHECK(check(given));
  GANTRY_TRY(const auto request, complete(given));
  GANTRY_TRY(const auto sources, find_sources(request));
  GANTRY_TRY(const auto specified, specification(request, sources));
  const fs::path directory =
      request.cache.empty() ? fs::path(request.output.native() + ".cache") : request.cache;
  GANTRY_CHECK(base::make_directories(directory));
  GANTRY_CHECK(base::make_directories(fs::absolute(request.output).parent_path()));
  const Cache cache(directory);
  const Digest specification_key = sha256(specified);
  const std::string name = fmt::format("{} ({})", request.suite, request.architecture);

  GANTRY_TRY(const auto mirrors, read_mirrors(sources));
  if (!mirrors) {
    const auto cached = cache.find_newest(specification_key);
    if (!cached) {
      return base::Error{fmt::format("the mirror {} cannot be reached", sources.front().uri), "",
                         "check the network and apt's proxy; once built, a root file system is "
                         "taken from the cache"};
    }
    say(fmt::format("rootfs {}: the mirror cannot be reached, taking the last one from the cache",
                    name));
    GANTRY_CHECK(write_depfile(request));
    GANTRY_TRY(auto result, publish(*cached, request.output));
    result.from_cache = true;
    return result;
  }

  const Digest key = sha256(specified + mirrors->text);
  auto tar = cache.find(key);
  const bool from_cache = tar.has_value();
  if (!from_cache) {
    // One maker of a key at a time: a second one finds the result of the first.
    GANTRY_TRY(const auto lock, base::FileLock::acquire(directory / (key.hex() + ".lock"),
                                                        base::FileLock::Mode::kExclusive));
    tar = cache.find(key);
    if (!tar) {
      say(fmt::format("rootfs {}: running mmdebstrap, which takes a while", name));
      const fs::path fresh = cache.tar(key).native() + ".new";
      GANTRY_CHECK(base::remove_tree(fresh));
      GANTRY_CHECK(
          make(request, sources, request.source_date_epoch.value_or(mirrors->date), fresh));
      if (std::rename(fresh.c_str(), cache.tar(key).c_str()) != 0) {
        return base::errno_error("rename a new file to", cache.tar(key));
      }
      tar = cache.tar(key);
      cache.prune();
    }
  }
  GANTRY_CHECK(cache.note_newest(specification_key, key));
  GANTRY_CHECK(write_depfile(request));
  GANTRY_TRY(auto result, publish(*tar, request.output));
  result.from_cache = from_cache;
  return result;
}

}  // namespace gantry::content
