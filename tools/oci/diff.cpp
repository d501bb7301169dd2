#include "oci/diff.hpp"

#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/process.hpp"
#include "base/text.hpp"
#include "oci/merged_tree.hpp"

namespace gantry::oci {

using content::Entry;
using content::EntryType;

namespace {

using Values = std::map<std::string, std::string>;

void put(Values& values, const std::string& name, std::string value) {
  if (!value.empty()) {
    values[name] = std::move(value);
  }
}

std::string text_of(const Healthcheck& check) {
  return fmt::format("{} interval={}ns timeout={}ns start-period={}ns retries={}",
                     base::shell_quoted(check.test), check.interval, check.timeout,
                     check.start_period, check.retries);
}

Values values_of(const Image& image, const DiffOptions& options) {
  const auto& config = image.config;
  Values values;
  put(values, "platform", config.platform.text());
  put(values, "author", config.author);
  put(values, "user", config.user);
  put(values, "workdir", config.working_dir);
  put(values, "entrypoint", base::shell_quoted(config.entrypoint));
  put(values, "cmd", base::shell_quoted(config.cmd));
  put(values, "stop-signal", config.stop_signal);
  if (!options.ignore_times && config.created) {
    values["created"] = base::format_time(*config.created);
  }
  if (config.healthcheck) {
    put(values, "healthcheck", text_of(*config.healthcheck));
  }
  for (const auto& item : config.env) {
    const auto equals = item.find('=');
    values["env " + item.substr(0, equals)] =
        equals == std::string::npos ? "" : item.substr(equals + 1);
  }
  for (const auto& port : config.exposed_ports) {
    values["port " + port] = "";
  }
  for (const auto& volume : config.volumes) {
    values["volume " + volume] = "";
  }
  for (const auto& [key, value] : config.labels) {
    values["label " + key] = value;
  }
  for (const auto& [key, value] : image.manifest.annotations) {
    values["annotation " + key] = value;
  }
  if (options.ignore_times) {
    values.erase("label org.opencontainers.image.created");
    values.erase("annotation org.opencontainers.image.created");
  }
  return values;
}

std::string type_name(EntryType type) {
  switch (type) {
    case EntryType::kFile:
      return "file";
    case EntryType::kDirectory:
      return "directory";
    case EntryType::kSymlink:
      return "symbolic link";
    case EntryType::kHardLink:
      return "hard link";
    case EntryType::kCharDevice:
      return "character device";
    case EntryType::kBlockDevice:
      return "block device";
    case EntryType::kFifo:
      return "FIFO";
    case EntryType::kWhiteout:
    case EntryType::kOpaqueWhiteout:
      break;
  }
  return "whiteout";
}

Values values_of(const Entry& entry, const DiffOptions& options) {
  Values values;
  values["type"] = type_name(entry.type);
  values["owner"] = fmt::format("{}:{}", entry.uid, entry.gid);
  if (entry.type != EntryType::kSymlink) {  // a link's own mode means nothing
    values["mode"] = fmt::format("{:04o}", entry.mode);
  }
  if (!options.ignore_times) {
    values["mtime"] = base::format_time(entry.mtime);
  }
  if (entry.type == EntryType::kFile) {
    values["size"] = fmt::format("{}", entry.size);
  }
  put(values, "content", entry.identity.text());
  put(values, "target", std::string(entry.link_target));
  if (entry.type == EntryType::kCharDevice || entry.type == EntryType::kBlockDevice) {
    values["device"] = fmt::format("{}:{}", entry.device_major, entry.device_minor);
  }
  for (const auto& [name, value] : entry.xattrs) {
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(value.data());
    values["xattr " + name] = base::to_hex({bytes, value.size()});
  }
  return values;
}

std::vector<Change> compare(const Values& before, const Values& after) {
  std::vector<Change> changes;
  auto old = before.begin();
  auto now = after.begin();
  while (old != before.end() || now != after.end()) {
    if (now == after.end() || (old != before.end() && old->first < now->first)) {
      changes.push_back({old->first, old->second, std::nullopt});
      ++old;
    } else if (old == before.end() || now->first < old->first) {
      changes.push_back({now->first, std::nullopt, now->second});
      ++now;
    } else {
      if (old->second != now->second) {
        changes.push_back({old->first, old->second, now->second});
      }
      ++old;
      ++now;
    }
  }
  return changes;
}

std::vector<FileChange> compare(const MergedTree& before, const MergedTree& after,
                                const DiffOptions& options) {
  using Kind = FileChange::Kind;
  std::vector<FileChange> files;
  auto old = before.begin();
  auto now = after.begin();
  while (old != before.end() || now != after.end()) {
    if (now == after.end() ||
        (old != before.end() && content::path_less(old->entry.path, now->entry.path))) {
      files.push_back({std::string(old->entry.path), Kind::kRemoved,
                       compare(values_of(old->entry, options), {})});
      ++old;
    } else if (old == before.end() || content::path_less(now->entry.path, old->entry.path)) {
      files.push_back({std::string(now->entry.path), Kind::kAdded,
                       compare({}, values_of(now->entry, options))});
      ++now;
    } else {
      auto changes = compare(values_of(old->entry, options), values_of(now->entry, options));
      if (!changes.empty()) {
        files.push_back({std::string(old->entry.path), Kind::kChanged, std::move(changes)});
      }
      ++old;
      ++now;
    }
  }
  return files;
}

}  // namespace

base::Result<ImageDiff> diff_images(const Image& before, const Image& after,
                                    const DiffOptions& options) {
  ImageDiff diff;
  diff.config = compare(values_of(before, options), values_of(after, options));
  if (before.config.diff_ids == after.config.diff_ids) {
    return diff;  // the same layers make the same files
  }
  GANTRY_TRY(const auto old_tree, merged_tree(before, Contents::kHash));
  GANTRY_TRY(const auto new_tree, merged_tree(after, Contents::kHash));
  diff.files = compare(old_tree, new_tree, options);
  return diff;
}

}  // namespace gantry::oci
