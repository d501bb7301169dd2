#include "content/loader.hpp"

#include <array>
#include <cstring>

#include <elf.h>
#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::content {

namespace {

struct Machine {
  std::uint16_t machine;
  bool is_64bit;
  bool is_big_endian;
  std::string_view triplet;
  std::string_view platform;  ///< $PLATFORM
};

constexpr std::array kMachines = {
    Machine{EM_X86_64, true, false, "x86_64-linux-gnu", "x86_64"},
    Machine{EM_X86_64, false, false, "x86_64-linux-gnux32", "x86_64"},
    Machine{EM_386, false, false, "i386-linux-gnu", "i686"},
    Machine{EM_AARCH64, true, false, "aarch64-linux-gnu", "aarch64"},
    Machine{EM_ARM, false, false, "arm-linux-gnueabihf", "v7l"},
    Machine{EM_RISCV, true, false, "riscv64-linux-gnu", "riscv64"},
    Machine{EM_PPC64, true, false, "powerpc64le-linux-gnu", "power8"},
    Machine{EM_PPC64, true, true, "powerpc64-linux-gnu", "power4"},
    Machine{EM_S390, true, true, "s390x-linux-gnu", "z900"},
    Machine{EM_MIPS, true, false, "mips64el-linux-gnuabi64", "mips"},
};

const Machine* find_machine(const ElfFile& elf) {
  for (const Machine& machine : kMachines) {
    if (machine.machine == elf.machine && machine.is_64bit == elf.is_64bit &&
        machine.is_big_endian == elf.is_big_endian) {
      return &machine;
    }
  }
  return nullptr;
}

bool is_soft_float_arm(const ElfFile& elf) {
  return elf.machine == EM_ARM && (elf.flags & EF_ARM_ABI_FLOAT_SOFT) != 0;
}

/// $ORIGIN or ${ORIGIN} at the beginning of rest: how long it is; 0 if it is not there.
std::size_t token_length(std::string_view rest, std::string_view name) {
  if (rest.starts_with("${")) {
    return rest.substr(2).starts_with(name) && rest.substr(2 + name.size()).starts_with('}')
               ? name.size() + 3
               : 0;
  }
  const auto after = rest.substr(std::min(rest.size(), name.size() + 1));
  const bool ends = after.empty() || after.front() == '/' || after.front() == '$' ||
                    after.front() == '-' || after.front() == '.';
  return rest.substr(1).starts_with(name) && ends ? name.size() + 1 : 0;
}

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

}  // namespace

bool can_load(const ElfFile& program, const ElfFile& library) {
  return program.machine == library.machine && program.is_64bit == library.is_64bit &&
         program.is_big_endian == library.is_big_endian && !library.is_static() &&
         is_soft_float_arm(program) == is_soft_float_arm(library);
}

std::string multiarch_triplet(const ElfFile& elf) {
  if (is_soft_float_arm(elf)) {
    return "arm-linux-gnueabi";
  }
  const Machine* const machine = find_machine(elf);
  return machine != nullptr ? std::string(machine->triplet) : "";
}

std::vector<std::string> default_library_directories(const ElfFile& elf) {
  std::vector<std::string> directories;
  if (const auto triplet = multiarch_triplet(elf); !triplet.empty()) {
    directories = {"/lib/" + triplet, "/usr/lib/" + triplet};
  }
  if (elf.is_64bit) {
    directories.insert(directories.end(), {"/lib64", "/usr/lib64"});
  }
  directories.insert(directories.end(), {"/lib", "/usr/lib"});
  return directories;
}

std::vector<std::string> expand_search_path(std::string_view path, std::string_view origin,
                                            const ElfFile& elf) {
  const auto triplet = multiarch_triplet(elf);
  const Machine* const machine = find_machine(elf);
  const std::array<std::pair<std::string_view, std::string>, 3> tokens = {{
      {"ORIGIN", std::string(origin)},
      {"LIB", triplet.empty() ? std::string(elf.is_64bit ? "lib64" : "lib") : "lib/" + triplet},
      {"PLATFORM", machine != nullptr ? std::string(machine->platform) : ""},
  }};
  std::vector<std::string> directories;
  for (const auto part : base::split(path, ':')) {
    std::string text;
    for (auto rest = part; !rest.empty();) {
      std::size_t used = 0;
      for (const auto& [name, value] : tokens) {
        used = rest.front() == '$' ? token_length(rest, name) : 0;
        if (used != 0) {
          text += value;
          break;
        }
      }
      if (used == 0) {
        text += rest.front();
        used = 1;
      }
      rest.remove_prefix(used);
    }
    if (text.starts_with('/')) {
      directories.push_back(std::move(text));
    }
  }
  return directories;
}

base::Result<LoaderCache> parse_loader_cache(std::string_view bytes) {
  constexpr std::string_view kMagic = "glibc-ld.so.cache1.1";
  constexpr std::size_t kHeader = 48;
  constexpr std::size_t kEntry = 24;
  const auto broken = [](std::string_view what) {
    return base::Error{fmt::format("broken cache of ldconfig: {}", what), "",
                       "ldconfig writes it anew"};
  };
  // Older libraries put a table of the old format before it.
  const auto begin = bytes.find(kMagic);
  if (begin == std::string_view::npos) {
    return broken("it is not of the format 1.1");
  }
  bytes.remove_prefix(begin);
  if (bytes.size() < kHeader) {
    return broken("it ends in its header");
  }
  const std::size_t count = number_at(bytes, kMagic.size());
  if ((bytes.size() - kHeader) / kEntry < count) {
    return broken("it ends in its table");
  }
  const auto text_at = [&](std::size_t at) {
    const auto end = at < bytes.size() ? bytes.find('\0', at) : std::string_view::npos;
    return end == std::string_view::npos ? std::string_view() : bytes.substr(at, end - at);
  };
  LoaderCache cache;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = kHeader + i * kEntry;
    const auto name = text_at(number_at(bytes, at + 4));
    const auto path = text_at(number_at(bytes, at + 8));
    if (name.empty() || path.empty()) {
      return broken("a name lies outside of it");
    }
    const bool is_for_special_hardware =
        number_at(bytes, at + 16) != 0 || number_at(bytes, at + 20) != 0;
    if (!is_for_special_hardware && path.starts_with('/')) {
      cache.emplace(name, path);
    }
  }
  return cache;
}

}  // namespace gantry::content
