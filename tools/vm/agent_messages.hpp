#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::vm::agent {

// The bodies of frames. encode() writes them; a decode_ function gives nothing for what is none.

/// Who answers. A restore of a checkpoint keeps boot and nonce, and counter goes on.
struct Welcome {
  std::uint32_t version = 0;
  std::string boot;   ///< /proc/sys/kernel/random/boot_id
  std::string nonce;  ///< random bytes that the agent drew at its start, and has in RAM alone
  std::uint64_t counter = 0;  ///< of sessions that the agent has begun
};

/// A command. It runs with what the agent has as its environment, and the given "name=value".
struct Command {
  std::vector<std::string> arguments;  ///< the program first: a path, or a name on PATH
  std::vector<std::string> environment;
  std::string directory;   ///< empty: /
  bool has_input = false;  ///< else its standard input is /dev/null
};

/// How a command has ended.
struct Exited {
  bool by_signal = false;
  std::uint32_t code = 0;  ///< of its exit, or the signal's number
};

/// Leaves the owner as it is.
inline constexpr std::uint32_t kSameOwner = 0xffffffff;

/// A file to write: the old one is there until the new one is whole.
struct PutFile {
  std::string path;
  std::uint32_t mode = 0644;
  std::uint32_t user = kSameOwner;
  std::uint32_t group = kSameOwner;
  std::uint64_t size = 0;
};

/// A directory to fill. Those above it are made, and so is it, with mode, if it is not there.
struct PutTree {
  std::string path;
  std::uint32_t mode = 0755;
};

/// What is in a directory that is filled. Directories come before what is in them.
struct TreeEntry {
  enum class Kind : std::uint8_t { kDirectory, kFile, kLink };
  Kind kind = Kind::kFile;
  std::string path;         ///< below the directory: "a/b", without "." and ".."
  std::uint32_t mode = 0;   ///< a directory that is there keeps its own
  std::uint64_t size = 0;   ///< of a file, in bytes
  std::string target = {};  ///< of a symbolic link: its text
};

struct FileInfo {
  std::uint32_t mode = 0;
  std::uint64_t size = 0;  ///< as the file system says it; of /proc it says 0
};

/// What makes one machine of the clones of a checkpoint; what is empty stays as it is.
struct Identity {
  std::optional<std::uint64_t> clock;  ///< nanoseconds since the epoch; set before anything else
  std::string seed;                    ///< for the kernel's random number generator
  std::string host_name;
  std::string machine_id;                                  ///< 32 hexadecimal digits
  std::vector<std::array<std::uint8_t, 6>> mac_addresses;  ///< of virtio interfaces, by index
};

/// Something that did not work: what was to be done, and errno.
struct Failure {
  std::string what;  ///< "cannot set the clock: Operation not permitted"
  std::uint32_t code = 0;
};

struct Synced {
  std::uint64_t trimmed = 0;  ///< bytes that the file systems have discarded
  std::vector<Failure> failures;
};

std::string encode(const Welcome& welcome);
std::string encode(const Command& command);
std::string encode(const Exited& exited);
std::string encode(const PutFile& put);
std::string encode(const PutTree& put);
std::string encode(const TreeEntry& entry);
std::string encode(const FileInfo& info);
std::string encode(const Identity& identity);
std::string encode(const Failure& failure);
std::string encode(const std::vector<Failure>& failures);
std::string encode(const Synced& synced);
std::string encode(std::uint32_t number);

std::optional<Welcome> decode_welcome(std::string_view body);
std::optional<Command> decode_command(std::string_view body);
std::optional<Exited> decode_exited(std::string_view body);
std::optional<PutFile> decode_put_file(std::string_view body);
std::optional<PutTree> decode_put_tree(std::string_view body);
std::optional<TreeEntry> decode_tree_entry(std::string_view body);
std::optional<FileInfo> decode_file_info(std::string_view body);
std::optional<Identity> decode_identity(std::string_view body);
std::optional<Failure> decode_failure(std::string_view body);
std::optional<std::vector<Failure>> decode_failures(std::string_view body);
std::optional<Synced> decode_synced(std::string_view body);
std::optional<std::uint32_t> decode_number(std::string_view body);

}  // namespace gantry::vm::agent
