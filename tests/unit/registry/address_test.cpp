#include "registry/address.hpp"

#include <gtest/gtest.h>

namespace gantry::registry {
namespace {

using enum AddressScope;

struct Case {
  const char* text;
  AddressScope scope;
};

class Address : public testing::TestWithParam<Case> {};

TEST_P(Address, HasAScope) {
  EXPECT_EQ(scope_of(std::string_view(GetParam().text)), GetParam().scope) << GetParam().text;
}

// The edges of the blocks of RFC 6890, and the ways to write an IPv4 address as an IPv6 one.
INSTANTIATE_TEST_SUITE_P(
    OfEachBlock, Address,
    testing::Values(Case{"8.8.8.8", kPublic}, Case{"9.255.255.255", kPublic},
                    Case{"10.0.0.0", kPrivate}, Case{"10.255.255.255", kPrivate},
                    Case{"11.0.0.0", kPublic}, Case{"100.63.255.255", kPublic},
                    Case{"100.64.0.1", kPrivate}, Case{"100.127.255.255", kPrivate},
                    Case{"100.128.0.0", kPublic}, Case{"127.0.0.1", kLoopback},
                    Case{"127.255.255.254", kLoopback}, Case{"128.0.0.1", kPublic},
                    Case{"0.0.0.0", kLoopback}, Case{"169.254.169.254", kLinkLocal},
                    Case{"172.15.255.255", kPublic}, Case{"172.16.0.1", kPrivate},
                    Case{"172.31.255.255", kPrivate}, Case{"172.32.0.0", kPublic},
                    Case{"192.168.1.1", kPrivate}, Case{"198.19.255.255", kPrivate},
                    Case{"198.20.0.0", kPublic}, Case{"224.0.0.1", kPrivate},
                    Case{"255.255.255.255", kPrivate}, Case{"::1", kLoopback},
                    Case{"::", kLoopback}, Case{"::ffff:127.0.0.1", kLoopback},
                    Case{"::ffff:169.254.169.254", kLinkLocal}, Case{"::10.0.0.1", kPrivate},
                    Case{"64:ff9b::169.254.169.254", kLinkLocal}, Case{"2002:7f00:1::", kLoopback},
                    Case{"fe80::1%eth0", kLinkLocal}, Case{"febf::1", kLinkLocal},
                    Case{"fc00::1", kPrivate}, Case{"fd00:ec2::254", kPrivate},
                    Case{"ff02::1", kPrivate}, Case{"2606:4700::1111", kPublic}));

TEST(AddressScope, OfAHostNameIsNotKnown) {
  EXPECT_EQ(scope_of(std::string_view("localhost")), std::nullopt);
  EXPECT_EQ(scope_of(std::string_view("127.1")), std::nullopt);
  EXPECT_EQ(scope_of(std::string_view("")), std::nullopt);
}

}  // namespace
}  // namespace gantry::registry
