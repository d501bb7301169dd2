#include "runtime/load.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <span>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/interrupt.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "oci/docker_archive_writer.hpp"
#include "oci/json_document.hpp"
#include "runtime/supervisor.hpp"

namespace gantry::runtime {

using base::Result;

namespace {

constexpr std::size_t kAskedAtOnce = 200;  // images in one call, which a command line has room for

/// What a program of the engine's came to; a failure is an Error with its words.
Result<void> check(const std::vector<std::string>& command, const Outcome& outcome) {
  if (outcome.signal != 0) {
    base::note_interrupt(outcome.signal);
    return base::Error{"interrupted", "", ""};
  }
  if (outcome.exit_code != 0) {
    const auto said = base::trim(outcome.err.empty() ? outcome.out : outcome.err);
    return base::Error{
        fmt::format("{} {} failed with exit code {}{}{}", command.at(0), command.at(1),
                    outcome.exit_code, said.empty() ? "" : ":\n", said),
        "", ""};
  }
  return {};
}

/// One image on its way into one engine.
class Load {
 public:
  Load(const std::string& engine, const oci::Image& image, const LoadRequest& request)
      : engine_(engine), image_(image), request_(request) {}

  Result<Loaded> run() const {
    if (is_there() && name_it()) {
      return Loaded{.was_there = true};
    }
    const auto known = known_layers();
    if (base::interrupted()) {
      return base::Error{"interrupted", "", ""};
    }
    if (engine_ == "podman") {
      auto pulled = pull(known);
      if (pulled || base::interrupted()) {
        return pulled;
      }
      warn("podman could not read the image where it is", pulled.error());
      GANTRY_TRY(const auto sent, send({}, 0));
      GANTRY_CHECK(name_it());
      return sent;
    }
    auto sent = send(request_.names, known);
    if (sent || known == 0 || base::interrupted()) {
      return sent;
    }
    warn(fmt::format("{} did not take the image without the layers that it has", engine_),
         sent.error());
    return send(request_.names, 0);
  }

 private:
  std::string id() const { return image_.manifest.config.digest.text(); }

  void warn(const std::string& what, const base::Error& error) const {
    request_.warn({fmt::format("{} and gets all of it: {}", what, error.what), error.where, ""});
  }

  bool is_there() const {
    const auto asked =
        base::run({.arguments = {engine_, "image", "inspect", "--format", "{{.Id}}", id()}});
    // docker says "sha256:<hex>", podman "<hex>"
    return asked && asked->exit_code == 0 && id().ends_with(base::trim(asked->out)) &&
           !base::trim(asked->out).empty();
  }

  Result<void> name_it() const {
    for (const auto& name : request_.names) {
      GANTRY_CHECK(base::run_checked({.arguments = {engine_, "tag", id(), name}}));
    }
    return {};
  }

  /// Whether the engine would look for a layer among those it has before it opens the file.
  bool may_leave_out() const {
    if (engine_ == "podman") {
      return true;
    }
    const auto status =
        base::run({.arguments = {engine_, "info", "--format", "{{json .DriverStatus}}"}});
    return status && status->exit_code == 0 &&
           status->out.find("io.containerd.snapshotter") == std::string::npos;
  }

  std::size_t known_layers() const {
    if (!may_leave_out()) {
      return 0;
    }
    const auto listed =
        base::run({.arguments = {engine_, "image", "ls", "--all", "--quiet", "--no-trunc"}});
    if (!listed || listed->exit_code != 0) {
      return 0;
    }
    const auto lines = base::split(base::trim(listed->out), '\n');
    std::set<std::string_view> unique(lines.begin(), lines.end());
    unique.erase("");
    const std::vector<std::string_view> ids(unique.begin(), unique.end());
    std::size_t most = 0;
    for (std::size_t begin = 0; begin < ids.size(); begin += kAskedAtOnce) {
      const auto asked = std::span(ids).subspan(begin, std::min(kAskedAtOnce, ids.size() - begin));
      std::vector<std::string> command = {engine_, "image", "inspect", "--format",
                                          "{{json .RootFS.Layers}}"};
      command.insert(command.end(), asked.begin(), asked.end());
      // One that is removed meanwhile makes the exit code 1, with the others' lines all the same.
      if (const auto inspected = base::run({.arguments = command})) {
        most = std::max(most, layers_in_common(inspected->out, image_.config.diff_ids));
      }
    }
    return most;
  }

  std::span<const oci::Descriptor> layers_above(std::size_t known) const {
    return std::span(image_.manifest.layers).subspan(known);
  }

