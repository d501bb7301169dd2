#include "vm/ports.hpp"

#include <gtest/gtest.h>

namespace gantry::vm {
namespace {

TEST(UserConnections, AreReadAsQemuListsThem) {
  const auto connections = parse_user_connections(
      "Hub -1 (hostnet0):\r\n"
      "  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ\r\n"
      "  TCP[ESTABLISHED]   19       127.0.0.1 36725       10.0.2.15    80     0     0\r\n"
      "  TCP[SYN_SENT]      20       127.0.0.1 36725       10.0.2.15    80     0     0\r\n"
      "  TCP[ESTABLISHED]   21       10.0.2.15 40000   192.0.2.1        443     0     0\r\n"
      "  TCP[HOST_FORWARD]  15       127.0.0.1 36725       10.0.2.15    80     0     0\r\n"
      "  UDP[236 sec]       22       10.0.2.15 38000        10.0.2.3    53     0     0\r\n");
  ASSERT_EQ(connections.size(), 3U);
  EXPECT_EQ(connections[0].state, "ESTABLISHED");
  EXPECT_EQ(connections[0].host, 36725);
  EXPECT_EQ(connections[0].guest, 80);
  EXPECT_EQ(connections[1].state, "SYN_SENT");
  EXPECT_EQ(connections[2].state, "HOST_FORWARD");
}

TEST(UserConnections, WhatIsNoneIsPassedOver) {
  EXPECT_TRUE(parse_user_connections("").empty());
  EXPECT_TRUE(parse_user_connections("TCP[\nTCP[] 1 2\nTCP[A 1 127.0.0.1 1 2 3").empty());
  const auto odd = parse_user_connections("TCP[A] x 127.0.0.1 99999 y -1");
  ASSERT_EQ(odd.size(), 1U);
  EXPECT_EQ(odd[0].host, 0);
  EXPECT_EQ(odd[0].guest, 0);
}

}  // namespace
}  // namespace gantry::vm
