#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/local_image.hpp"
#include "cli/standard_output.hpp"
#include "oci/merged_tree.hpp"

namespace gantry::cli {

namespace {

using content::Entry;
using content::EntryType;
using Listing = std::vector<const oci::MergedEntry*>;

struct Options {
  std::string image;
  std::string path;
  std::string platform;
  std::optional<std::size_t> layer;
  bool long_format = false;
  bool tree = false;
  bool json = false;
};

char letter(EntryType type) {
  switch (type) {
    case EntryType::kDirectory:
      return 'd';
    case EntryType::kSymlink:
      return 'l';
    case EntryType::kHardLink:
      return 'h';
    case EntryType::kCharDevice:
      return 'c';
    case EntryType::kBlockDevice:
      return 'b';
    case EntryType::kFifo:
      return 'p';
    default:
      return '-';
  }
}

/// "drwxr-sr-x", as ls and tar write it.
std::string mode_text(const Entry& entry) {
  std::string text(1, letter(entry.type));
  constexpr std::string_view kBits = "rwxrwxrwx";
  for (std::size_t i = 0; i < kBits.size(); ++i) {
    text += (entry.mode & (0400U >> i)) != 0 ? kBits[i] : '-';
  }
  const auto mark = [&](std::uint32_t bit, std::size_t place, char set) {
    if ((entry.mode & bit) != 0) {
      text[place] = text[place] == 'x' ? set : static_cast<char>(std::toupper(set));
    }
  };
  mark(04000, 3, 's');
  mark(02000, 6, 's');
  mark(01000, 9, 't');
  return text;
}

bool is_device(const Entry& entry) {
  return entry.type == EntryType::kCharDevice || entry.type == EntryType::kBlockDevice;
}

std::string size_text(const Entry& entry) {
  return is_device(entry) ? fmt::format("{},{}", entry.device_major, entry.device_minor)
                          : fmt::format("{}", entry.size);
}

std::string link_text(const Entry& entry) {
  const auto target = base::printable(entry.link_target);
  return entry.type == EntryType::kSymlink    ? " -> " + target
         : entry.type == EntryType::kHardLink ? " link to /" + target
                                              : "";
}

std::string paths(const Listing& listing) {
  std::string text;
  for (const auto* merged : listing) {
    text += "/" + base::printable(merged->entry.path) + "\n";
  }
  return text;
}

std::string long_lines(const Listing& listing) {
  std::size_t owner_width = 0;
  std::size_t size_width = 0;
  std::size_t layer_width = 0;
  const auto owner = [](const Entry& entry) { return fmt::format("{}:{}", entry.uid, entry.gid); };
  for (const auto* merged : listing) {
    owner_width = std::max(owner_width, owner(merged->entry).size());
    size_width = std::max(size_width, size_text(merged->entry).size());
    layer_width = std::max(layer_width, fmt::format("{}", merged->layer).size());
  }
  std::string text;
  for (const auto* merged : listing) {
    const auto& entry = merged->entry;
    text += fmt::format("{} {:<{}} {:>{}} {} {:>{}} /{}{}\n", mode_text(entry), owner(entry),
                        owner_width, size_text(entry), size_width, base::format_time(entry.mtime),
                        merged->layer, layer_width, base::printable(entry.path), link_text(entry));
  }
  return text;
}

std::size_t depth_of(const Entry& entry) {
  return static_cast<std::size_t>(std::count(entry.path.begin(), entry.path.end(), '/'));
}

/// Lines as tree(1) draws them; from the last to the first, since a line's branches depend on what
/// comes after it.
std::string drawing(const Listing& listing) {
  std::vector<std::string> lines;
  std::vector<bool> later;  // by depth: whether a sibling of that depth follows
  for (auto merged = listing.rbegin(); merged != listing.rend(); ++merged) {
    const auto& entry = (*merged)->entry;
    const auto depth = depth_of(entry);
    const bool last = later.size() <= depth || !later[depth];
    later.resize(depth + 1);
    std::string line;
    for (std::size_t i = 0; i < depth; ++i) {
      line += later[i] ? "│   " : "    ";
    }
    later[depth] = true;
    const auto slash = entry.path.rfind('/');
    const auto name = entry.path.substr(slash == std::string::npos ? 0 : slash + 1);
    lines.push_back(fmt::format(
        "{}{}{}{}{}  [{}]\n", line, last ? "└── " : "├── ", base::printable(name),
        entry.type == EntryType::kDirectory ? "/" : "", link_text(entry), (*merged)->layer));
  }
  std::reverse(lines.begin(), lines.end());
  return "/\n" + base::join(lines, "");
}

nlohmann::json to_json(const oci::MergedEntry& merged) {
  static const std::map<EntryType, std::string> kTypes = {
      {EntryType::kFile, "file"},       {EntryType::kDirectory, "directory"},
      {EntryType::kSymlink, "symlink"}, {EntryType::kHardLink, "hardlink"},
      {EntryType::kCharDevice, "char"}, {EntryType::kBlockDevice, "block"},
      {EntryType::kFifo, "fifo"},
  };
  const auto& entry = merged.entry;
  nlohmann::json json = {{"path", fmt::format("/{}", entry.path.view())},
                         {"type", kTypes.at(entry.type)},
                         {"mode", fmt::format("{:04o}", entry.mode)},
                         {"uid", entry.uid},
                         {"gid", entry.gid},
                         {"size", entry.size},
                         {"mtime", entry.mtime},
                         {"layer", merged.layer}};
  if (!entry.link_target.empty()) {
    json["target"] = fmt::format("{}{}", entry.type == EntryType::kHardLink ? "/" : "",
                                 entry.link_target.view());
  }
  if (is_device(entry)) {
    json["device"] = {entry.device_major, entry.device_minor};
  }
  for (const auto& [name, value] : entry.xattrs) {
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(value.data());
    json["xattrs"][name] = base::to_hex({bytes, value.size()});
  }
  return json;
}

std::string json_text(const oci::Image& image, const Listing& listing) {
  nlohmann::json document = {{"image", image.descriptor.digest.text()},
                             {"layers", nlohmann::json::array()},
                             {"entries", nlohmann::json::array()}};
  for (const auto& layer : image.manifest.layers) {
    document["layers"].push_back(layer.digest.text());
  }
  for (const auto* merged : listing) {
    document["entries"].push_back(to_json(*merged));
  }
  return document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

bool is_at_or_below(std::string_view path, std::string_view top) {
  return top.empty() || path == top ||
         (path.starts_with(top) && path.size() > top.size() && path[top.size()] == '/');
}

/// The entries that were asked for; for a drawing with the directories that lead to them.
Listing select(const oci::MergedTree& tree, const Options& options, std::string_view top) {
  Listing listing;
  for (auto merged = tree.rbegin(); merged != tree.rend(); ++merged) {
    const auto& path = merged->entry.path;
    const bool asked =
        is_at_or_below(path, top) && merged->layer == options.layer.value_or(merged->layer);
    const bool leads = options.tree && !listing.empty() &&
                       merged->entry.type == EntryType::kDirectory &&
                       is_at_or_below(listing.back()->entry.path, path);
    if (asked || leads) {
      listing.push_back(&*merged);
    }
  }
  std::reverse(listing.begin(), listing.end());
  return listing;
}

/// "usr/bin" for "/usr/./bin/".
std::string path_in_image(std::string_view text) {
  std::vector<std::string> parts;
  for (const auto part : base::split(text, '/')) {
    if (!part.empty() && part != ".") {
      parts.emplace_back(part);
    }
  }
  return base::join(parts, "/");
}

base::Result<int> list(const Options& options) {
  GANTRY_TRY(const auto image, open_image(options.image, options.platform));
  const auto layers = image.manifest.layers.size();
  if (options.layer && *options.layer >= layers) {
    return base::Error{
        fmt::format("there is no layer {}: the image has {}", *options.layer, layers),
        options.image, "layers are counted from 0, the lowest"};
  }
  GANTRY_TRY(const auto tree, oci::merged_tree(image, oci::Contents::kSkip));
  const auto top = path_in_image(options.path);
  const bool there = top.empty() || std::any_of(tree.begin(), tree.end(), [&](const auto& merged) {
                       return merged.entry.path == top;
                     });
  if (!there) {
    return base::Error{fmt::format("there is no '/{}' in the image", base::printable(top)),
                       options.image, ""};
  }
  const auto listing = select(tree, options, top);
  GANTRY_CHECK(print(options.json          ? json_text(image, listing)
                     : options.long_format ? long_lines(listing)
                     : options.tree        ? drawing(listing)
                                           : paths(listing)));
  return kSuccess;
}

}  // namespace

void add_image_ls(CLI::App& image, Action& action) {
  auto* command =
      image.add_subcommand("ls", "List the files of all layers of an image as one tree");
  command->footer(
      "Whiteouts are applied; the layer of an entry is the one that gave it its present form, "
      "counted from 0, the lowest. Every layer is verified on the way.\n\n"
      "Example:\n  gantry image ls -l build/gantry/images/app.image /usr/bin");
  auto options = std::make_shared<Options>();
  command->add_option("image", options->image, "A .image file, or an OCI layout oci:DIR[:TAG]")
      ->type_name("IMAGE")
      ->required();
  command->add_option("path", options->path, "Only this file or directory of the image")
      ->type_name("PATH");
  auto* long_format = command->add_flag("-l,--long", options->long_format,
                                        "Show mode, owner, size, time and layer of each");
  command->add_flag("--tree", options->tree, "Draw a tree, with the layer of each in brackets")
      ->excludes(long_format);
  command->add_option("--layer", options->layer, "Only what this layer gave (0 is the lowest)");
  command->add_option("--platform", options->platform, "Which image of an index: linux/arm64");
  command->add_flag("--json", options->json, "Print JSON");
  command->callback([&action, options] { action = [options] { return list(*options); }; });
}

}  // namespace gantry::cli
