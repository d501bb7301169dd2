#include "config/namespaces.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/validation.hpp"

namespace gantry::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A device of 7 GiB, which are 1,835,008 pages, with these namespaces.
Reading with(const std::string& namespaces) {
  return read(R"({"capacity": "7GiB", "namespaces": )" + namespaces + "}");
}

std::vector<ssd::Namespace> good(const std::string& json) {
  const auto reading = with(json);
  EXPECT_TRUE(reading.description) << json;
  return reading.description ? namespaces(*reading.description) : std::vector<ssd::Namespace>{};
}

TEST(Namespaces, OneHasAllIfNoneIsNamed) {
  const ssd::Namespace all{"", ssd::Lpn{0}, 1'835'008};
  EXPECT_THAT(good("[]"), ElementsAre(all));
  EXPECT_THAT(namespaces(*read(R"({"capacity": "7GiB"})").description), ElementsAre(all));
}

TEST(Namespaces, FollowEachOther) {
  EXPECT_THAT(good(R"([{"name": "boot", "size": "1GiB"}, {"size": "40%"}, {"size": "4KiB"}])"),
              ElementsAre(ssd::Namespace{"boot", ssd::Lpn{0}, 262'144},
                          ssd::Namespace{"", ssd::Lpn{262'144}, 734'003},  // of 734,003.2
                          ssd::Namespace{"", ssd::Lpn{996'147}, 1}));
}

TEST(Namespaces, CanTakeAllThatThereIs) {
  EXPECT_THAT(good(R"([{"size": "100%"}])"),
              ElementsAre(ssd::Namespace{"", ssd::Lpn{0}, 1'835'008}));
  EXPECT_THAT(good(R"([{"size": "4GiB"}, {"size": "3GiB"}])"),
              ElementsAre(ssd::Namespace{"", ssd::Lpn{0}, 1'048'576},
                          ssd::Namespace{"", ssd::Lpn{1'048'576}, 786'432}));
}

TEST(Namespaces, AreWrittenAsTheyAreRead) {
  const auto description =
      *with(R"([{"name": "a", "size": "33.3333%"}, {"size": "1MiB"}])").description;
  EXPECT_THAT(write(description), HasSubstr(R"("size": "1MiB")"));
  EXPECT_EQ(*read(write(description)).description, description);
  const auto none = *with("[]").description;
  EXPECT_THAT(write(none), HasSubstr(R"("namespaces": [])"));
  EXPECT_EQ(*read(write(none)).description, none);
}

TEST(Namespaces, AreFoundByNumberAndByName) {
  const auto description =
      *with(R"([{"name": "boot", "size": "1GiB"}, {"size": "1GiB"}])").description;
  EXPECT_EQ(find_namespace(description, "1")->name, "boot");
  EXPECT_EQ(find_namespace(description, "boot")->first, ssd::Lpn{0});
  EXPECT_EQ(find_namespace(description, "2")->first, ssd::Lpn{262'144});
  for (const auto* const wrong : {"0", "3", "", "Boot"}) {
    const auto found = find_namespace(description, wrong);
    ASSERT_FALSE(found) << wrong;
    EXPECT_EQ(found.error().what, "there is no namespace \"" + std::string(wrong) + "\"");
    EXPECT_EQ(found.error().hint, "the device has 2: 1 to 2, or boot");
  }
  const auto whole = *with("[]").description;
  EXPECT_EQ(find_namespace(whole, "1")->pages, 1'835'008U);
  EXPECT_EQ(find_namespace(whole, "2").error().hint, "the device has one: 1");
}

struct Wrong {
  const char* namespaces;
  const char* problem;
};

class WrongNamespaces : public testing::TestWithParam<Wrong> {};

TEST_P(WrongNamespaces, AreTold) {
  const auto reading = with(GetParam().namespaces);
  ASSERT_EQ(reading.problems.size(), 1U);
  EXPECT_EQ(to_text(reading.problems.front()), GetParam().problem);
}

INSTANTIATE_TEST_SUITE_P(
    Shape, WrongNamespaces,
    testing::Values(
        Wrong{"3",
              "/namespaces: expected an array of up to 128 namespaces, such as "
              R"([{"size": "40%"}], found 3)"},
        Wrong{R"([{"size": "1GiB"}, 3])",
              R"(/namespaces/1: expected an object, such as {"size": "40%"}, found 3)"},
        Wrong{R"([{"name": "a"}])", "/namespaces/0: a 'size' is needed, such as \"40%\""},
        Wrong{R"([{"size": "1GiB", "Name": "a"}])",
              "/namespaces/0/Name: unknown key; did you mean 'name'?"},
        Wrong{R"([{"size": "1GiB", "volume": "a"}])",
              "/namespaces/0/volume: unknown key; here may be name, size"},
        Wrong{R"([{"size": "1GiB", "name": 3}])",
              "/namespaces/0/name: expected a text of up to 2000 bytes, such as \"boot\", found 3"},
        Wrong{R"([{"size": 4096}])",
              "/namespaces/0/size: expected a size such as \"4GiB\", or a share of up to 100% such "
              "as \"40%\", found 4096"},
        Wrong{R"([{"size": "101%"}])",
              "/namespaces/0/size: expected a size such as \"4GiB\", or a share of up to 100% such "
              "as \"40%\", found \"101%\""}));

INSTANTIATE_TEST_SUITE_P(
    Fit, WrongNamespaces,
    testing::Values(
        Wrong{R"([{"size": "0B"}])",
              "/namespaces/0/size: a namespace has a logical page, 4KiB, or more, found \"0B\""},
        Wrong{R"([{"size": "0%"}])",
              "/namespaces/0/size: a namespace has a logical page, 4KiB, or more, found \"0%\""},
        Wrong{R"([{"size": "5000B"}])",
              "/namespaces/0/size: expected a multiple of the mapping unit, 4KiB, such as "
              "\"8KiB\", found \"5000B\""},
        Wrong{R"([{"size": "60%"}, {"size": "4GiB"}, {"size": "1GiB"}])",
              "/namespaces/1/size: 4GiB is more than the 3006480384B that the device has left of "
              "its 7GiB"},
        Wrong{R"([{"size": "7GiB"}, {"size": "4KiB"}])",
              "/namespaces/1/size: 4KiB is more than the 0B that the device has left of its 7GiB"},
        Wrong{R"([{"size": "8191TiB"}])",
              "/namespaces/0/size: 8191TiB is more than the 7GiB that the device has left of its "
              "7GiB"},
        Wrong{R"([{"size": "1GiB", "name": "a"}, {"size": "1GiB", "name": "a"}])",
              "/namespaces/1/name: namespace 1 is called so, too"},
        Wrong{
            R"([{"size": "1GiB", "name": "2"}])",
            "/namespaces/0/name: a name cannot be a number, which would mean another namespace"}));

TEST(Namespaces, CannotBeTooMany) {
  std::string many = "[";
  for (int at = 0; at < 129; ++at) {
    many += R"({"size": "4KiB"},)";
  }
  many.back() = ']';
  EXPECT_EQ(with(many).problems.front().what,
            "expected an array of up to 128 namespaces, such as [{\"size\": \"40%\"}], found 129");
}

TEST(Namespaces, ProblemsOfThemAreToldWithAllOthers) {
  const auto reading = read(R"({"capacity": "7GiB", "seed": -1, "namespaces": [{"size": 1}, {}]})");
  EXPECT_EQ(reading.problems.size(), 3U);
}

}  // namespace
}  // namespace gantry::config
