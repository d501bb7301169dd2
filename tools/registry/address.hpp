#pragma once

#include <optional>
#include <string_view>

struct sockaddr;

namespace gantry::registry {

/// From where an internet address can be reached. What is not public is never gone to because a
/// registry says so, unless the registry itself is in that scope: its answers must not make us
/// knock on doors that are open to this machine only (a cloud's metadata service, a router, a
/// daemon).
enum class AddressScope {
  kPublic,
  kPrivate,    ///< RFC 1918, RFC 4193, shared address space (RFC 6598), and all that is not unicast
  kLinkLocal,  ///< 169.254/16, fe80::/10
  kLoopback,   ///< 127/8, ::1, and the unspecified address, which leads there
};

/// Of an IPv4 or IPv6 address; an IPv4 address inside an IPv6 one (mapped, NAT64) counts as itself.
/// Other families are kLoopback.
AddressScope scope_of(const sockaddr& address);

/// Of the text form of an address, without brackets; nothing if it is none.
std::optional<AddressScope> scope_of(std::string_view address);

/// "a private address", for messages.
std::string_view name_of(AddressScope scope);

}  // namespace gantry::registry
