#include "report/markdown.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sample.hpp"

namespace gantry::report {
namespace {

using testing::HasSubstr;

RunDocument document_of(std::vector<std::string> names) {
  RunDocument document{"A title", {}};
  for (auto& name : names) {
    document.runs.push_back(sample_run());
    document.runs.back().name = std::move(name);
  }
  return document;
}

TEST(Markdown, OneRunHasItsKindsOfCommands) {
  const auto text = to_markdown(document_of({"only"}));
  EXPECT_THAT(text, HasSubstr("### A title\n\n**"));
  EXPECT_THAT(text, HasSubstr("| read | 139 | 5,657 | 23.17 MB/s | 367.5 µs | 354.3 µs | 847.9 µs "
                              "| 1.24 ms | 1.24 ms |\n"));
  EXPECT_THAT(text, HasSubstr("\nWrite amplification 5.876; dies "));
  EXPECT_THAT(text, HasSubstr("\n```sh\ngantry ssd run --device ref-a\n```\n"));
}

TEST(Markdown, SeveralRunsAreComparedToTheFirst) {
  auto document = document_of({"before", "after"});
  document.runs[1].device.report.iops *= 1.5;
  const auto text = to_markdown(document);
  EXPECT_THAT(text, HasSubstr("| before | 12,210 | "));
  EXPECT_THAT(text, HasSubstr("| after | 18,315 (+50.0 %) | "));
}

TEST(Markdown, HostileTextIsNoMarkup) {
  auto document = document_of({"a|b", "<b>"});
  document.title = "x\n# y <script> [a](b)";
  document.runs[0].command = "echo ```\nrm";
  const auto text = to_markdown(document);
  EXPECT_THAT(text, HasSubstr("### x\\\\x0a\\# y &lt;script&gt; \\[a\\]\\(b\\)\n"));
  EXPECT_THAT(text, HasSubstr("| a\\|b |"));
  EXPECT_THAT(text, HasSubstr("| &lt;b&gt; |"));
  EXPECT_THAT(text, HasSubstr("\n````sh\necho ```\\x0arm\n````\n"));
}

TEST(Markdown, ASweepShowsItsBestPoints) {
  auto sweep = parse_sweep(sample("sweep.json"), "sweep.json").value();
  sweep.title = "Sweep";
  const auto text = to_markdown(sweep);
  EXPECT_THAT(text, HasSubstr("of 4 points are best: no other has more IOPS and a lower p99."));
  EXPECT_THAT(text, HasSubstr("| queue\\-depth | /nand/command | IOPS | mean | p99 | write "
                              "amplification | limited by |\n|---|---|--:|--:|--:|--:|---|\n"));
}

}  // namespace
}  // namespace gantry::report
