#include "vm/container_scripts.hpp"

#include <cstdint>
#include <string_view>

#include <fmt/format.h>

#include "base/process.hpp"
#include "base/text.hpp"
#include "vm/agent_messages.hpp"
#include "vm/agent_protocol.hpp"

namespace gantry::vm {

namespace {

/// Nobody else talks to the agent of a machine in a container.
constexpr std::uint64_t kSession = 0x676e617274796374;
constexpr std::size_t kSeed = 64;
constexpr std::size_t kHostName = 14;  // "guest-" and eight digits
constexpr std::size_t kMachineId = 32;

constexpr std::string_view kStart = R"script(#!/bin/sh
# Goes on with the machine '@NAME@' where it was saved. Its console is the standard input and output.
# GANTRY_PORT_80 is where port 80 of the guest is found; default: the same.
set -eu
machine=$(cd "$(dirname "$0")" && pwd)
run=${GANTRY_RUN:-/run}/gantry-machine
fail() {
  echo "start: $*" >&2
  exit 1
}
case $('@QEMU@' --version) in
  *'@VERSION@'*) ;;
  *) fail 'the machine was saved by QEMU @VERSION@, and here is another' ;;
esac
@CHECK@
rm -rf "$run"
mkdir -p "$run"
mkfifo "$run/monitor.in" "$run/monitor.out" "$run/agent.in" "$run/agent.out"
@PREPARE@
exec 3<>"$run/monitor.in" 4<>"$run/monitor.out" 5<&0
(
  @WORDS@ <&5 9<"$machine/devices" 3>&- 4>&- &
  echo "$!" >"$run/pid"
  code=0
  wait "$!" || code=$?
  echo '{"error": "it has ended"}' >&4
  exit "$code"
) &
process=$!
trap 'kill "$(cat "$run/pid")" 2>/dev/null' TERM INT HUP
say() {
  printf '%s\n' "$1" >&3
}
hear() {
  while read -r line <&4; do
    case $line in
      *"$1"*) return 0 ;;
      *'"error"'* | *'"failed"'*) fail "QEMU cannot take up the machine: $line" ;;
    esac
  done
}
hear '"QMP"'
say '{"execute": "qmp_capabilities", "id": "begin"}'
hear '"begin"'
say '{"execute": "migrate-set-capabilities", "arguments": {"capabilities": [{"capability": "x-ignore-shared", "state": true}, {"capability": "events", "state": true}]}, "id": "set"}'
hear '"set"'
say '{"execute": "migrate-incoming", "arguments": {"uri": "fd:9"}}'
hear '"completed"'
say '{"execute": "cont", "id": "go"}'
hear '"go"'
@IDENTITY@
touch "$run/ready"
# A signal that is passed on ends a wait before its time.
while kill -0 "$process" 2>/dev/null; do
  code=0
  wait "$process" || code=$?
done
rm -f "$run/ready"
exit "$code"
)script";

constexpr std::string_view kIdentity = R"script(
# The guest gets the time, random numbers, a machine ID and a host name, as gantry-guest-agent takes them.
little_endian() {
  number=$1 count=0
  while [ "$count" -lt 8 ]; do
    printf "\\$(printf %03o $((number % 256)))"
    number=$((number / 256)) count=$((count + 1))
  done
}
give_identity() {
  id=$(tr -d - </proc/sys/kernel/random/uuid)
  exec 6<>"$run/agent.in" 7<>"$run/agent.out"
  {
    printf '@HELLO@'
    printf '@HEAD@\001'
    little_endian "$(date +%s)000000000"
    printf '@SEED@'
    head -c @SEED_SIZE@ /dev/urandom
    printf '@HOST@guest-%.8s@ID@%s\000\000\000\000@TAIL@' "$id" "$id"
  } >"$run/identity"
  : >"$run/answer"
  cat "$run/identity" >&6
  # What the agent says besides, of itself or because it is called, is no answer.
  tries=0
  until od -An -v -tx1 "$run/answer" | tr -d ' \n' | grep -q '@OUTCOME@'; do
    timeout 5 dd bs=64k count=1 <&7 >>"$run/answer" 2>/dev/null || {
      tries=$((tries + 1))
      [ "$tries" -lt 12 ] || fail "the guest's agent does not answer"
      cat "$run/identity" >&6
    }
  done
  exec 6>&- 7>&-
}
say '{"execute": "query-chardev", "id": "ports"}'
hear '"ports"'
if printf '%s' "$line" | tr '{' '\n' | grep '"label": "@PORT@"' | grep -q '"frontend-open": true'; then
  give_identity
  touch "$run/agent"
fi
)script";

constexpr std::string_view kHealthy = R"script(#!/bin/sh
# Whether the machine '@NAME@' goes on.
run=${GANTRY_RUN:-/run}/gantry-machine
fail() {
  echo "healthy: $*" >&2
  exit 1
}
[ -e "$run/ready" ] || fail 'it is not up yet'
# forget <fifo>: what nobody has read so far is no answer.
forget() {
  dd bs=64k count=1 iflag=nonblock <>"$run/$1.out" >/dev/null 2>&1
}
forget monitor
printf '{"execute": "query-status", "id": "healthy"}\n' 1<>"$run/monitor.in"
timeout 20 sh -c 'while read -r line; do
  case $line in
    *"\"healthy\""*"\"running\": true"* | *"\"running\": true"*"\"healthy\""*) exit 0 ;;
    *"\"healthy\""*) exit 1 ;;
  esac
done' <>"$run/monitor.out" || fail 'QEMU does not say that it runs'
@AGENT@)script";

