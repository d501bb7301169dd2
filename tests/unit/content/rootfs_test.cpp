#include "content/rootfs.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <span>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/process.hpp"

namespace gantry::content {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// A PATH with programs of our own in front, so that no network and no root is needed: apt's
/// answers and mmdebstrap's deeds are known.
class RootfsBuild : public testing::Test {
 protected:
  void SetUp() override {
    if (!base::find_program("dpkg") || !fs::exists("/usr/lib/apt/apt-helper")) {
      GTEST_SKIP() << "dpkg and apt are not here: no Debian";
    }
    release("Date: Sat, 11 Jul 2026 10:16:37 UTC\n");
    program("mmdebstrap",
            "if [ \"$1\" = --version ]; then echo mmdebstrap 1.2.3; exit; fi\n"
            "echo run >> " +
                quoted("runs") +
                "\n"
                "printf '%s\\n' \"$@\" > " +
                quoted("arguments") +
                "\n"
                "[ ! -e " +
                quoted("fail") + " ] || { cat " + quoted("fail") +
                " >&2; exit 25; }\n"
                "for last; do case $last in *.tar.new) out=$last;; esac; done\n"
                "echo \"$SOURCE_DATE_EPOCH $TZ $LC_ALL $(umask)\" > \"$out\"\n");
    path_ = std::getenv("PATH");
    setenv("PATH", ((root() / "bin").native() + ":" + path_).c_str(), 1);
  }

  void TearDown() override {
    if (!path_.empty()) {
      setenv("PATH", path_.c_str(), 1);
    }
  }

  std::string quoted(const std::string& name) const {
    return base::shell_quoted({(root() / name).native()});
  }

  void program(const std::string& name, const std::string& body) {
    fs::create_directories(root() / "bin");
    const auto path = root() / "bin" / name;
    ASSERT_TRUE(base::write_file(path, "#!/bin/sh\n" + body));
    ASSERT_EQ(chmod(path.c_str(), 0755), 0);
  }

  void release(const std::string& text) {
    const auto directory = root() / "mirror/dists/bookworm";
    fs::create_directories(directory);
    ASSERT_TRUE(base::write_file(directory / "InRelease", text));
    // apt downloads as a user of its own.
    fs::permissions(root(), fs::perms(0755));
  }

  RootfsRequest request() const {
    return {.suite = "bookworm",
            .packages = {"zlib1g", "adduser", "zlib1g"},
            .architecture = {},
            .mirror = "file://" + (root() / "mirror").native() + "/",
            .output = root() / "out.rootfs.tar",
            .depfile = root() / "out.d",
            .cache = root() / "cache"};
  }

  base::Result<Rootfs> build(const RootfsRequest& wanted) {
    said_.clear();
    return build_rootfs(wanted, [&](std::string_view line) { said_.emplace_back(line); });
  }

  std::size_t runs() const {
    const auto text = base::read_file(root() / "runs");
    return text ? static_cast<std::size_t>(std::count(text->begin(), text->end(), '\n')) : 0;
  }

  fs::path root() const { return directory_.path(); }
  std::vector<std::string> said_;
  std::string path_;
  base::TempDir directory_ = *base::TempDir::create();
};

TEST_F(RootfsBuild, TheReleaseDecidesTheTimeAndTheCacheSavesTheWork) {
  const auto first = build(request());
  ASSERT_TRUE(first) << first.error().what;
  EXPECT_TRUE(first->changed);
  EXPECT_FALSE(first->from_cache);
  EXPECT_EQ(*base::read_file(root() / "out.rootfs.tar"), "1783764997 UTC C.UTF-8 0022\n");
  EXPECT_THAT(*base::read_file(root() / "arguments"), HasSubstr("--include=adduser,zlib1g\n"));
  EXPECT_THAT(*base::read_file(root() / "out.d"), HasSubstr("/bin/mmdebstrap\n"));

  auto again = request();
  again.packages = {"adduser", "zlib1g"};
  const auto second = build(again);
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->changed);
  EXPECT_TRUE(second->from_cache);
  EXPECT_EQ(runs(), 1U);
}

TEST_F(RootfsBuild, ANewReleaseAnotherPackageOrTimeBuildAnew) {
  ASSERT_TRUE(build(request()));
  release("Date: Sat, 12 Sep 2026 10:16:37 UTC\n");
  EXPECT_TRUE(build(request())->changed);
  auto other = request();
  other.packages.push_back("ca-certificates");
  ASSERT_TRUE(build(other));
  other.source_date_epoch = 5;
  ASSERT_TRUE(build(other));
  EXPECT_EQ(*base::read_file(root() / "out.rootfs.tar"), "5 UTC C.UTF-8 0022\n");
  EXPECT_EQ(runs(), 4U);
}

