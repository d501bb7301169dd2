#include <fmt/format.h>

#include "oracle/oracles.hpp"
#include "oracle/overwrite.hpp"

namespace gantry::oracle {
namespace {

namespace theory = ssd::theory;

constexpr double kTolerance = 0.005;
constexpr double kSpares[] = {0.07, 0.125, 0.28};
constexpr std::uint32_t kPages[] = {64, 128, 256};

/// A policy at nine points, its collections with a frontier of their own or without.
void add_points(Section& section, const ssd::GarbageCollection& rules, const std::string& what,
                std::uint32_t measured,
                double (*known)(double rho, std::uint32_t b, std::uint32_t d)) {
  for (const auto spare : kSpares) {
    for (const auto pages : kPages) {
      auto parameters = one_die(spare, pages);
      parameters.collection.victims = rules.victims;
      parameters.collection.choices = rules.choices;
      parameters.collection.generations = rules.generations;
      const auto a = known(theory::rho_of(parameters), pages, rules.choices);
      section.rows.push_back({fmt::format("{}{} to spare, {} pages", what, spare, pages), a, a,
                              amplification(parameters, {.measured = measured}), kTolerance});
    }
  }
}

double greedy_known(double rho, std::uint32_t b, std::uint32_t /*d*/) {
  return theory::greedy_victims(rho, b).amplification;
}

double choices_known(double rho, std::uint32_t b, std::uint32_t d) {
  return theory::sampled_victims(rho, b, d).amplification;
}

}  // namespace

Section greedy() {
  Section section;
  section.text =
      "The block with the fewest valid pages, of blocks of a finite size (mean field). With one "
      "frontier for what the host writes and what is moved, and with one for each.";
  add_points(section, {.generations = 0}, "", 3, greedy_known);
  add_points(section, {.generations = 1}, "two frontiers, ", 3, greedy_known);
  return section;
}

Section first_in_first_out() {
  Section section;
  section.text = "The oldest block: 1 - 1 / A = exp(-1 / (rho A)).";
  add_points(section, {.victims = ssd::VictimPolicy::kFifo, .generations = 0}, "", 3,
             [](double rho, std::uint32_t, std::uint32_t) { return theory::fifo_victims(rho); });
  return section;
}

Section any_block() {
  Section section;
  section.text = "Any block: A = 1 / (1 - rho).";
  add_points(section, {.victims = ssd::VictimPolicy::kRandom, .generations = 0}, "", 12,
             [](double rho, std::uint32_t, std::uint32_t) { return theory::random_victims(rho); });
  return section;
}

Section choices() {
  Section section;
  section.text = "The block with the fewest valid pages of d that are drawn (Van Houdt 2013).";
  for (const std::uint32_t d : {2U, 4U, 10U}) {
    add_points(section, {.victims = ssd::VictimPolicy::kDChoices, .choices = d, .generations = 0},
               fmt::format("{} choices, ", d), 10, choices_known);
  }
  return section;
}

namespace {

constexpr theory::HotCold kTraffics[] = {{0.2, 0.8}, {0.1, 0.9}};

std::string name_of(const theory::HotCold& traffic, double spare) {
  return fmt::format("{:.0f} % of the writes to {:.0f} % of the pages, {} to spare",
                     100 * traffic.writes, 100 * traffic.pages, spare);
}

}  // namespace

Section mixed() {
  Section section;
  section.text =
      "The oldest block, with pages of which some are written more often than others, all in the "
      "same blocks of 64 pages (Desnoyers 2012).";
  for (const auto& traffic : kTraffics) {
    for (const auto spare : {0.07, 0.125, 0.20, 0.28}) {
      auto parameters = one_die(spare, 64);
      parameters.collection.victims = ssd::VictimPolicy::kFifo;
      const auto a = theory::fifo_mixed(theory::rho_of(parameters), traffic);
      section.rows.push_back(
          {name_of(traffic, spare), a, a,
           amplification(parameters, {.traffic = traffic, .warm_up = 8, .measured = 6}),
           kTolerance});
    }
  }
  return section;
}

Section separated() {
  Section section;
  section.text =
      "The greedy policy, with frontiers of their own for what has survived a collection, must lie "
      "between perfect separation, which knows what is hot, and no separation.";
  for (const auto& traffic : kTraffics) {
    for (const auto spare : {0.07, 0.125, 0.20, 0.28}) {
      for (const std::uint32_t generations : {1U, 3U}) {
        auto parameters = one_die(spare, 64);
        parameters.collection.generations = generations;
        const auto rho = theory::rho_of(parameters);
        section.rows.push_back(
            {fmt::format("{}, {} frontiers", name_of(traffic, spare), generations + 1),
             theory::fifo_separated(rho, traffic), theory::fifo_mixed(rho, traffic),
             amplification(parameters, {.traffic = traffic, .warm_up = 8, .measured = 4}), 0});
      }
    }
  }
  return section;
}

Section trims() {
  Section section;
  section.text =
      "A share q of the commands are trims of pages that are there; greedy, 256 pages a block, "
      "0.125 "
      "to spare with all pages there. rho is to be multiplied by (1 - 2 q) / (1 - q).";
  for (const auto share : {0.1, 0.2, 0.3, 0.4}) {
    const auto parameters = one_die(0.125, 256);
    const auto a =
        theory::greedy_victims(theory::rho_with_trims(theory::rho_of(parameters), share), 256)
            .amplification;
    section.rows.push_back(
        {fmt::format("q = {}", share), a, a,
         amplification(parameters, {.trims = share, .warm_up = 6, .measured = 6}), kTolerance});
  }
  return section;
}

}  // namespace gantry::oracle
