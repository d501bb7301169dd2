#include "vm/ready.hpp"

#include <gtest/gtest.h>

namespace gantry::vm {
namespace {

std::string round_trip(std::string_view text) {
  const auto condition = parse_condition(text);
  return condition ? to_text(*condition) : condition.error().what;
}

TEST(Condition, IsWrittenAsItIsRead) {
  for (const auto* const text :
       {"console:login: $", "tcp:22", "tcp:65535", "http:80/", "http:8080/a/b?c=d#%20"}) {
    EXPECT_EQ(round_trip(text), text);
  }
  EXPECT_EQ(round_trip("http:80"), "http:80/");
}

TEST(Condition, WhatIsNoneIsNamed) {
  const std::string known = " is not a condition (console:REGEX, tcp:PORT, http:PORT/PATH)";
  EXPECT_EQ(round_trip(""), "''" + known);
  EXPECT_EQ(round_trip("login:"), "'login:'" + known);
  EXPECT_EQ(round_trip("console:"), "'console:'" + known);
  EXPECT_EQ(round_trip("TCP:1"), "'TCP:1'" + known);
  EXPECT_EQ(round_trip("console:("), "'(' is no regular expression: Unmatched ( or \\(");
  EXPECT_EQ(round_trip("tcp:"), "'' is not a port (1 to 65535)");
  EXPECT_EQ(round_trip("tcp:0"), "'0' is not a port (1 to 65535)");
  EXPECT_EQ(round_trip("tcp:65536"), "'65536' is not a port (1 to 65535)");
  EXPECT_EQ(round_trip("tcp:-1"), "'-1' is not a port (1 to 65535)");
  EXPECT_EQ(round_trip("tcp:22/x"), "'22/x' is not a port (1 to 65535)");
  EXPECT_EQ(round_trip("http:/x"), "'' is not a port (1 to 65535)");
  EXPECT_EQ(round_trip("http:80/a b"),
            "'/a b' is not a path of a URL (percent-encode what is no printable ASCII)");
  EXPECT_EQ(round_trip("http:80/\r\nHost: x"),
            "'/\\x0d\\x0aHost: x' is not a path of a URL (percent-encode what is no printable "
            "ASCII)");
}

TEST(Condition, NeedsAPortThatThereIs) {
  const std::vector<PortForward> ports{{22, 0}, {80, 8080}};
  EXPECT_TRUE(check_ports({*parse_condition("console:8"), *parse_condition("tcp:22")}, ports));
  const auto none = check_ports({*parse_condition("tcp:22"), *parse_condition("http:81/a")}, ports);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().where, "ready http:81/a");
  EXPECT_EQ(none.error().what,
            "port 81 of the guest is not one that is reached from the host: those are 22, 80");
  EXPECT_EQ(check_ports({*parse_condition("tcp:22")}, {}).error().what,
            "port 22 of the guest is not one that is reached from the host");
}

}  // namespace
}  // namespace gantry::vm
