#include "registry/server_message.hpp"

#include <gtest/gtest.h>

#include "registry/http.hpp"

namespace gantry::registry {

namespace {

std::string message(std::string body) {
  HttpResponse response;
  response.body = std::move(body);
  return server_message(response);
}

TEST(ServerMessage, OfADistribution) {
  EXPECT_EQ(
      message(R"({"errors":[{"code":"UNAUTHORIZED","message":"authentication required","detail":[
              {"Type":"repository"}]},{"code":"OTHER"}]})"),
      "UNAUTHORIZED: authentication required");
  EXPECT_EQ(message(R"({"errors":[{"code":"DENIED"}]})"), "DENIED");
  EXPECT_EQ(message(R"({"errors":[{"message":"no"}]})"), "no");
}

TEST(ServerMessage, OfTokenServices) {
  EXPECT_EQ(message(R"({"details":"incorrect username or password"})"),
            "incorrect username or password");
  EXPECT_EQ(message(R"({"error":"invalid_grant","error_description":"token has expired"})"),
            "token has expired");
  EXPECT_EQ(message(R"({"error":"invalid_grant"})"), "invalid_grant");
  EXPECT_EQ(message(R"({"message":"Bad credentials"})"), "Bad credentials");
}

TEST(ServerMessage, OfOtherServers) {
  EXPECT_EQ(message("no such user\nand more\n"), "no such user");
  EXPECT_EQ(message("<html><body>401</body></html>"), "");
  EXPECT_EQ(message(""), "");
  EXPECT_EQ(message("{\"errors\":"), "");
  EXPECT_EQ(message(R"({"errors":[]})"), "");
  EXPECT_EQ(message(R"({"errors":"x","message":["y"]})"), "");
}

TEST(ServerMessage, IsBoundedAndPrintable) {
  EXPECT_EQ(message("\x1b[31mred"), "\\x1b[31mred");
  EXPECT_EQ(message(std::string(100'000, 'x')), std::string(300, 'x') + "...");
}

}  // namespace

}  // namespace gantry::registry
