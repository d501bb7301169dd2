#include "report/html.hpp"

#include <cmath>
#include <regex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/summary_json.hpp"
#include "sample.hpp"

namespace gantry::report {
namespace {

using testing::HasSubstr;
using testing::Not;

/// The JSON that a page holds, as a browser reads it.
nlohmann::json embedded(const std::string& page) {
  const std::string begin = "id=\"figures\">\n";
  const auto from = page.find(begin) + begin.size();
  return nlohmann::json::parse(page.substr(from, page.find("</script>", from) - from));
}

struct Shown {
  std::string pointer;
  std::string value;
  std::string text;
};

std::vector<Shown> figures_of(const std::string& page) {
  static const std::regex kData("<data value=\"([^\"]*)\" data-figure=\"([^\"]*)\">([^<]*)</data>");
  std::vector<Shown> figures;
  for (std::sregex_iterator at(page.begin(), page.end(), kData); at != std::sregex_iterator();
       ++at) {
    figures.push_back({(*at)[2], (*at)[1], (*at)[3]});
  }
  return figures;
}

/// Whether a text is a value as it is rounded there, in some unit.
bool says(std::string text, double value) {
  text = text.substr(0, text.find(' '));
  std::erase(text, ',');
  const auto point = text.find('.');
  const auto decimals = point == std::string::npos ? 0 : text.size() - point - 1;
  for (const auto divisor : {1.0, 0.01, 1e3, 1e6, 1e9, 1e12}) {
    if (std::abs(std::stod(text) - value / divisor) <=
        0.5000001 * std::pow(10, -static_cast<double>(decimals))) {
      return true;
    }
  }
  return false;
}

void expect_figures(const std::string& page, std::size_t least) {
  const auto json = embedded(page);
  const auto figures = figures_of(page);
  EXPECT_GE(figures.size(), least);
  for (const auto& figure : figures) {
    const auto pointer = nlohmann::json::json_pointer(figure.pointer);
    ASSERT_TRUE(json.contains(pointer)) << figure.pointer;
    EXPECT_EQ(json[pointer].get<double>(), std::stod(figure.value)) << figure.pointer;
    EXPECT_TRUE(says(figure.text, std::stod(figure.value)))
        << figure.pointer << " " << figure.value << " " << figure.text;
  }
}

/// Whether a calculation has gone wrong somewhere.
bool has_odd_number(const std::string& page) {
  static const std::regex kOdd("\\b(nan|inf)\\b");
  return std::regex_search(page, kOdd);
}

RunDocument sample_document(int runs) {
  RunDocument document{"A title", {}};
  for (int at = 0; at < runs; ++at) {
    document.runs.push_back(sample_run());
    document.runs.back().name = "run " + std::to_string(at);
  }
  return document;
}

Sweep sample_sweep() {
  auto sweep = parse_sweep(sample("sweep.json"), "sweep.json").value();
  sweep.title = "A sweep";
  sweep.command = "gantry ssd sweep";
  return sweep;
}

TEST(Html, FiguresAreThoseOfTheDevice) {
  const auto page = to_html(sample_document(1));
  expect_figures(page, 60);
  const auto device = sample_device();
  const auto fio = nlohmann::json::parse(sample("fio.json"));
  std::size_t compared = 0;
  for (const auto& figure : figures_of(page)) {
    const std::string report = "/runs/0/report/";
    const std::string fio_report = "/runs/0/fio/";
    if (figure.pointer.starts_with(report)) {
      const nlohmann::json::json_pointer at("/report/" + figure.pointer.substr(report.size()));
      EXPECT_EQ(device[at].get<double>(), std::stod(figure.value)) << figure.pointer;
      ++compared;
    } else if (figure.pointer.starts_with(fio_report)) {
      const nlohmann::json::json_pointer at("/" + figure.pointer.substr(fio_report.size()));
      EXPECT_EQ(fio[at].get<double>(), std::stod(figure.value)) << figure.pointer;
      ++compared;
    }
  }
  EXPECT_GE(compared, 45U);
}

// Of a run without settings, whose tables show nothing but what was measured.
TEST(Html, EveryNumberInATableIsAFigure) {
  auto document = sample_document(1);
  document.runs[0].device.description.clear();
  document.runs[0].device.workload.clear();
  const auto page = to_html(document);
  static const std::regex kCell("<td class=\"n\">([^<]*)</td>");
  for (std::sregex_iterator at(page.begin(), page.end(), kCell); at != std::sregex_iterator();
       ++at) {
    EXPECT_TRUE((*at)[1] == "" || (*at)[1] == "–") << (*at)[1];
  }
  EXPECT_THAT(page, HasSubstr("data-figure=\"/runs/0/derived/opcodes/write/shares/collection\""));
}

TEST(Html, FiguresOfComparisonsAndSweepsAreThoseOfTheirJson) {
  expect_figures(to_html(sample_document(3)), 30);
  expect_figures(to_html(sample_sweep()), 36);
}

TEST(Html, HasWhatAReportHas) {
  const auto page = to_html(sample_document(1));
  for (const auto* heading :
       {"What limits this drive", "Latency", "Over time", "Where the time goes",
        "Garbage collection and wear", "As fio saw it", "Configuration", "Reproduction"}) {
    EXPECT_THAT(page, HasSubstr(std::string(">") + heading + "</h2>"));
  }
  EXPECT_THAT(page, HasSubstr("<code>gantry ssd run --device ref-a</code>"));
  EXPECT_THAT(to_html(sample_sweep()), HasSubstr("the line is the Pareto front"));
}

TEST(Html, SaysHowPunctualADriveInRealTimeWas) {
  auto json = sample_device();
  json["delivery"] = {{"delivered", 1000},
                      {"late", 7},
                      {"tolerance_ns", 5000},
                      {"mean_lateness_ns", 420},
                      {"worst_lateness_ns", 91000}};
  RunDocument document{"Real time", {}};
  document.runs.emplace_back("real", parse_device_run(json.dump(), "device.json").value());
  const auto page = to_html(document);
  EXPECT_THAT(page,
              HasSubstr("<p>7 of 1,000 completions came later than the drive&#39;s time says, "
                        "by more than 5.00 µs: what the host measured of those is this "
                        "machine&#39;s time, not the drive&#39;s.</p>"));
  EXPECT_THAT(page, HasSubstr("data-figure=\"/runs/0/delivery/worst_lateness_ns\">91.00 µs<"));
  expect_figures(page, 50);
  json["delivery"].erase("late");
  EXPECT_EQ(refusal_of(json),
            "device.json: /delivery/late is missing: it must be a whole number from 0");
}

TEST(Html, RunsThatAreComparedHaveOneScaleOfTime) {
  auto document = sample_document(3);
  for (auto& window : document.runs[1].series) {
    window.reads *= 100;
  }
  document.runs[2].series.clear();
  const auto page = to_html(document);
  const auto axis_of = [&](const std::string& run) {
    const auto at = page.find("<title id=\"", page.find("Over time</h2>"));
    const auto chart = page.find("Commands in a second: " + run + ".</title>", at);
    EXPECT_NE(chart, std::string::npos) << run;
    const auto begin = page.find("<g class=\"axis\">", chart);
    return page.substr(begin, page.find("simulated time", begin) - begin);
  };
  EXPECT_EQ(axis_of("run 0"), axis_of("run 1"));
  EXPECT_THAT(page, Not(HasSubstr("Commands in a second: run 2.")));
}

TEST(Html, ASweepSaysWhatIsVaried) {
  const auto page = to_html(sample_sweep());
  EXPECT_THAT(page, HasSubstr("queue-depth</th><td class=\"n\">varied</td>"));
  EXPECT_THAT(page, HasSubstr("command</th><td class=\"n\">varied</td>"));
  EXPECT_THAT(page, HasSubstr("erase</th><td class=\"n\">3ms</td>"));
}

TEST(Html, AsksTheNetworkForNothing) {
  for (const auto& page :
       {to_html(sample_document(1)), to_html(sample_document(2)), to_html(sample_sweep())}) {
    EXPECT_THAT(page, HasSubstr("default-src &#39;none&#39;"));
    for (const auto* word : {"http:", "https:", "url(", "@import", "src=", "href=", "<link"}) {
      EXPECT_THAT(page, Not(HasSubstr(word))) << word;
    }
    EXPECT_EQ(page.find("<script"), page.rfind("<script"));
    EXPECT_THAT(page, HasSubstr("<script type=\"application/json\""));
  }
}

TEST(Html, HostileTextIsNoMarkup) {
  auto document = sample_document(1);
  const std::string hostile = "</script><script>alert(1)</script><img onerror=x>\xff";
  document.title = hostile;
  document.runs[0].name = hostile;
  document.runs[0].command = hostile;
  document.runs[0].device.device = hostile;
  document.runs[0].device.workload = {{hostile, hostile}};
  document.runs[0].fio->jobs[0].name = hostile;
  for (int runs = 1; runs <= 2; ++runs) {
    const auto page = to_html(document);
    EXPECT_THAT(page, Not(HasSubstr("<script>")));
    EXPECT_THAT(page, Not(HasSubstr("<img")));
    EXPECT_EQ(page.find("</script>"), page.rfind("</script>"));
    document.runs.push_back(document.runs[0]);
  }
}

TEST(Html, OfARunWithoutCommandsIsAPageToo) {
  RunDocument document{"Nothing", {}};
  auto device = sample_run().device;
  device.report = {};
  device.report.time = 1;
  document.runs.emplace_back("none", std::move(device));
  const auto page = to_html(document);
  EXPECT_THAT(page, HasSubstr("Nothing was measured"));
  EXPECT_FALSE(has_odd_number(page));
  document.runs.push_back(sample_run());
  EXPECT_FALSE(has_odd_number(to_html(document)));
}

TEST(Html, SameInputsGiveTheSameBytes) {
  EXPECT_EQ(to_html(sample_document(1)), to_html(sample_document(1)));
  EXPECT_EQ(to_html(sample_sweep()), to_html(sample_sweep()));
}

TEST(Html, OfAHugeDeviceStaysSmall) {
  auto document = sample_document(1);
  document.runs[0].device.report.dies.assign(65'536, 0.5);
  document.runs[0].device.report.channels.assign(4096, 0.25);
  // Its summary has all dies; what is drawn is bounded.
  const auto page = to_html(document);
  EXPECT_LT(page.find("id=\"figures\""), 700'000U);
}

}  // namespace
}  // namespace gantry::report
