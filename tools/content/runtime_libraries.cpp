#include "content/runtime_libraries.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <span>
#include <string>

#include <fmt/format.h>

#include "base/text.hpp"
#include "content/elf.hpp"
#include "content/host_libraries.hpp"
#include "content/loader.hpp"

namespace gantry::content {

namespace {

/// A program or library in a process, as its loader knows it.
struct Object {
  std::string path;       ///< absolute, in the image
  std::string host_path;  ///< absolute, on the host, if it comes from there
  ElfFile elf;
  const Object* loaded_by = nullptr;
};

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

std::string name_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

/// A directory to look into: by its name in the image, and (for $ORIGIN of a library that was
/// moved) by its name on the host.
struct SearchDirectory {
  std::string image;
  std::string host;
};

void append_search_path(const std::string& path, const Object& object,
                        std::vector<SearchDirectory>& directories) {
  const auto image = expand_search_path(path, directory_of(object.path), object.elf);
  const auto host = expand_search_path(
      path, directory_of(object.host_path.empty() ? object.path : object.host_path), object.elf);
  for (std::size_t i = 0; i < image.size(); ++i) {
    directories.push_back({image[i], host[i]});
  }
}

/// DT_RPATH of the object and of all that loaded it counts unless there is a DT_RUNPATH, which
/// counts for the object alone (ld.so(8)).
std::vector<SearchDirectory> own_directories(const Object& object) {
  std::vector<SearchDirectory> directories;
  if (object.elf.runpath.empty()) {
    for (const Object* at = &object; at != nullptr; at = at->loaded_by) {
      if (at->elf.runpath.empty()) {
        append_search_path(at->elf.rpath, *at, directories);
      }
    }
  }
  append_search_path(object.elf.runpath, object, directories);
  return directories;
}

class Finder {
 public:
  Finder(std::span<const Tree> trees, const Lookup& below, const std::filesystem::path& host)
      : trees_(trees), view_(trees, below), host_(host) {}

  base::Result<RuntimeLibraries> run();

 private:
  struct Found {
    std::string path;            ///< in the image
    std::string host_path;       ///< empty: the image had it
    std::optional<ElfFile> elf;  ///< nothing: it lies below and is not looked into
  };

  /// What has been loaded for a program, or for a library that none of the programs loads.
  struct Process {
    std::set<std::string> names;
    std::deque<Object> objects;
  };

  void read_roots();
  base::Result<void> load(const Object& root);
  base::Result<void> load(std::span<const std::string> names, const Object& object,
                          Process& process);
  base::Result<std::string> ensure_interpreter(const Object& program);
  std::optional<Found> find_in_image(const std::string& name, const Object& object,
                                     const std::vector<SearchDirectory>& own);
  std::optional<Found> image_file(const std::string& path, const Object& object);
  base::Result<std::optional<Found>> find_on_host(const std::string& name, const Object& object,
                                                  const std::vector<SearchDirectory>& own);
  base::Result<std::optional<Found>> find(const std::string& name, const Object& object);
  base::Result<std::optional<Found>> take(const std::string& image_path,
                                          const std::string& host_path, const ElfFile& elf);
  bool is_default_directory(const std::string& directory, const ElfFile& elf) const;
  static base::Error missing(const std::string& name, const Object& object);