  /// Of the layers above the known ones; 0 if one has to be decompressed first.
  std::uint64_t bytes_above(std::size_t known) const {
    std::uint64_t bytes = 0;
    for (const auto& layer : layers_above(known)) {
      if (layer.media_type.ends_with("zstd")) {
        return 0;
      }
      bytes += layer.size;
    }
    return bytes;
  }

  Result<Loaded> send(const std::vector<std::string>& names, std::size_t left_out) const {
    GANTRY_CHECK(image_.blobs.bring(layers_above(left_out)));
    Loaded loaded{.sent_layers = layers_above(left_out).size()};
    const auto progress = request_.progress(bytes_above(left_out));
    bool refused = false;  // it reads no more: what it says then counts
    const auto feed = [&](int input) {
      return oci::write_docker_archive(image_, names, left_out,
                                       [&](std::span<const std::byte> bytes) -> Result<void> {
                                         auto written = base::write_all(input, bytes, engine_);
                                         refused = !written;  // a pipe knows no other failure
                                         loaded.sent_bytes += bytes.size();
                                         progress->advance(bytes.size());
                                         return written;
                                       });
    };
    const std::vector<std::string> command = {engine_, "load", "--quiet"};
    GANTRY_TRY(auto done, run_fed(command, feed));
    if (!done.fed && !refused) {
      return std::move(done.fed).error();
    }
    GANTRY_CHECK(check(command, done.outcome));
    return loaded;
  }

  /// A layout of this image alone, in the directory, whose blobs are those that there are already.
  Result<void> write_layout(const std::filesystem::path& layout) const {
    GANTRY_CHECK(base::make_directories(layout));
    std::error_code failure;
    const auto blobs = std::filesystem::absolute(image_.blobs.root() / "blobs", failure);
    std::filesystem::create_directory_symlink(blobs, layout / "blobs", failure);
    if (failure) {
      return base::Error{"cannot make a symbolic link: " + failure.message(), layout.native(), ""};
    }
    auto descriptor = image_.descriptor;
    descriptor.annotations.clear();  // it shall have no name
    oci::Index index;
    index.manifests.push_back(std::move(descriptor));
    GANTRY_CHECK(base::write_file(layout / "index.json", oci::to_json(index)));
    return base::write_file(layout / "oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
  }

  /// podman 4 calls an image without a name as its directory, of which only lower case will do.
  Result<Loaded> pull(std::size_t known) const {
    GANTRY_CHECK(image_.blobs.bring(layers_above(known)));
    const auto name = fmt::format("gantry-load-{}", getpid());
    GANTRY_TRY(const auto directory, base::TempDir::create());
    GANTRY_CHECK(write_layout(directory.path() / name));
    const std::vector<std::string> command = {engine_, "pull", "--quiet", "oci:" + name};
    GANTRY_TRY(const auto outcome, run_supervised(command, {.streams = Streams::kCapture,
                                                            .directory = directory.path()}));
    GANTRY_CHECK(check(command, outcome));
    const auto named = name_it();
    static_cast<void>(static_cast<bool>(
        base::run({.arguments = {engine_, "untag", id(), "localhost/" + name + ":latest"}})));
    GANTRY_CHECK(named);
    std::uint64_t bytes = 0;
    for (const auto& layer : layers_above(known)) {
      bytes += layer.size;
    }
    return Loaded{.sent_layers = layers_above(known).size(), .sent_bytes = bytes};
  }

  const std::string& engine_;
  const oci::Image& image_;
  const LoadRequest& request_;
};

}  // namespace

Result<Loaded> load_image(const std::string& engine, const oci::Image& image,
                          const LoadRequest& request) {
  return Load(engine, image, request).run();
}

std::size_t layers_in_common(std::string_view inspected,
                             const std::vector<content::Digest>& diff_ids) {
  std::size_t most = 0;
  for (const auto line : base::split(inspected, '\n')) {
    const auto document = oci::JsonDocument::parse(line, "an engine's image");
    if (!document) {
      continue;
    }
    if (const auto chain = document->root().texts()) {
      const auto common =
          std::mismatch(chain->begin(), chain->end(), diff_ids.begin(), diff_ids.end(),
                        [](const std::string& theirs, const content::Digest& ours) {
                          return theirs == ours.text();
                        });
      most = std::max(most, static_cast<std::size_t>(common.second - diff_ids.begin()));
    }
  }
  return most;
}

}  // namespace gantry::runtime
