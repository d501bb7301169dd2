#include "report/markup.hpp"

#include <gtest/gtest.h>

namespace gantry::report {
namespace {

TEST(Markup, TextIsEscaped) {
  EXPECT_EQ(escape_markup("<script>alert('1 & \"2\"')</script>"),
            "&lt;script&gt;alert(&#39;1 &amp; &quot;2&quot;&#39;)&lt;/script&gt;");
  EXPECT_EQ(escape_markup("µs – 漢字 😀"), "µs – 漢字 😀");
}

TEST(Markup, WhatNoDocumentMayHoldIsReplaced) {
  EXPECT_EQ(escape_markup(std::string("a\0b\x1b[31m\x7f", 9)), "a\uFFFDb\uFFFD[31m\uFFFD");
  EXPECT_EQ(escape_markup("\xff\xc3("), "\uFFFD\uFFFD(");
  EXPECT_EQ(escape_markup("\xc2\x85"), "\uFFFD");
  EXPECT_EQ(escape_markup("\xef\xbf\xbe\xef\xbf\xbf"), "\uFFFD\uFFFD");
  EXPECT_EQ(escape_markup("a\n\tb"), "a\n\tb");
  // What turns the direction of the text after it, and so can make it say something else.
  EXPECT_EQ(escape_markup("a\u202Egpj.exe\u2066b\u200F\u061C"),
            "a\uFFFDgpj.exe\uFFFDb\uFFFD\uFFFD");
  EXPECT_EQ(escape_markup("שלום"), "שלום");
}

TEST(Markup, ElementsCloseInOrder) {
  Markup markup;
  {
    const auto outer = markup.element("p", {{"class", "a\"b"}});
    markup.text("1 < 2");
    {
      const auto inner = markup.element("b");
      markup.text("x");
    }
    markup.empty("path", {{"d", "M0,0"}});
    markup.leaf("i", "&");
  }
  EXPECT_EQ(markup.out(),
            "<p class=\"a&quot;b\">1 &lt; 2<b>x</b><path d=\"M0,0\"/><i>&amp;</i></p>");
}

}  // namespace
}  // namespace gantry::report
