#include "fio/tool/job_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.hpp"

namespace gantry::fio {
namespace {

class JobFiles : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& name, const std::string& text) {
    const auto path = directory_->path() / name;
    EXPECT_TRUE(base::write_file(path, text));
    return path;
  }
  base::Result<base::TempDir> directory_ = base::TempDir::create();
};

TEST_F(JobFiles, LoseWhatIsOfAnotherEngine) {
  const auto job = adapt_job_file(write("a.fio",
                                        "; a comment: ioengine=x\n"
                                        "[global]\n"
                                        "ioengine=libaio\n"
                                        "  hipri\n"
                                        "bs = 4k\n"
                                        "[ioengine]\n"
                                        "rw=randread\n"
                                        "sqthread_poll_cpu = 3\n"));
  ASSERT_TRUE(job);
  EXPECT_EQ(job->text, "; a comment: ioengine=x\n[global]\nbs = 4k\n[ioengine]\nrw=randread\n");
  EXPECT_THAT(job->dropped,
              testing::ElementsAre("ioengine=libaio", "hipri", "sqthread_poll_cpu = 3"));
}

TEST_F(JobFiles, HoldWhatTheyInclude) {
  const auto common = write("common.fio", "ioengine=sync\niodepth=4\n");
  const auto whole = write("a.fio", "[a]\ninclude common.fio\nrw=read\n");
  const auto job = adapt_job_file(whole);
  ASSERT_TRUE(job);
  EXPECT_EQ(job->text, "[a]\niodepth=4\nrw=read\n");
  EXPECT_THAT(job->inputs, testing::ElementsAre(whole, common));
}

TEST_F(JobFiles, NameLogsThatTheyReplay) {
  const auto log = write("io.log", "fio version 2 iolog\n");
  const auto whole = write("a.fio", "[a]\nread_iolog = " + log.native() + ":none\n");
  const auto job = adapt_job_file(whole);
  ASSERT_TRUE(job);
  EXPECT_THAT(job->inputs, testing::ElementsAre(whole, log));
  EXPECT_TRUE(adapt_job_file(write("b.fio", "[a]\nread_iolog\n")));
}

TEST_F(JobFiles, ThatIncludeThemselvesAreErrors) {
  const auto job = adapt_job_file(write("a.fio", "include a.fio\n"));
  ASSERT_FALSE(job);
  EXPECT_EQ(job.error().what, "more than 8 files include each other");
}

TEST_F(JobFiles, ThatAreNotThereAreErrors) {
  const auto job = adapt_job_file(directory_->path() / "no.fio");
  ASSERT_FALSE(job);
  EXPECT_THAT(job.error().what, testing::HasSubstr("no.fio: No such file or directory"));
}

}  // namespace
}  // namespace gantry::fio
