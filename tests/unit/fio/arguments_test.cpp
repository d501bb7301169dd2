#include "fio/tool/arguments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.hpp"

namespace gantry::fio {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ArgumentsOfFio : public testing::Test {
 protected:
  base::Result<Arguments> adapt(const std::vector<std::string>& given, bool needs_output = false) {
    return adapt_arguments(given, scratch_->path(), needs_output);
  }
  base::Result<base::TempDir> scratch_ = base::TempDir::create();
};

TEST_F(ArgumentsOfFio, StayAsTheyAre) {
  const auto result = adapt(
      {"--name=a", "--rw", "randread", "--thread", "--bs", "4k", "-iodepth", "4", "--output=x"});
  ASSERT_TRUE(result);
  EXPECT_THAT(result->list, ElementsAre("--name=a", "--rw", "randread", "--thread", "--bs", "4k",
                                        "-iodepth", "4", "--output=x"));
  EXPECT_THAT(result->inputs, IsEmpty());
}

TEST_F(ArgumentsOfFio, LoseOtherEngines) {
  const auto result = adapt({"--ioengine=libaio", "--ioengine", "io_uring", "--hipri", "--name=a"});
  ASSERT_TRUE(result);
  EXPECT_THAT(result->list, ElementsAre("--name=a"));
  EXPECT_THAT(result->dropped, ElementsAre("--ioengine=libaio", "--ioengine", "--hipri"));
}

TEST_F(ArgumentsOfFio, NameJobFilesOfWhichCopiesAreRun) {
  const auto job = scratch_->path() / "job.fio";
  ASSERT_TRUE(base::write_file(job, "[a]\nioengine=sync\nrw=read\n"));
  const auto result = adapt({"--time_based", job.native(), job.native()});
  ASSERT_TRUE(result);
  ASSERT_EQ(result->list.size(), 3U);
  EXPECT_THAT(result->list[1], HasSubstr("/0/job.fio"));
  EXPECT_EQ(*base::read_file(result->list[2]), "[a]\nrw=read\n");
  EXPECT_THAT(result->inputs, ElementsAre(job, job));
}

TEST_F(ArgumentsOfFio, NameLogsThatAreReplayed) {
  const auto log = scratch_->path() / "io.log";
  ASSERT_TRUE(base::write_file(log, "fio version 2 iolog\n"));
  const auto none = (scratch_->path() / "none").native();
  const auto result = adapt(
      {"--name=a", "--read_iolog=" + none + ":" + log.native(), "--read_iolog", log.native()});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->list.size(), 4U);
  EXPECT_THAT(result->inputs, ElementsAre(log, log));
}

TEST_F(ArgumentsOfFio, MayNotMakeItAnythingElse) {
  for (const auto* const option :
       {"--server", "--client=host", "--daemonize=pid", "--remote-config=x"}) {
    const auto result = adapt({option, "--name=a"});
    ASSERT_FALSE(result) << option;
    EXPECT_THAT(result.error().what, HasSubstr(" cannot be given to fio here"));
    EXPECT_THAT(result.error().hint, HasSubstr("simulated time is that of one fio"));
  }
}

TEST_F(ArgumentsOfFio, MayNotSendTheOutputElsewhereWhenItIsNeeded) {
  const auto result = adapt({"--output=x"}, true);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().what, "--output cannot be given to fio here");
  EXPECT_FALSE(adapt({"--output-format=json"}, true));
}

}  // namespace
}  // namespace gantry::fio
