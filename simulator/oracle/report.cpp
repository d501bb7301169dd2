#include "oracle/report.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace gantry::oracle {
namespace {

std::string known(const Row& row, int digits) {
  return row.is_value() ? fmt::format("{:.{}f}", row.low, digits)
                        : fmt::format("{:.{}f} to {:.{}f}", row.low, digits, row.high, digits);
}

std::string difference(const Row& row) {
  if (!row.is_value() && row.difference() == 0) {
    return "within";
  }
  const auto percent = 100 * row.difference();
  return fmt::format("{:.2f} %", percent > -0.005 && percent < 0 ? 0 : percent);
}

std::string allowed(const Row& row) {
  return row.tolerance == 0 ? "none" : fmt::format("{} %", 100 * row.tolerance);
}

/// By spaces, into lines of the documentation's width.
std::string wrapped(const std::string& text) {
  constexpr std::size_t kWidth = 120;
  std::string result;
  std::size_t line = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find(' ', at), text.size());
    if (line != 0) {
      const bool is_over = line + 1 + (end - at) > kWidth;
      result += is_over ? '\n' : ' ';
      line = is_over ? 0 : line + 1;
    }
    result += text.substr(at, end - at);
    line += end - at;
    at = end + 1;
  }
  return result;
}

}  // namespace

std::string as_text(const Oracle& oracle, const Section& section) {
  auto text = fmt::format("{}\n", oracle.title);
  std::size_t width = 0;
  for (const auto& row : section.rows) {
    width = std::max(width, row.what.size());
  }
  text += fmt::format("  {:{}}  {:>18}  {:>12}  {:>10}  {:>7}\n", "", width, "known", "simulated",
                      "difference", "allowed");
  for (const auto& row : section.rows) {
    text += fmt::format("  {:{}}  {:>18}  {:>12.{}f}  {:>10}  {:>7}{}\n", row.what, width,
                        known(row, section.digits), row.simulated, section.digits, difference(row),
                        allowed(row), row.holds() ? "" : "  off");
  }
  return text;
}

std::string as_markdown(const Oracle& oracle, const Section& section) {
  auto text = fmt::format("## {}\n\n{}\n\n", oracle.title, wrapped(section.text));
  text += "| | known | simulated | difference | allowed |\n|---|--:|--:|--:|--:|\n";
  for (const auto& row : section.rows) {
    text += fmt::format("| {} | {} | {:.{}f} | {} | {} |\n", row.what, known(row, section.digits),
                        row.simulated, section.digits, difference(row), allowed(row));
  }
  return text;
}

std::string markdown_head() {
  return "# The simulator against what is known\n\n" +
         wrapped(
             "This page is what `gantry ssd oracle --format markdown` prints; the target "
             "`gantry_oracle_report` writes it anew, and the tests with the label `oracle` hold "
             "each "
             "figure to its tolerance and this page to the program. The same comes out on every "
             "machine.") +
         "\n\n" +
         wrapped(
             "Write amplification is measured on one die of 2,048 blocks, whose host never lets it "
             "be idle. *To spare* is 1 - rho, rho being the share of valid pages in the blocks in "
             "play: one free block is left out, which the host leaves to collection, and with two "
             "frontiers half a block for what is moved. All pages are written at random, beginning "
             "in the steady state; what is measured begins after one full device of writes or "
             "more. "
             "`simulator/ssd/theory.hpp` has the formulas and where they are from.") +
         "\n";
}

}  // namespace gantry::oracle
