#include "report/json_input.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::report {
namespace {

std::string refusal(const base::Result<JsonInput>& input) {
  return input ? "" : input.error().where + ": " + input.error().what;
}

/// What a reader's mistake is called.
template <class Read>
std::string mistake(std::string_view text, Read read) {
  auto input = JsonInput::parse(text, "a.json").value();
  read(input.root());
  const auto verdict = input.verdict();
  return verdict ? "" : verdict.error().where + ": " + verdict.error().what;
}

TEST(JsonInput, SaysWhereTextIsNotJson) {
  EXPECT_EQ(refusal(JsonInput::parse("", "a.json")), "a.json: not JSON: line 1, column 1");
  EXPECT_EQ(refusal(JsonInput::parse("{\n  \"a\": NaN}", "a.json")),
            "a.json: not JSON: line 2, column 8");
  EXPECT_EQ(refusal(JsonInput::parse("[1e999]", "a.json")),
            "a.json: not JSON: a number that is too large");
}

TEST(JsonInput, BoundsDepthAndSize) {
  const auto nested = [](int levels) {
    return std::string(static_cast<std::size_t>(levels), '[') +
           std::string(static_cast<std::size_t>(levels), ']');
  };
  EXPECT_EQ(refusal(JsonInput::parse(nested(32), "a.json")), "");
  EXPECT_EQ(refusal(JsonInput::parse(nested(200'000), "a.json")),
            "a.json: nested deeper than 32 levels");
  std::string many = "[0";
  for (int at = 0; at < 4'000'001; ++at) {
    many += ",0";
  }
  EXPECT_EQ(refusal(JsonInput::parse(many + "]", "a.json")), "a.json: more than 4000000 values");
}

TEST(JsonInput, BoundsTheMembersOfAnObject) {
  const auto object = [](int members) {
    std::string text = "{";
    for (int at = 0; at < members; ++at) {
      text += (at == 0 ? "\"k" : ",\"k") + std::to_string(at) + "\":0";
    }
    return "[{\"a\": 1}," + text + "}]";
  };
  EXPECT_EQ(refusal(JsonInput::parse(object(2048), "a.json")), "");
  EXPECT_EQ(refusal(JsonInput::parse(object(2049), "a.json")),
            "a.json: an object with more than 2048 members");
  // In no time, though an object looks a key up by reading all that it has.
  EXPECT_EQ(refusal(JsonInput::parse(object(900'000), "a.json")),
            "a.json: an object with more than 2048 members");
}

TEST(JsonInput, TakesNoKeyTwice) {
  EXPECT_EQ(refusal(JsonInput::parse(R"({"a": {"b": 1, "c": 2, "b": 3}})", "a.json")),
            "a.json: the key \"b\" is twice in an object");
  EXPECT_EQ(refusal(JsonInput::parse(R"([{"b": {"b": 1}}, {"b": [{"b": 2}]}])", "a.json")), "");
  EXPECT_EQ(refusal(JsonInput::parse(R"({"\u001b[2J": 1, "\u001b[2J": 2})", "a.json")),
            "a.json: the key \"\\x1b[2J\" is twice in an object");
}

TEST(JsonInput, BoundsAmounts) {
  const auto amount = [](const JsonField& root) { root["a"].amount(); };
  EXPECT_EQ(mistake(R"({"a": 1e24})", amount), "");
  EXPECT_EQ(mistake(R"({"a": 1.1e24})", amount), "a.json: /a must be at most 1e+24");
  EXPECT_EQ(mistake(R"({"a": 1.7e308})", amount), "a.json: /a must be at most 1e+24");
  EXPECT_EQ(mistake(R"({"a": -1.7e308})", [](const JsonField& root) { root["a"].number(); }),
            "a.json: /a must be at most 1e+24");
}

TEST(JsonInput, NamesThePointerOfTheFirstMistake) {
  EXPECT_EQ(mistake(R"({"a": {"b/c~d": -1}})",
                    [](const JsonField& root) {
                      EXPECT_EQ(root["a"]["b/c~d"].amount(), 0);
                      root["x"].text();
                    }),
            "a.json: /a/b~1c~0d must be a number from 0");
  EXPECT_EQ(mistake(R"({"a": []})", [](const JsonField& root) { root["a"]["b"].count(); }),
            "a.json: /a must be an object");
  EXPECT_EQ(mistake("{}", [](const JsonField& root) { root["a"]["b"].count(); }),
            "a.json: /a/b is missing: it must be a whole number from 0");
  EXPECT_EQ(mistake("[1,2,3]", [](const JsonField& root) { (void)root.elements(2); }),
            "a.json: the document must have at most 2 elements");
  EXPECT_EQ(mistake(R"(["x"])", [](const JsonField& root) { root.elements(2)[0].flag(); }),
            "a.json: /0 must be true or false");
}

TEST(JsonInput, ReadsWhatIsThere) {
  EXPECT_EQ(mistake(R"({"n": 7, "f": 0.5, "t": "x", "b": true, "nothing": null, "a": [1, "y"]})",
                    [](const JsonField& root) {
                      EXPECT_EQ(root["n"].count(), 7U);
                      EXPECT_EQ(root["f"].amount(), 0.5);
                      EXPECT_EQ(root["t"].text(), "x");
                      EXPECT_TRUE(root["b"].flag());
                      EXPECT_FALSE(root["nothing"].present());
                      EXPECT_FALSE(root["absent"].present());
                      EXPECT_EQ(root["a"].elements(2)[1].any_text(), "y");
                      EXPECT_EQ(root["a"].any_text(), "[1,\"y\"]");
                      EXPECT_EQ(root.members(9).size(), 6U);
                    }),
            "");
}

}  // namespace
}  // namespace gantry::report
