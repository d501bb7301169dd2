#include "vm/disk/kernel_modules.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <system_error>

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/text.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Result;

namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t{64} << 20;
constexpr std::size_t kMostModules = 200;
constexpr std::string_view kSuffix = ".ko";

std::string plain_name(std::string_view file) {
  std::string name(file.substr(file.rfind('/') + 1));
  name.erase(std::min(name.find(kSuffix), name.size()));
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

/// The section .modinfo is a row of "key=value", each ended by a NUL.
std::string_view dependencies_in(std::string_view module) {
  constexpr std::string_view kKey("\0depends=", 9);
  const auto begin = module.find(kKey);
  if (begin == std::string_view::npos) {
    return {};
  }
  const auto value = module.substr(begin + kKey.size());
  return value.substr(0, value.find('\0'));
}

class Collector {
 public:
  explicit Collector(const ModuleTree& tree) : tree_(tree) {
    for (const auto& file : tree.files) {
      if (file.find(kSuffix) != std::string::npos) {
        files_.emplace(plain_name(file), &file);
      }
    }
  }

  Result<void> add(const std::string& name) {
    const auto found = files_.find(name);
    if (found == files_.end() || !begun_.insert(name).second) {
      return {};
    }
    const auto& file = *found->second;
    if (begun_.size() > kMostModules) {
      return base::Error{fmt::format("more than {} modules depend on each other", kMostModules),
                         file, ""};
    }
    if (!file.ends_with(kSuffix)) {
      return base::Error{"the kernel's modules are compressed, which a small initramfs cannot have",
                         file, "take the kernel's own initrd"};
    }
    GANTRY_TRY(auto content, tree_.read(file));
    for (const auto needed : base::split(dependencies_in(content), ',')) {
      GANTRY_CHECK(add(plain_name(needed)));
    }
    modules.push_back({name, std::move(content)});
    return {};
  }

  std::vector<KernelModule> modules;

 private:
  const ModuleTree& tree_;
  std::map<std::string, const std::string*> files_;
  std::set<std::string> begun_;
};

}  // namespace

Result<ModuleTree> modules_in(const fs::path& directory) {
  ModuleTree tree;
  std::error_code error;
  for (fs::recursive_directory_iterator walk(directory, error), end; !error && walk != end;
       walk.increment(error)) {
    tree.files.push_back(walk->path().native());
  }
  if (error) {
    return base::Error{"cannot read the kernel's modules: " + error.message(), directory.native(),
                       ""};
  }
  std::sort(tree.files.begin(), tree.files.end());
  tree.read = [](const std::string& file) { return base::read_file(file, kMostBytes); };
  return tree;
}

Result<std::vector<KernelModule>> modules_for(std::span<const std::string_view> names,
                                              const ModuleTree& tree) {
  Collector collector(tree);
  for (const auto name : names) {
    GANTRY_CHECK(collector.add(plain_name(name)));
  }
  return std::move(collector.modules);
}

}  // namespace gantry::vm
