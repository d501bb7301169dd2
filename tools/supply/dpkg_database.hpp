#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gantry::supply {

/// An installed Debian package, as deb-control(5) names its fields.
struct DebianPackage {
  std::string name;
  std::string version;
  std::string architecture;
  std::string source;          ///< its source package's name
  std::string source_version;  ///< of that; mostly the same version
  std::string maintainer;      ///< "Name <address>"; empty: not said
  bool operator==(const DebianPackage&) const = default;
};

/// True for the files that DpkgDatabase::parse reads: var/lib/dpkg/status, the files of
/// var/lib/dpkg/status.d (images without dpkg) and var/lib/dpkg/info/*.list.
bool is_dpkg_document(std::string_view path);

/// Which packages are installed in a file system, and what came with them.
class DpkgDatabase {
 public:
  /// From the contents of the files that is_dpkg_document names, by path. Hostile: a stanza without
  /// a name or version, and one with a field that no package can have, is an error.
  static base::Result<DpkgDatabase> parse(const std::map<std::string, std::string>& documents);

  /// Of a whole file system on this machine; empty if it has none.
  static base::Result<DpkgDatabase> read(const std::filesystem::path& root);

  /// Sorted.
  const std::vector<DebianPackage>& packages() const { return packages_; }

  /// The package that a file (a path relative to the root) belongs to; null if to none, or to more
  /// than one. /lib and /usr/lib count as one, as with every merged /usr.
  const DebianPackage* owner(std::string_view path) const;

 private:
  base::Result<void> add_status(std::string_view text, const std::string& where);
  void add_list(std::string_view name, std::string_view text);

  std::vector<DebianPackage> packages_;
  std::map<std::string, std::size_t, std::less<>> owners_;
};

}  // namespace gantry::supply
