#include "vm/agent_messages.hpp"

#include <algorithm>

#include "vm/agent_fields.hpp"

namespace gantry::vm::agent {

namespace {

void write(FieldWriter& fields, const std::vector<Failure>& failures) {
  fields.number(static_cast<std::uint32_t>(failures.size()));
  for (const auto& failure : failures) {
    fields.text(failure.what);
    fields.number(failure.code);
  }
}

Failure read_failure(FieldReader& fields) {
  Failure failure;
  failure.what = fields.text();
  failure.code = fields.number<std::uint32_t>();
  return failure;
}

std::vector<Failure> read_failures(FieldReader& fields) {
  std::vector<Failure> failures;
  for (auto left = fields.number<std::uint32_t>(); left > 0 && !fields.failed(); --left) {
    failures.push_back(read_failure(fields));
  }
  return failures;
}

template <class T>
std::optional<T> if_complete(const FieldReader& fields, T value) {
  return fields.complete() ? std::optional<T>(std::move(value)) : std::nullopt;
}

}  // namespace

std::string encode(const Welcome& welcome) {
  FieldWriter fields;
  fields.number(welcome.version);
  fields.text(welcome.boot);
  fields.text(welcome.nonce);
  fields.number(welcome.counter);
  return fields.text();
}

std::optional<Welcome> decode_welcome(std::string_view body) {
  FieldReader fields(body);
  Welcome welcome;
  welcome.version = fields.number<std::uint32_t>();
  welcome.boot = fields.text();
  welcome.nonce = fields.text();
  welcome.counter = fields.number<std::uint64_t>();
  return if_complete(fields, std::move(welcome));
}

std::string encode(const Command& command) {
  FieldWriter fields;
  fields.texts(command.arguments);
  fields.texts(command.environment);
  fields.text(command.directory);
  fields.number(std::uint8_t{command.has_input});
  return fields.text();
}

std::optional<Command> decode_command(std::string_view body) {
  FieldReader fields(body);
  Command command;
  command.arguments = fields.texts();
  command.environment = fields.texts();
  command.directory = fields.text();
  command.has_input = fields.number<std::uint8_t>() != 0;
  return command.arguments.empty() ? std::nullopt : if_complete(fields, std::move(command));
}

std::string encode(const Exited& exited) {
  FieldWriter fields;
  fields.number(std::uint8_t{exited.by_signal});
  fields.number(exited.code);
  return fields.text();
}

std::optional<Exited> decode_exited(std::string_view body) {
  FieldReader fields(body);
  Exited exited;
  exited.by_signal = fields.number<std::uint8_t>() != 0;
  exited.code = fields.number<std::uint32_t>();
  return if_complete(fields, exited);
}

std::string encode(const PutFile& put) {
  FieldWriter fields;
  fields.text(put.path);
  fields.number(put.mode);
  fields.number(put.user);
  fields.number(put.group);
  fields.number(put.size);
  return fields.text();
}

std::optional<PutFile> decode_put_file(std::string_view body) {
  FieldReader fields(body);
  PutFile put;
  put.path = fields.text();
  put.mode = fields.number<std::uint32_t>();
  put.user = fields.number<std::uint32_t>();
  put.group = fields.number<std::uint32_t>();
  put.size = fields.number<std::uint64_t>();
  return if_complete(fields, std::move(put));
}

std::string encode(const PutTree& put) {
  FieldWriter fields;
  fields.text(put.path);
  fields.number(put.mode);
  return fields.text();
}

std::optional<PutTree> decode_put_tree(std::string_view body) {
  FieldReader fields(body);
  PutTree put;
  put.path = fields.text();
  put.mode = fields.number<std::uint32_t>();
  return if_complete(fields, std::move(put));
}

std::string encode(const TreeEntry& entry) {
  FieldWriter fields;
  fields.number(static_cast<std::uint8_t>(entry.kind));
  fields.text(entry.path);
  fields.number(entry.mode);
  fields.number(entry.size);
  fields.text(entry.target);
  return fields.text();
}

std::optional<TreeEntry> decode_tree_entry(std::string_view body) {
  FieldReader fields(body);
  TreeEntry entry;
  const auto kind = fields.number<std::uint8_t>();
  entry.kind = static_cast<TreeEntry::Kind>(kind);
  entry.path = fields.text();
  entry.mode = fields.number<std::uint32_t>();
  entry.size = fields.number<std::uint64_t>();
  entry.target = fields.text();
  return kind > static_cast<std::uint8_t>(TreeEntry::Kind::kLink)
             ? std::nullopt
             : if_complete(fields, std::move(entry));
}

std::string encode(const FileInfo& info) {
  FieldWriter fields;
  fields.number(info.mode);
  fields.number(info.size);
  return fields.text();
}

std::optional<FileInfo> decode_file_info(std::string_view body) {
  FieldReader fields(body);
  FileInfo info;
  info.mode = fields.number<std::uint32_t>();
  info.size = fields.number<std::uint64_t>();
  return if_complete(fields, info);
}

std::string encode(const Identity& identity) {
  FieldWriter fields;
  fields.number(std::uint8_t{identity.clock.has_value()});
  fields.number(identity.clock.value_or(0));
  fields.text(identity.seed);
  fields.text(identity.host_name);
  fields.text(identity.machine_id);
  fields.number(static_cast<std::uint32_t>(identity.mac_addresses.size()));
  for (const auto& address : identity.mac_addresses) {
    for (const auto byte : address) {
      fields.number(byte);
    }
  }
  return fields.text();
}

std::optional<Identity> decode_identity(std::string_view body) {
  FieldReader fields(body);
  Identity identity;
  const bool has_clock = fields.number<std::uint8_t>() != 0;
  if (const auto clock = fields.number<std::uint64_t>(); has_clock) {
    identity.clock = clock;
  }
  identity.seed = fields.text();
  identity.host_name = fields.text();
  identity.machine_id = fields.text();
  for (auto left = fields.number<std::uint32_t>(); left > 0 && !fields.failed(); --left) {
    std::generate_n(identity.mac_addresses.emplace_back().begin(), 6,
                    [&] { return fields.number<std::uint8_t>(); });
  }
  return if_complete(fields, std::move(identity));
}

std::string encode(const Failure& failure) {
  FieldWriter fields;
  fields.text(failure.what);
  fields.number(failure.code);
  return fields.text();
}

std::optional<Failure> decode_failure(std::string_view body) {
  FieldReader fields(body);
  auto failure = read_failure(fields);
  return if_complete(fields, std::move(failure));
}

std::string encode(const std::vector<Failure>& failures) {
  FieldWriter fields;
  write(fields, failures);
  return fields.text();
}

std::optional<std::vector<Failure>> decode_failures(std::string_view body) {
  FieldReader fields(body);
  auto failures = read_failures(fields);
  return if_complete(fields, std::move(failures));
}

std::string encode(const Synced& synced) {
  FieldWriter fields;
  fields.number(synced.trimmed);
  write(fields, synced.failures);
  return fields.text();
}

std::optional<Synced> decode_synced(std::string_view body) {
  FieldReader fields(body);
  Synced synced;
  synced.trimmed = fields.number<std::uint64_t>();
  synced.failures = read_failures(fields);
  return if_complete(fields, std::move(synced));
}

std::string encode(std::uint32_t number) {
  FieldWriter fields;
  fields.number(number);
  return fields.text();
}

std::optional<std::uint32_t> decode_number(std::string_view body) {
  FieldReader fields(body);
  const auto number = fields.number<std::uint32_t>();
  return if_complete(fields, number);
}

}  // namespace gantry::vm::agent
