#include <algorithm>
#include <array>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vm/agent_client.hpp"
#include "vm/agent_reply.hpp"
#include "vm/host_tree.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using agent::TreeEntry;
using agent::Type;
using base::Fd;
using base::Result;

namespace {

constexpr std::size_t kLow = 4 * agent::kDataSize;  // unsent; then more is read

/// A file of the host that is read to its end, which is where it was at first.
struct OpenFile {
  Fd fd;
  std::uint64_t size = 0;
};

Result<OpenFile> open_source(const fs::path& path, int flags) {
  OpenFile file;
  GANTRY_TRY(file.fd, base::open_file(path, O_RDONLY | O_CLOEXEC | flags));
  struct stat status {};
  if (fstat(file.fd.get(), &status) != 0) {
    return base::errno_error("read", path);
  }
  if (!S_ISREG(status.st_mode)) {
    return base::Error{"only a regular file can be put into a guest", path.native(), ""};
  }
  file.size = static_cast<std::uint64_t>(status.st_size);
  return file;
}

Result<std::size_t> read_some(const OpenFile& file, const fs::path& path, char* to,
                              std::size_t size) {
  const auto count = read(file.fd.get(), to, size);
  if (count < 0) {
    return base::errno_error("read", path);
  }
  if (count == 0) {
    return base::Error{"the file became shorter while it was read", path.native(), ""};
  }
  return static_cast<std::size_t>(count);
}

TreeEntry message_of(const content::Entry& entry) {
  TreeEntry message;
  message.kind = entry.type == content::EntryType::kDirectory ? TreeEntry::Kind::kDirectory
                 : entry.type == content::EntryType::kSymlink ? TreeEntry::Kind::kLink
                                                              : TreeEntry::Kind::kFile;
  message.path = std::string(entry.path);
  message.mode = entry.mode;
  message.size = entry.size;
  message.target = std::string(entry.link_target);
  return message;
}

}  // namespace

Result<void> AgentClient::put_file(const fs::path& source, agent::PutFile target,
                                   Deadline deadline) {
  GANTRY_TRY(const auto file, open_source(source, 0));
  target.size = file.size;
  return send_file(
      target, [&](char* to, std::size_t size) { return read_some(file, source, to, size); },
      deadline);
}

Result<void> AgentClient::put(std::string_view content, agent::PutFile target, Deadline deadline) {
  target.size = content.size();
  return send_file(
      target,
      [&](char* to, std::size_t size) -> Result<std::size_t> {
        const auto count = content.copy(to, size);
        content.remove_prefix(count);
        return count;
      },
      deadline);
}

/// May end earlier: if it has gone wrong in the guest.
Result<void> AgentClient::send_bytes(std::uint64_t size, const Source& source, Deadline deadline,
                                     std::string_view doing) {
  std::array<char, agent::kDataSize> chunk;
  for (auto left = size; left > 0;) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, chunk.size()));
    GANTRY_TRY(const auto count, source(chunk.data(), wanted));
    channel_.add(Type::kPutData, {chunk.data(), count});
    left -= count;
    GANTRY_CHECK(send_ahead(deadline, doing));
  }
  return {};
}

/// There is no answer yet, unless something has gone wrong in the guest.
Result<void> AgentClient::send_ahead(Deadline deadline, std::string_view doing) {
  GANTRY_TRY(const auto answer, channel_.exchange(kLow, deadline, doing));
  return answer ? nonsense_while(doing) : Result<void>();
}

Result<void> AgentClient::end_put(Deadline deadline, std::string_view doing) {
  channel_.add(Type::kPutEnd, {});
  GANTRY_TRY(const auto answer, channel_.answer(deadline, doing));
  return answer.type == Type::kDone ? Result<void>() : nonsense_while(doing);
}

Result<void> AgentClient::send_file(const agent::PutFile& target, const Source& source,
                                    Deadline deadline) {
  const auto body = agent::encode(target);
  GANTRY_CHECK(check_length(body, "a path"));
  const auto doing = fmt::format("writing {}", shortened(target.path));
  channel_.begin_request(Type::kPut, body);
  auto sent = send_bytes(target.size, source, deadline, doing);
  if (sent) {
    sent = end_put(deadline, doing);
  }
  if (!sent) {
    cancel();
  }
  return sent;
}

Result<void> AgentClient::put_tree(const HostTree& tree, const std::string& path,
                                   Deadline deadline) {
  if (welcome_.version < agent::kTreeVersion) {
    return base::Error{"the guest's agent is too old to take directories", "",
                       "put the agent of this version of Gantry into the guest"};
  }
  const auto body = agent::encode(agent::PutTree{path, tree.mode});
  GANTRY_CHECK(check_length(body, "a path"));
  const auto doing = fmt::format("filling {}", shortened(path));
  channel_.begin_request(Type::kPutTree, body);
  const auto send_all = [&]() -> Result<void> {
    for (const auto& entry : tree.entries) {
      GANTRY_CHECK(send_entry(entry, deadline, doing));
    }
    return end_put(deadline, doing);
  };
  auto sent = send_all();
  if (!sent) {
    cancel();
  }
  return sent;
}

Result<void> AgentClient::send_entry(const content::Entry& entry, Deadline deadline,
                                     std::string_view doing) {
  const auto body = agent::encode(message_of(entry));
  GANTRY_CHECK(check_length(body, "a path"));
  if (entry.type != content::EntryType::kFile) {
    channel_.add(Type::kTreeEntry, body);
    return send_ahead(deadline, doing);
  }
  // What has become a link since it was looked at is not followed.
  const fs::path source = entry.source.path();
  GANTRY_TRY(const auto file, open_source(source, O_NOFOLLOW));
  if (file.size != entry.size) {
    return base::Error{"the file was changed while it was copied", source.native(), ""};
  }
  channel_.add(Type::kTreeEntry, body);
  return send_bytes(
      entry.size, [&](char* to, std::size_t size) { return read_some(file, source, to, size); },
      deadline, doing);
}

}  // namespace gantry::vm
