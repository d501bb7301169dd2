#include "registry/address.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace gantry::registry {

namespace {

struct Block {
  std::uint32_t network;
  int bits;
  AddressScope scope;
};

// The IANA registry of special-purpose addresses (RFC 6890), as far as it is not public.
constexpr Block kBlocks[] = {
    {0x00000000, 8, AddressScope::kLoopback},    // 0/8: "this host"
    {0x0A000000, 8, AddressScope::kPrivate},     // 10/8
    {0x64400000, 10, AddressScope::kPrivate},    // 100.64/10
    {0x7F000000, 8, AddressScope::kLoopback},    // 127/8
    {0xA9FE0000, 16, AddressScope::kLinkLocal},  // 169.254/16
    {0xAC100000, 12, AddressScope::kPrivate},    // 172.16/12
    {0xC0000000, 24, AddressScope::kPrivate},    // 192.0.0/24
    {0xC0A80000, 16, AddressScope::kPrivate},    // 192.168/16
    {0xC6120000, 15, AddressScope::kPrivate},    // 198.18/15
    {0xE0000000, 3, AddressScope::kPrivate},     // multicast, reserved, broadcast
};

AddressScope scope_of_v4(std::uint32_t address) {
  for (const auto& block : kBlocks) {
    if ((address ^ block.network) >> (32 - block.bits) == 0) {
      return block.scope;
    }
  }
  return AddressScope::kPublic;
}

using Bytes = std::array<std::uint8_t, 16>;

std::uint32_t v4_at(const Bytes& bytes, std::size_t offset) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    value = value << 8 | bytes[offset + i];
  }
  return value;
}

bool begins_with(const Bytes& bytes, std::initializer_list<std::uint8_t> prefix) {
  return std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

AddressScope scope_of_v6(const Bytes& bytes) {
  // Mapped (::ffff:0:0/96), compatible (::/96, where :: and ::1 are too), NAT64, 6to4.
  if (begins_with(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0})) {
    const bool is_one = v4_at(bytes, 12) == 1 && v4_at(bytes, 8) == 0;
    return is_one ? AddressScope::kLoopback : scope_of_v4(v4_at(bytes, 12));
  }
  if (begins_with(bytes, {0x00, 0x64, 0xff, 0x9b})) {
    return scope_of_v4(v4_at(bytes, 12));
  }
  if (begins_with(bytes, {0x20, 0x02})) {
    return scope_of_v4(v4_at(bytes, 2));
  }
  if (bytes[0] == 0xfe) {
    return (bytes[1] & 0xc0) == 0x80 ? AddressScope::kLinkLocal : AddressScope::kPrivate;
  }
  const bool unicast = (bytes[0] & 0xe0) == 0x20;  // 2000::/3
  return unicast ? AddressScope::kPublic : AddressScope::kPrivate;
}

}  // namespace

AddressScope scope_of(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof(v4));
    return scope_of_v4(ntohl(v4.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof(v6));
    Bytes bytes{};
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return scope_of_v6(bytes);
  }
  return AddressScope::kLoopback;
}

std::optional<AddressScope> scope_of(std::string_view address) {
  const std::string text(address.substr(0, address.find('%')));  // without a zone
  in_addr v4{};
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1) {
    return scope_of_v4(ntohl(v4.s_addr));
  }
  Bytes v6{};
  if (inet_pton(AF_INET6, text.c_str(), v6.data()) == 1) {
    return scope_of_v6(v6);
  }
  return std::nullopt;
}

std::string_view name_of(AddressScope scope) {
  switch (scope) {
    case AddressScope::kPublic:
      return "a public address";
    case AddressScope::kPrivate:
      return "a private address";
    case AddressScope::kLinkLocal:
      return "a link-local address";
    case AddressScope::kLoopback:
      return "a loopback address";
  }
  return "an address";
}

}  // namespace gantry::registry
