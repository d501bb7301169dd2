#include "base/dynamic_library.hpp"

#include <cstring>

#include <gtest/gtest.h>

namespace gantry::base {
namespace {

TEST(DynamicLibrary, GivesTheFunctionsOfALibrary) {
  const auto library = DynamicLibrary::load("libm.so.6", "libc6");
  ASSERT_TRUE(library);
  double (*cosine)(double) = nullptr;
  ASSERT_TRUE(library->find("cos", cosine));
  EXPECT_EQ(cosine(0), 1);
}

TEST(DynamicLibrary, SaysWhatToInstallForOneThatIsNotThere) {
  const auto library = DynamicLibrary::load("libnone.so.7", "libnone7");
  ASSERT_FALSE(library);
  EXPECT_EQ(library.error().what,
            "libnone.so.7 cannot be used: libnone.so.7: cannot open shared object file: No such "
            "file or directory");
  EXPECT_EQ(library.error().hint, "install it; on Debian: apt-get install libnone7");
}

TEST(DynamicLibrary, NamesAFunctionThatIsNotThere) {
  const auto library = DynamicLibrary::load("libm.so.6", "libc6");
  ASSERT_TRUE(library);
  void (*none)() = nullptr;
  EXPECT_FALSE(library->find("gantry_none", none));
  EXPECT_NE(library->unusable().what.find("undefined symbol: gantry_none"), std::string::npos)
      << library->unusable().what;
  EXPECT_EQ(library->unusable("it is old").what, "libm.so.6 cannot be used: it is old");
}

// As ELF has them: three numbers, the owner's name, and the content to a multiple of four bytes.
TEST(DlopenNote, IsANoteOfElf) {
  constexpr DlopenNote kNote(R"(["x"])");
  EXPECT_EQ(kNote.content_size, 6U);
  ASSERT_EQ(sizeof kNote, 12 + 4 + 8);
  const char bytes[] = "FDO\0[\"x\"]\0\0";
  EXPECT_EQ(std::memcmp(reinterpret_cast<const char*>(&kNote) + 12, bytes, 12), 0);
}

}  // namespace
}  // namespace gantry::base