  std::span<const Tree> trees_;
  PathView view_;
  HostLibraries host_;
  std::vector<Object> programs_;
  std::vector<Object> libraries_;
  std::set<std::string> names_;   ///< of all files of the trees
  std::set<std::string> loaded_;  ///< paths of image libraries that a program loads
};

/// A broken file among them is data: nobody has said yet that it is to run.
void Finder::read_roots() {
  for (const Tree& tree : trees_) {
    for (const Entry& entry : tree) {
      names_.emplace(content::name_of(entry.path));
      if (entry.type != EntryType::kFile || entry.source.empty()) {
        continue;
      }
      const auto elf = read_elf(entry.source.path(), entry.source_offset);
      if (elf && *elf && (*elf)->is_dynamic) {
        auto& list = (*elf)->is_program ? programs_ : libraries_;
        list.push_back({fmt::format("/{}", entry.path.view()), "", **elf});
      }
    }
  }
}

std::optional<Finder::Found> Finder::image_file(const std::string& path, const Object& object) {
  const auto resolved = view_.resolve(path);
  if (!resolved || resolved->entry == nullptr || resolved->entry->type != EntryType::kFile) {
    return std::nullopt;
  }
  const Entry& entry = *resolved->entry;
  if (entry.source.empty() || resolved->is_below) {
    return Found{path, "", std::nullopt};
  }
  const auto elf = read_elf(entry.source.path(), entry.source_offset);
  if (!elf || !*elf || !can_load(object.elf, **elf)) {
    return std::nullopt;
  }
  loaded_.insert("/" + resolved->path);
  return Found{path, "", **elf};
}

std::optional<Finder::Found> Finder::find_in_image(const std::string& name, const Object& object,
                                                   const std::vector<SearchDirectory>& own) {
  for (const auto& directory : own) {
    if (auto found = image_file(directory.image + "/" + name, object)) {
      return found;
    }
  }
  auto directories = default_library_directories(object.elf);
  if (object.elf.ignores_defaults) {
    directories.clear();
  }
  for (const auto& directory : directories) {
    if (auto found = image_file(directory + "/" + name, object)) {
      return found;
    }
  }
  // What a base image has there is in its loader's cache; what a layer of ours adds is not.
  for (const std::string directory : {"/usr/local/lib", "/usr/local/lib64"}) {
    const auto resolved = view_.resolve(directory + "/" + name);
    if (resolved && resolved->is_below && resolved->entry->type == EntryType::kFile) {
      return Found{directory + "/" + name, "", std::nullopt};
    }
  }
  return std::nullopt;
}

base::Result<std::optional<Finder::Found>> Finder::take(const std::string& image_path,
                                                        const std::string& host_path,
                                                        const ElfFile& elf) {
  const std::string source =
      image_path == host_path ? "" : host_.resolve(host_path).value_or(host_path);
  GANTRY_CHECK(host_.copy(image_path, source, view_));
  return std::optional(Found{image_path, host_path, elf});
}

bool Finder::is_default_directory(const std::string& directory, const ElfFile& elf) const {
  const auto wanted = host_.resolve(directory);
  for (const auto& known : default_library_directories(elf)) {
    if (directory == known || (wanted && wanted == host_.resolve(known))) {
      return true;
    }
  }
  return false;
}

base::Result<std::optional<Finder::Found>> Finder::find_on_host(
    const std::string& name, const Object& object, const std::vector<SearchDirectory>& own) {
  for (const auto& directory : own) {
    if (const auto* elf = host_.library_at(directory.host + "/" + name, object.elf)) {
      return take(directory.image + "/" + name, directory.host + "/" + name, *elf);
    }
  }
  if (object.elf.ignores_defaults) {
    return std::optional<Found>();
  }
  const auto defaults = default_library_directories(object.elf);
  const auto triplet = multiarch_triplet(object.elf);
  // Where the image's loader finds what this machine's finds by its cache alone.
  const std::string home = "/usr/lib" + (triplet.empty() ? "" : "/" + triplet);
  for (const auto& path : host_.cached(name)) {
    if (const auto* elf = host_.library_at(path, object.elf)) {
      const bool stays = is_default_directory(directory_of(path), object.elf);
      return take(stays ? path : home + "/" + name, path, *elf);
    }
  }
  for (const auto& directory : defaults) {
    if (const auto* elf = host_.library_at(directory + "/" + name, object.elf)) {
      return take(directory + "/" + name, directory + "/" + name, *elf);
    }
  }
  // Debian's cross compilers keep the target's libraries here.
  const std::string cross = "/usr/" + triplet + "/lib/" + name;
  if (const auto* elf = host_.library_at(cross, object.elf); elf != nullptr && !triplet.empty()) {
    return take(home + "/" + name, cross, *elf);
  }
  return std::optional<Found>();
}

base::Result<std::optional<Finder::Found>> Finder::find(const std::string& name,
                                                        const Object& object) {
  if (name.find('/') != std::string::npos) {
    const auto paths = expand_search_path(name, directory_of(object.path), object.elf);
    if (paths.empty()) {
      return std::optional<Found>();
    }
    if (auto found = image_file(paths.front(), object)) {
      return found;
    }
    const auto* elf = host_.library_at(paths.front(), object.elf);
    return elf != nullptr ? take(paths.front(), paths.front(), *elf) : std::optional<Found>();
  }
  const auto own = own_directories(object);
  if (auto found = find_in_image(name, object, own)) {
    return found;
  }
  return find_on_host(name, object, own);
}

base::Error Finder::missing(const std::string& name, const Object& object) {
  std::vector<std::string> searched;
  for (const auto& directory : own_directories(object)) {
    searched.push_back(directory.image);
  }
  if (!object.elf.ignores_defaults) {
    searched.emplace_back("the cache of ldconfig");
    for (const auto& directory : default_library_directories(object.elf)) {
      searched.push_back(directory);
    }
  }
  std::string chain;
  for (const Object* at = object.loaded_by; at != nullptr; at = at->loaded_by) {
    chain += fmt::format(" (which {} needs)", base::printable(at->path));
  }
  return {fmt::format("the library {} was not found, which {} needs{}; searched: {}",
                      base::printable(name), base::printable(object.path), chain,
                      base::printable(base::join(searched, ", "))),
          "",
          "install the package that has it on this machine, or add the library to a component of "
          "the image"};
}

/// Returns the loader's own name, which libc names as needed.
base::Result<std::string> Finder::ensure_interpreter(const Object& program) {
  const std::string& path = program.elf.interpreter;
  if (path.empty()) {
    return std::string();
  }
  const auto resolved = view_.resolve(path);
  if (resolved && resolved->entry != nullptr) {
    return name_of(path);
  }
  const std::string cross = "/usr/" + multiarch_triplet(program.elf) + "/lib/" + name_of(path);
  for (const std::string& candidate : {path, cross}) {
    if (host_.library_at(candidate, program.elf) != nullptr && path.starts_with('/')) {
      GANTRY_CHECK(host_.copy(
          path, candidate == path ? "" : host_.resolve(candidate).value_or(candidate), view_));
      return name_of(path);
    }
  }
  return base::Error{fmt::format("the program loader {} was not found, which {} needs",
                                 base::printable(path), base::printable(program.path)),
                     "", "install the C library of the program's machine, or link it statically"};
}

base::Result<void> Finder::load(const Object& root) {
  GANTRY_TRY(auto interpreter, ensure_interpreter(root));
  Process process{{std::move(interpreter)}, {root}};
  for (std::size_t i = 0; i < process.objects.size(); ++i) {
    const Object& object = process.objects[i];
    for (const auto& name : object.elf.needed) {
      GANTRY_CHECK(load({&name, 1}, object, process));
    }
    for (const auto& names : object.elf.opened) {
      GANTRY_CHECK(load(names, object, process));
    }
  }
  return {};
}

/// What object needs by any of the names.
base::Result<void> Finder::load(std::span<const std::string> names, const Object& object,
                                Process& process) {
  const auto is_loaded = [&](const std::string& name) { return process.names.contains(name); };
  if (std::any_of(names.begin(), names.end(), is_loaded)) {
    return {};
  }
  for (const auto& name : names) {
    GANTRY_TRY(auto found, find(name, object));
    if (!found) {
      continue;
    }
    process.names.insert(name);
    if (found->elf) {
      process.names.insert(found->elf->soname);
      process.objects.push_back({found->path, found->host_path, *found->elf, &object});
    }
    return {};
  }
  // What opens a plug-in has loaded its libraries before, from wherever it has them.
  if (!process.objects.front().elf.is_program && names_.contains(names.front())) {
    return {};
  }
  return missing(names.front(), object);
}

base::Result<RuntimeLibraries> Finder::run() {
  read_roots();
  for (const Object& program : programs_) {
    GANTRY_CHECK(load(program));
  }
  for (const Object& library : libraries_) {
    if (!loaded_.contains(library.path)) {
      GANTRY_CHECK(load(library));
    }
  }
  return RuntimeLibraries{host_.take_tree(), host_.files_read()};
}

}  // namespace

base::Result<RuntimeLibraries> find_runtime_libraries(std::span<const Tree> trees,
                                                      const Lookup& below,
                                                      const std::filesystem::path& host) {
  return Finder(trees, below, host).run();
}

}  // namespace gantry::content