constexpr std::string_view kAgentHealth = R"script(if [ -e "$run/agent" ]; then
  forget agent
  printf '@HELLO@' 1<>"$run/agent.in"
  timeout 20 dd bs=64k count=1 <>"$run/agent.out" 2>/dev/null | tr -d '\000' | grep -a -q GgA ||
    fail "the guest's agent does not answer"
fi
)script";

std::string with(std::string text, std::string_view place, std::string_view value) {
  for (auto at = text.find(place); at != std::string::npos;
       at = text.find(place, at + value.size())) {
    text.replace(at, place.size(), value);
  }
  return text;
}

/// For printf.
std::string octal(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    text += fmt::format("\\{:03o}", static_cast<unsigned char>(byte));
  }
  return text;
}

std::string frame(agent::Type type, std::uint32_t request, const std::string& body) {
  std::string bytes;
  agent::append_frame(bytes, {type, request, kSession, body});
  return bytes;
}

std::string hello() {
  return octal(frame(agent::Type::kHello, 1, agent::encode(agent::kVersion)));
}

/// How the answer to that request begins, for grep, in hexadecimal: whatever its length is.
std::string outcome(std::uint32_t request) {
  constexpr std::size_t kLengthAt = 8;
  constexpr std::size_t kRequestAt = 12;
  constexpr std::size_t kHead = 24;
  const auto bytes = frame(agent::Type::kOutcome, request, "");
  const auto hex = [&bytes](std::size_t from, std::size_t to) {
    return base::to_hex({reinterpret_cast<const std::uint8_t*>(bytes.data()) + from, to - from});
  };
  return hex(0, kLengthAt) + std::string(2 * (kRequestAt - kLengthAt), '.') +
         hex(kRequestAt, kHead);
}

/// The script that sends what agent::encode(Identity) would give.
std::string identity(const std::string& port) {
  agent::Identity like;
  like.clock = 0;
  like.seed.assign(kSeed, '\0');
  like.host_name.assign(kHostName, 'h');
  like.machine_id.assign(kMachineId, '0');
  const auto body = agent::encode(like);
  const auto bytes = frame(agent::Type::kIdentity, 2, body);
  const auto head = bytes.find(body);
  const auto length = [](std::size_t size) {  // little endian, and less than 256
    return fmt::format("\\{:03o}\\000\\000\\000", size);
  };
  auto text = with(std::string(kIdentity), "@HELLO@", hello());
  text = with(text, "@PORT@", port);
  text = with(text, "@HEAD@", octal(std::string_view(bytes).substr(0, head)));
  text = with(text, "@TAIL@", octal(std::string_view(bytes).substr(head + body.size())));
  text = with(text, "@OUTCOME@", outcome(2));
  text = with(text, "@SEED_SIZE@", std::to_string(kSeed));
  text = with(text, "@SEED@", length(kSeed));
  text = with(text, "@HOST@", length(kHostName));
  return with(text, "@ID@", length(kMachineId));
}

/// For a place between single quotes; a checkpoint may come from anywhere.
std::string within_quotes(std::string_view text) {
  return with(base::printable(text), "'", "'\\''");
}

/// A word of a shell command, in which the places are filled in when it runs.
std::string shell_word(const std::string& word) {
  if (word.find('@') == std::string::npos) {
    return base::shell_quoted({word});
  }
  const auto quoted = "'" + with(word, "'", "'\\''") + "'";
  return with(with(quoted, kMachinePlace, "'\"$machine\"'"), kRunPlace, "'\"$run\"'");
}

/// Where the ports of the guest are is said when it runs, and all may reach them.
std::string ports(const Guest& guest, std::string text) {
  for (const auto& port : guest.ports) {
    text = with(text, fmt::format("tcp:127.0.0.1:{}-:{}\"", port.host, port.guest),
                fmt::format("tcp:0.0.0.0:'\"${{GANTRY_PORT_{0}:-{0}}}\"'-:{0}\"", port.guest));
  }
  return text;
}

}  // namespace

std::string start_script(const Checkpoint& checkpoint,
                         const std::vector<std::string>& command_line) {
  std::string words;
  for (const auto& word : command_line) {
    words += words.empty() ? "" : word.starts_with('-') ? " \\\n    " : " ";
    words += shell_word(word);
  }
  std::string prepare;
  for (std::size_t i = 0; i < checkpoint.hardware.disks.size(); ++i) {
    prepare += fmt::format("cp \"$machine/over-{0}\" \"$run/{0}\"\n", disk_file(i));
  }
  if (!checkpoint.hardware.firmware_code.empty()) {
    prepare += fmt::format("cp \"$machine/{0}\" \"$run/{0}\"\n", kVariablesFile);
  }
  const auto& platform = checkpoint.platform;
  auto text = with(std::string(kStart), "@NAME@", base::printable(checkpoint.name));
  text = with(text, "@QEMU@", within_quotes(platform.qemu));
  text = with(text, "@VERSION@", within_quotes(platform.qemu_version));
  text = with(text, "@CHECK@",
              platform.accelerator == "kvm"
                  ? "[ -w /dev/kvm ] || fail 'the machine was saved under KVM, and /dev/kvm is not "
                    "there: run the container with --device /dev/kvm, or take an image that was "
                    "saved under TCG'"
                  : "");
  text = with(text, "@PREPARE@", prepare);
  text = with(
      text, "@IDENTITY@",
      checkpoint.hardware.agent.empty() ? "" : identity(within_quotes(checkpoint.hardware.agent)));
  return with(text, "@WORDS@", ports(checkpoint.guest, words));
}

std::string healthy_script(const Checkpoint& checkpoint) {
  auto text = with(std::string(kHealthy), "@NAME@", base::printable(checkpoint.name));
  return with(
      text, "@AGENT@",
      checkpoint.hardware.agent.empty() ? "" : with(std::string(kAgentHealth), "@HELLO@", hello()));
}

}  // namespace gantry::vm
