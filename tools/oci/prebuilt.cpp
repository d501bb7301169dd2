#include "oci/prebuilt.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>

#include <elf.h>
#include <fmt/format.h>

#include "base/text.hpp"
#include "content/elf.hpp"
#include "content/scan.hpp"

namespace gantry::oci {

namespace fs = std::filesystem;

namespace {

/// Architectures in Go's words and what their ELF files say.
struct Machine {
  std::string_view architecture;
  std::uint16_t number;
  bool is_64bit;
  bool is_big_endian;
};

constexpr std::array kMachines = {
    Machine{"386", EM_386, false, false},          Machine{"amd64", EM_X86_64, true, false},
    Machine{"arm", EM_ARM, false, false},          Machine{"arm64", EM_AARCH64, true, false},
    Machine{"loong64", EM_LOONGARCH, true, false}, Machine{"mips64le", EM_MIPS, true, false},
    Machine{"ppc64le", EM_PPC64, true, false},     Machine{"riscv64", EM_RISCV, true, false},
    Machine{"s390x", EM_S390, true, true},
};

bool is_of(const Machine& machine, const content::ElfFile& file) {
  return machine.number == file.machine && machine.is_64bit == file.is_64bit &&
         machine.is_big_endian == file.is_big_endian;
}

std::string name_of_machine(const content::ElfFile& file) {
  const auto* const found =
      std::find_if(kMachines.begin(), kMachines.end(),
                   [&](const Machine& machine) { return is_of(machine, file); });
  return found == kMachines.end() ? fmt::format("machine {} of the ELF specification", file.machine)
                                  : std::string(found->architecture);
}

/// {os}, {arch}, {variant} and {version} replaced.
std::string fill_in(std::string text, const Platform& platform, std::string_view version) {
  const std::array<std::pair<std::string_view, std::string_view>, 4> values = {
      {{"{os}", platform.os},
       {"{arch}", platform.architecture},
       {"{variant}", platform.variant},
       {"{version}", version}}};
  for (const auto& [name, value] : values) {
    for (auto at = text.find(name); at != std::string::npos;
         at = text.find(name, at + value.size())) {
      text.replace(at, name.size(), value);
    }
  }
  return text;
}

class Collector {
 public:
  Collector(const Platform& platform, std::string_view version)
      : platform_(platform), version_(version) {}

  base::Result<void> add(const PrebuiltFile& file) {
    const auto path = fill_in(file.path, platform_, version_);
    auto destination = fill_in(file.destination, platform_, version_);
    std::error_code failure;
    const auto status = fs::status(path, failure);
    if (!fs::exists(status)) {
      return base::Error{fmt::format("there is no prebuilt file for {}", platform_.text()), path,
                         fmt::format("PREBUILT says '{}'", base::printable(file.path))};
    }
    if (fs::is_directory(status)) {
      GANTRY_TRY(auto tree,
                 content::scan_tree(path, content::Identify::kByContent, content::Owners::kRoot));
      return place(std::move(tree), destination);
    }
    // A link to a file is that file: what is packed shall not depend on the machine that built it.
    GANTRY_TRY(auto tree,
               content::scan_file(fs::canonical(path, failure), content::Identify::kByContent,
                                  content::Owners::kRoot));
    if (destination.ends_with('/')) {
      destination += fs::path(path).filename();
    }
    tree.front().path = std::string();
    return place(std::move(tree), destination);
  }

  base::Result<PrebuiltLayer> finish() {
    std::sort(layer_.tree.begin(), layer_.tree.end(), content::entry_less);
    const auto twice = std::adjacent_find(
        layer_.tree.begin(), layer_.tree.end(),
        [](const content::Entry& a, const content::Entry& b) { return a.path == b.path; });
    if (twice != layer_.tree.end()) {
      return base::Error{
          fmt::format("two prebuilt files have the place '/{}'", base::printable(twice->path)), "",
          ""};
    }
    return std::move(layer_);
  }

 private:
  /// Below the destination; an entry without a path is the destination itself.
  base::Result<void> place(content::Tree tree, const std::string& destination) {
    const auto below = fs::path(destination).lexically_normal().relative_path();
    for (auto& entry : tree) {
      auto path = (below / std::string_view(entry.path)).lexically_normal().native();
      while (path.ends_with('/')) {
        path.pop_back();
      }
      if (!content::is_clean_path(path)) {
        return base::Error{
            fmt::format("'{}' is no place in an image", base::printable(destination)), "",
            "a place is an absolute path without '..'"};
      }
      entry.path = path;
      entry.mtime = 0;
      if (entry.type == content::EntryType::kHardLink) {
        entry.link_target = (below / std::string_view(entry.link_target)).native();
      }
      if (entry.type == content::EntryType::kFile) {
        GANTRY_CHECK(check_program(entry));
      }
      add_once(std::move(entry));
    }
    return {};
  }

  base::Result<void> check_program(content::Entry& entry) {
    const std::string source = entry.source.path();
    layer_.files.emplace_back(source);
    GANTRY_TRY(const auto file, content::read_elf(source));
    if (!file) {
      return {};
    }
    const auto* const wanted = std::find_if(
        kMachines.begin(), kMachines.end(),
        [&](const Machine& machine) { return machine.architecture == platform_.architecture; });
    if (wanted != kMachines.end() && !is_of(*wanted, *file)) {
      return base::Error{fmt::format("it is for {}, but belongs to the image for {}",
                                     name_of_machine(*file), platform_.text()),
                         source, "was it copied from another platform's build?"};
    }
    entry.mode |= 0555;
    return {};
  }

  /// Directories may come with several of the files.
  void add_once(content::Entry entry) {
    if (entry.type != content::EntryType::kDirectory ||
        directories_.insert(std::string(entry.path)).second) {
      layer_.tree.push_back(std::move(entry));
    }
  }

  const Platform& platform_;
  std::string_view version_;
  PrebuiltLayer layer_;
  std::set<std::string> directories_;
};

}  // namespace

base::Result<PrebuiltLayer> collect_prebuilt(const ImageSpec& spec, const Platform& platform,
                                             std::string_view version) {
  Collector collector(platform, version);
  for (const auto& file : spec.prebuilt) {
    GANTRY_CHECK(collector.add(file));
  }
  return collector.finish();
}

}  // namespace gantry::oci