/// A mirror on loopback that answers every request with one document until it is destroyed.
class Mirror {
 public:
  explicit Mirror(std::string document)
      : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), document_(std::move(document)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(listener_.get(), generic, length), 0);
    EXPECT_EQ(listen(listener_.get(), 4), 0);
    EXPECT_EQ(getsockname(listener_.get(), generic, &length), 0);
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/debian";
    thread_ = std::thread([this] { serve(); });
  }
  Mirror(const Mirror&) = delete;
  Mirror& operator=(const Mirror&) = delete;
  ~Mirror() {
    shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }

  const std::string& url() const { return url_; }

 private:
  void serve() {
    for (;;) {
      const base::Fd client(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!client) {
        return;
      }
      std::array<char, 4096> request;
      if (read(client.get(), request.data(), request.size()) > 0) {
        const std::string answer = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " +
                                   std::to_string(document_.size()) + "\r\n\r\n" + document_;
        EXPECT_TRUE(base::write_all(client.get(), std::as_bytes(std::span(answer)), "client"));
      }
    }
  }

  base::Fd listener_;
  std::string document_;
  std::string url_;
  std::thread thread_;
};

TEST_F(RootfsBuild, OfflineTakesTheLastOneOfTheSameRequest) {
  auto wanted = request();
  {
    const Mirror mirror("Date: Sat, 11 Jul 2026 10:16:37 UTC\n");
    wanted.mirror = mirror.url();
    const auto online = build(wanted);
    ASSERT_TRUE(online) << online.error().what;
    EXPECT_EQ(runs(), 1U);
  }
  fs::remove(wanted.output);
  const auto offline = build(wanted);
  ASSERT_TRUE(offline) << offline.error().what;
  EXPECT_TRUE(offline->from_cache);
  EXPECT_EQ(*base::read_file(wanted.output), "1783764997 UTC C.UTF-8 0022\n");
  ASSERT_EQ(said_.size(), 1U);
  EXPECT_THAT(said_[0], HasSubstr("the mirror cannot be reached, taking the last one from the "
                                  "cache"));
  EXPECT_EQ(runs(), 1U);

  wanted.packages.push_back("never-built");
  const auto nothing = build(wanted);
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().what, "the mirror " + wanted.mirror + " cannot be reached");
}

TEST_F(RootfsBuild, AFailureQuotesMmdebstrapAndLeavesTheOldResult) {
  ASSERT_TRUE(build(request()));
  release("Date: Sat, 12 Sep 2026 10:16:37 UTC\n");
  ASSERT_TRUE(base::write_file(root() / "fail", "E: something broke\n"));
  const auto failed = build(request());
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().what, "mmdebstrap failed with exit code 25:\nE: something broke");
  EXPECT_EQ(*base::read_file(root() / "out.rootfs.tar"), "1783764997 UTC C.UTF-8 0022\n");
  ASSERT_TRUE(base::write_file(root() / "fail", "E: Unable to locate package frobnicate\n"));
  auto wanted = request();
  wanted.architecture = "amd64";
  if (const auto unknown = build(wanted); !unknown) {
    EXPECT_EQ(unknown.error().what,
              "there is no package 'frobnicate' in the suite bookworm for amd64");
  }
}

TEST_F(RootfsBuild, BadRequestsAreToldApart) {
  auto wrong = request();
  wrong.suite = "nosuch";
  EXPECT_EQ(build(wrong).error().what,
            "there is no suite 'nosuch' at file://" + (root() / "mirror").native());
  wrong = request();
  wrong.variant = "minbas";
  EXPECT_EQ(build(wrong).error().what, "'minbas' is no variant");
  EXPECT_EQ(build(wrong).error().hint, "did you mean 'minbase'?");
  wrong = request();
  wrong.packages = {"a,b"};
  EXPECT_EQ(build(wrong).error().what, "'a,b' is no name of a package");
  wrong = request();
  wrong.suite = "book worm";
  EXPECT_EQ(build(wrong).error().what, "'book worm' is no name of a suite");
  wrong = request();
  wrong.mirror = "nowhere";
  EXPECT_EQ(build(wrong).error().what, "'nowhere' is no mirror");
  wrong = request();
  wrong.architecture = "vax";
  EXPECT_THAT(build(wrong).error().what,
              HasSubstr("programs of the architecture vax do not run on this machine ("));
}

TEST_F(RootfsBuild, WithoutMmdebstrapThePackageIsNamed) {
  setenv("PATH", (root() / "empty").c_str(), 1);
  const auto result = build(request());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().what, "mmdebstrap is not installed");
  EXPECT_EQ(result.error().hint, "on Debian: apt-get install mmdebstrap");
}

}  // namespace
}  // namespace gantry::content
