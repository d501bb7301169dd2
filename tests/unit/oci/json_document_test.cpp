#include "oci/json_document.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace gantry::oci {
namespace {

std::string what(std::string_view text) {
  const auto document = JsonDocument::parse(text, "doc");
  EXPECT_FALSE(document);
  if (document) {
    return "";
  }
  EXPECT_EQ(document.error().where, "doc");
  return document.error().what;
}

TEST(JsonDocument, RefusesWhatIsNotJson) {
  EXPECT_EQ(what("{\"a\":"),
            "not JSON: parse error at line 1, column 6: syntax error while parsing value - "
            "unexpected end of input; expected '[', '{', or a literal");
  EXPECT_TRUE(what("").starts_with("not JSON: parse error"));
  EXPECT_TRUE(what("{} {}").starts_with("not JSON: parse error"));
  EXPECT_TRUE(what("{\"a\":\"\xff\"}").starts_with("not JSON: parse error"));
  EXPECT_EQ(what("{\"a\":1e999}"), "not JSON: number overflow parsing '1e999'");
}

TEST(JsonDocument, DepthAndSizeAreBounded) {
  EXPECT_TRUE(JsonDocument::parse(std::string(64, '[') + std::string(64, ']'), ""));
  EXPECT_EQ(what(std::string(1000000, '[')), "nested deeper than 64 levels");
  EXPECT_EQ(what("[\"" + std::string(4 << 20, 'x') + "\"]"),
            "4194308 bytes are more than the 4194304 that a document may have");
  std::string many = "[[]";
  for (int i = 0; i < 250'000; ++i) {
    many += ",[]";
  }
  EXPECT_EQ(what(many + "]"), "more than 250000 values");
  EXPECT_TRUE(JsonDocument::parse("[\"" + std::string(1000, '[') + "\\\"[[[\"]", ""))
      << "brackets in strings are text";
}

TEST(JsonDocument, ErrorsNameThePointer) {
  const auto document =
      JsonDocument::parse(R"({"a/b":{"~c":[1,-2,1.5,18446744073709551615,"x\u0000y"]}})", "doc");
  ASSERT_TRUE(document);
  const auto list = document->root().member("a/b")->member("~c");
  ASSERT_TRUE(list);
  const auto values = *list->elements(5);
  EXPECT_EQ(*values[0].number(), 1);
  EXPECT_EQ(values[0].text().error().what, "/a~1b/~0c/0: expected a string, found a number");
  EXPECT_EQ(values[1].number().error().what,
            "/a~1b/~0c/1: -2 is not from 0 to 9223372036854775807");
  EXPECT_EQ(values[2].number().error().what,
            "/a~1b/~0c/2: expected a whole number, found a fraction");
  EXPECT_EQ(values[3].number().error().what,
            "/a~1b/~0c/3: 18446744073709551615 is not from 0 to 9223372036854775807");
  EXPECT_EQ(values[4].text().error().what, "/a~1b/~0c/4: the string has a NUL character");
  EXPECT_EQ(list->elements(4).error().what,
            "/a~1b/~0c: 5 elements are more than the 4 that are allowed");
  EXPECT_EQ(list->member("x").error().what, "/a~1b/~0c: expected an object, found an array");
  EXPECT_EQ(document->root().member("x").error().what, "'x' is missing");
}

TEST(JsonDocument, NullIsAbsentAndTheLastDuplicateCounts) {
  const auto document = JsonDocument::parse(R"({"a":null,"b":1,"b":2})", "doc");
  ASSERT_TRUE(document);
  EXPECT_FALSE(document->root().find("a")->has_value());
  EXPECT_EQ(*document->root().member("b")->number(), 2);
}

TEST(JsonDocument, CanonicalTextNeverFails) {
  EXPECT_EQ(canonical({{"b", "\xc3\xa4\n"}, {"a", {1, 2}}}), "{\"a\":[1,2],\"b\":\"\xc3\xa4\\n\"}");
  EXPECT_EQ(canonical("a\xff"), "\"a\xef\xbf\xbd\"");
}

}  // namespace
}  // namespace gantry::oci
