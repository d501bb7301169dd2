#include "vm/space.hpp"

#include <cerrno>
#include <thread>

#include <gtest/gtest.h>

#include "base/file.hpp"

namespace gantry::vm {
namespace {

using namespace std::chrono_literals;

base::Error full(int code) {
  errno = code;
  return base::errno_error("write", "/store/ram");
}

TEST(Space, SaysHowMuchIsNeededAndWhere) {
  const auto directory = *base::TempDir::create();
  EXPECT_TRUE(check_room({{"memory", directory.path(), 1 << 20}}));
  const auto room = room_in(directory.path());
  const auto checked = check_room(
      {{"memory", directory.path(), room}, {"disks", directory.path(), std::uint64_t{1} << 40}});
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().where, directory.path().native());
  EXPECT_NE(checked.error().what.find("there is not enough room: "), std::string::npos);
  EXPECT_NE(checked.error().what.find(" memory, "), std::string::npos);
  EXPECT_NE(checked.error().what.find(" disks), and "), std::string::npos);
  EXPECT_NE(checked.error().hint.find("free "), std::string::npos);
}

TEST(Space, ADirectoryThatIsNotThereIsAnError) {
  EXPECT_FALSE(check_room({{"memory", "/no/such/directory", 1}}));
  EXPECT_EQ(room_in("/no/such/directory"), 0U);
}

TEST(Space, TellsALackOfRoomFromOtherErrors) {
  EXPECT_TRUE(is_lack_of_room(full(ENOSPC)));
  EXPECT_TRUE(is_lack_of_room(full(EDQUOT)));
  EXPECT_TRUE(is_lack_of_room({"QEMU cannot save: \"No space left on device\"", "", ""}));
  EXPECT_FALSE(is_lack_of_room(full(EIO)));
}

TEST(Space, DoesItAgainWhenThereIsRoom) {
  int tries = 0;
  std::string said;
  const RoomWait wait{"/tmp", 60s, [&said](std::string_view line) { said += line; }};
  const auto done = when_there_is_room(wait, [&tries]() -> base::Result<void> {
    return ++tries < 2 ? base::Result<void>(full(ENOSPC)) : base::Result<void>();
  });
  EXPECT_TRUE(done);
  EXPECT_EQ(tries, 2);
  EXPECT_EQ(said, "there is no room in /tmp: the guest waits for it, for 60 s at most\n");
}

TEST(Space, GivesUpAtOnceWithoutPatienceAndOnOtherErrors) {
  int tries = 0;
  const auto done = when_there_is_room({"/store", 0s}, [&tries]() -> base::Result<void> {
    ++tries;
    return full(ENOSPC);
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().hint, "free some room in /store, and build it again");
  const auto other = when_there_is_room({"/store", 60s}, [&tries]() -> base::Result<void> {
    ++tries;
    return full(EIO);
  });
  EXPECT_FALSE(other);
  EXPECT_EQ(tries, 2);
}

}  // namespace
}  // namespace gantry::vm
