#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "random_host.hpp"
#include "state_file.hpp"
#include "varied_devices.hpp"

namespace gantry::state {
namespace {

/// A file that somebody has changed.
class Hostile : public testing::Test {
 protected:
  Hostile() {
    auto parameters = ssd::small_device();
    parameters.buffer = {.pages = 24, .latency = ssd::Nanos{1'000}};
    ssd::Device device(parameters);
    ssd::RandomHost(5).run(device, 2'000);
    EXPECT_TRUE(save(device, {"tested", "", parameters, {}}, path_));
    const auto text = *base::read_file(path_);
    file_.resize(text.size());
    std::memcpy(file_.data(), text.data(), text.size());
  }

  /// What is wrong with the file now.
  std::string fault() {
    EXPECT_TRUE(
        base::write_file(path_, {reinterpret_cast<const char*>(file_.data()), file_.size()}));
    const auto opened = open(path_);
    if (opened) {
      return "nothing";
    }
    EXPECT_EQ(opened.error().where, path_.native());
    return opened.error().what;
  }
  Header header() const {
    Header header;
    std::memcpy(&header, file_.data(), sizeof header);
    return header;
  }
  /// Puts a value in the place of bytes of the header, and seals it.
  template <class T>
  void put(std::size_t offset, T value) {
    std::memcpy(&file_[offset], &value, sizeof value);
    auto changed = header();
    seal(changed);
    std::memcpy(file_.data(), &changed, sizeof changed);
  }

  base::TempDir directory_ = *base::TempDir::create();
  std::filesystem::path path_ = directory_.path() / "state";
  std::vector<std::byte> file_;
};

TEST_F(Hostile, EveryMessage) {
  const auto good = file_;
  const auto size = std::to_string(good.size());
  EXPECT_EQ(fault(), "nothing");
  file_.clear();
  EXPECT_EQ(fault(), "this is no state of a simulated device");
  file_ = good;
  file_[0] = std::byte{'G'};
  EXPECT_EQ(fault(), "this is no state of a simulated device");
  file_ = good;
  file_.resize(4095);
  EXPECT_EQ(fault(), "the file is cut short: it has 4095 bytes");
  file_ = good;
  file_.pop_back();
  EXPECT_EQ(fault(), "the file is cut short: it has " + std::to_string(good.size() - 1) +
                         " bytes, and should have " + size);
  file_.resize(good.size() + 1);
  EXPECT_EQ(fault(), "the file goes on after its end: it has " + std::to_string(good.size() + 1) +
                         " bytes, and should have " + size);
  file_ = good;
  put(offsetof(Header, version), std::uint32_t{2});
  EXPECT_EQ(fault(), "this state is of format 2, and this program knows 1");
  file_ = good;
  put(offsetof(Header, byte_order), std::uint32_t{0x04030201});
  EXPECT_EQ(fault(), "this state was written by a machine of the other byte order");
  file_ = good;
  file_[100] ^= std::byte{1};
  EXPECT_EQ(fault(), "the header is damaged");
  file_ = good;
  put(offsetof(Header, sections) + offsetof(Section, bytes), ~std::uint64_t{0} - 5000);
  EXPECT_EQ(fault(), "the header contradicts itself");
  file_ = good;
  file_[header().sections[kDevice].offset + 10] ^= std::byte{1};
  EXPECT_EQ(fault(), "the section 'device' is damaged");
  file_ = good;
  file_[header().sections[kArrays].offset] ^= std::byte{1};
  EXPECT_EQ(fault(), "the section 'arrays' is damaged");
  file_ = good;
  file_.back() ^= std::byte{1};
  EXPECT_EQ(fault(), "the section 'books' is damaged");
}

TEST_F(Hostile, AFlippedBitIsFoundWhereverItIs) {
  for (std::size_t at = 0; at < file_.size(); at += at < kBlock ? 37 : 211) {
    file_[at] ^= std::byte{0x10};
    ASSERT_NE(fault(), "nothing") << at;
    file_[at] ^= std::byte{0x10};
  }
}

TEST_F(Hostile, AnotherDeviceDoesNotFitTheState) {
  // One key more of the same length: the arrays have other sizes then.
  auto section = std::span(file_).subspan(header().sections[kDevice].offset);
  const std::string_view key = "\"blocks_per_plane\": 32";
  const auto* const begin = reinterpret_cast<const char*>(section.data());
  const auto at = std::string_view(begin, header().sections[kDevice].bytes).find(key);
  ASSERT_NE(at, std::string_view::npos);
  section[at + key.size() - 1] = std::byte{'3'};
  seal_file(file_);
  EXPECT_EQ(fault(), "this is the state of no device: it has not the parts that its device has");
  section[at + key.size() - 1] = std::byte{'x'};
  seal_file(file_);
  EXPECT_NE(fault().find("its device is none: "), std::string::npos);
}

TEST_F(Hostile, AFileThatIsNoneIsNoState) {
  EXPECT_EQ(open(directory_.path()).error().what, "this is no file");
  EXPECT_EQ(open(directory_.path() / "none").error().what,
            "cannot read " + (directory_.path() / "none").native() + ": No such file or directory");
}

/// Whatever is changed below the checksums: either it is said to be impossible, or the device goes
/// on without harm.
TEST_F(Hostile, WhatIsChangedBelowTheChecksumsDoesNoHarm) {
  const auto good = file_;
  ssd::Random random(11);
  unsigned refused = 0;
  unsigned harmless = 0;
  for (int round = 0; round < 1'000; ++round) {
    file_ = good;
    const auto first = header().sections[kArrays].offset;
    const auto changes = 1 + random.below(3);
    for (std::uint32_t change = 0; change < changes; ++change) {
      const auto at = first + random.below(static_cast<std::uint32_t>(file_.size() - first));
      const auto draw = random.below(3);
      file_[at] = draw == 0   ? std::byte{0}
                  : draw == 1 ? std::byte{0xff}
                              : static_cast<std::byte>(random.next());
    }
    seal_file(file_);
    ASSERT_TRUE(
        base::write_file(path_, {reinterpret_cast<const char*>(file_.data()), file_.size()}));
    const auto opened = open(path_);
    if (!opened) {
      ++refused;
      continue;
    }
    ++harmless;
    auto& device = *opened->device;
    ssd::RandomHost(static_cast<std::uint64_t>(round)).run(device, 300);
    ASSERT_EQ(device.fault(1), nullptr) << "round " << round;
  }
  EXPECT_GT(refused, 100U);
  EXPECT_GT(harmless, 100U);
}

}  // namespace
}  // namespace gantry::state
