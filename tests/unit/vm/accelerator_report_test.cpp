#include "vm/accelerator_report.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace gantry::vm {
namespace {

using Verdict = Trial::Verdict;

AcceleratorReport made_report() {
  return {"x86_64",
          "/usr/bin/qemu-system-x86_64",
          "7.2.22 (Debian)",
          "pc-q35-7.2",
          "GenuineIntel",
          {{"kvm", Verdict::kUnusable, "there is no /dev/kvm", "load it", {}, "Nehalem"},
           {"tcg", Verdict::kUsable, "the guest finished in 0.1 s", "",
            std::chrono::milliseconds(60), "Opteron_G3,ssse3=on"}},
          false,
          ""};
}

TEST(AcceleratorReportText, NamesTheChoiceAndEveryReason) {
  EXPECT_EQ(
      report_text(made_report()),
      "x86_64 guests run under tcg, on a pc-q35-7.2 with the CPU Opteron_G3; waits are multiplied "
      "by 1.5\n"
      "  QEMU 7.2.22 (Debian) (/usr/bin/qemu-system-x86_64)\n"
      "  kvm  unusable    there is no /dev/kvm\n"
      "                   hint: load it\n"
      "  tcg  usable      the guest finished in 0.1 s\n");
}

TEST(AcceleratorReportText, SaysWhereItComesFromAndThatItWillNotLast) {
  auto report = made_report();
  report.trials = {{"tcg", Verdict::kNotProbed, "no compiler", "", {}}};
  report.cached = true;
  report.not_kept = "no space";
  EXPECT_EQ(report_text(report),
            "x86_64 guests: no accelerator was found usable\n"
            "  QEMU 7.2.22 (Debian) (/usr/bin/qemu-system-x86_64)\n"
            "  tcg  not probed  no compiler\n"
            "  as found since the last boot; --no-cache probes again\n"
            "  not kept for the next time: no space\n");
}

TEST(AcceleratorReportJson, HasWhatAProgramWants) {
  const auto document = nlohmann::json::parse(report_json(made_report()));
  EXPECT_EQ(document["chosen"], "tcg");
  EXPECT_EQ(document["accelerators"][1]["timeout_factor"], 1.5);
  EXPECT_EQ(document["accelerators"][1]["loop_microseconds"], 60'000);
  EXPECT_EQ(document["accelerators"][0]["verdict"], "unusable");
  EXPECT_EQ(document["accelerators"][0]["cpu"], "Nehalem");
  EXPECT_FALSE(document["accelerators"][0].contains("timeout_factor"));
  auto report = made_report();
  report.trials.pop_back();
  EXPECT_TRUE(nlohmann::json::parse(report_json(report))["chosen"].is_null());
}

TEST(AcceleratorReportJson, IsReadBack) {
  const auto text = report_json(made_report());
  const auto report = parse_report(text);
  ASSERT_TRUE(report);
  EXPECT_EQ(report_json(*report), text);
}

TEST(AcceleratorReportJson, IsNotTakenWhenSomethingIsWrong) {
  const auto without = [](const char* member) {
    auto document = nlohmann::json::parse(report_json(made_report()));
    document.erase(member);
    return parse_report(document.dump()).has_value();
  };
  for (const char* member : {"architecture", "qemu", "qemu_version", "machine", "cpu_vendor",
                             "accelerators", "cached", "not_kept"}) {
    EXPECT_FALSE(without(member)) << member;
  }
  EXPECT_TRUE(without("chosen")) << "it follows from the rest";
  const auto with_loop = [](std::int64_t loop) {
    auto document = nlohmann::json::parse(report_json(made_report()));
    document["accelerators"][1]["loop_microseconds"] = loop;
    return parse_report(document.dump()).has_value();
  };
  EXPECT_TRUE(with_loop(1));
  EXPECT_FALSE(with_loop(0));
  EXPECT_FALSE(with_loop(-1));
  EXPECT_FALSE(parse_report("[]"));
  EXPECT_FALSE(parse_report(""));
}

}  // namespace
}  // namespace gantry::vm
