#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace gantry::oci {

/// What an extended header (POSIX.1-2001 pax) says about an entry, as far as an image layer can
/// hold it. An absent value says nothing.
struct PaxRecords {
  std::optional<std::string> path;
  std::optional<std::string> link_path;
  std::optional<std::uint64_t> size;  ///< bytes
  std::optional<std::int64_t> mtime;  ///< seconds since the epoch; fractions rounded down
  std::optional<std::uint64_t> uid;
  std::optional<std::uint64_t> gid;
  std::map<std::string, std::string> xattrs;  ///< SCHILY.xattr.<name>
  bool sparse = false;                        ///< GNU.sparse.* or SCHILY.realsize: not a plain file
  std::string sparse_name;                    ///< GNU.sparse.name: path is a made-up one then

  bool operator==(const PaxRecords&) const = default;
};

/// Adds the records of an extended header's body ("<length> <key>=<value>\n", each) to known: an
/// empty value removes what known says, as the standard has it. A record that is not well-formed is
/// an error that names its key.
base::Result<PaxRecords> parse_pax(std::string_view body, PaxRecords known = {});

}  // namespace gantry::oci
