#include "cli/state_facts.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "workload/conservation.hpp"

namespace gantry::cli {

namespace {

struct FreeBlocks {
  std::uint64_t all = 0;
  std::uint32_t least = std::numeric_limits<std::uint32_t>::max();  ///< of a plane
};

FreeBlocks free_blocks(const ssd::Device& device) {
  FreeBlocks free;
  for (std::uint32_t plane = 0; plane < device.parameters().geometry.planes(); ++plane) {
    const auto blocks = device.flash().translation().free_blocks(ssd::PlaneId{plane});
    free.all += blocks;
    free.least = std::min(free.least, blocks);
  }
  return free;
}

/// Of all that the host has ever written; 0: nothing.
double amplification(const ssd::FlashCounters& counters) {
  return counters.host_pages == 0
             ? 0
             : static_cast<double>(counters.host_pages + counters.moved_pages) /
                   static_cast<double>(counters.host_pages);
}

}  // namespace

std::string facts_text(const state::Opened& opened, std::uint64_t bytes) {
  const auto& device = *opened.device;
  const auto& counters = device.flash().counters();
  const auto mapped = device.flash().translation().pages().mapped();
  const auto pages = device.parameters().logical_pages;
  const auto holdings = workload::take_stock(device);
  const auto free = free_blocks(device);
  std::string text;
  const auto line = [&](const char* name, const std::string& value) {
    text += fmt::format("{:<14}{}\n", name, value);
  };
  line("device", opened.description.name);
  line("time", fmt::format("{:.6f} s simulated", static_cast<double>(device.now().count()) / 1e9));
  line("mapped", fmt::format("{} of {} pages ({:.1f} %)", mapped, pages,
                             static_cast<double>(mapped) * 100 / pages));
  line("written",
       counters.host_pages == 0
           ? std::string("nothing since it was filled")
           : fmt::format("{} pages by the host, {} moved: write amplification {:.3f}",
                         counters.host_pages, counters.moved_pages, amplification(counters)));
  line("blocks", fmt::format("{} free, at least {} in each plane", free.all, free.least));
  line("wear", fmt::format("{} erases, from {} to {} of a block", holdings.erases,
                           holdings.least_erases, holdings.most_erases));
  line("in flight", fmt::format("{} pages of the write buffer", device.backlog().dirty));
  line("file", base::format_bytes(bytes));
  return text;
}

std::string facts_json(const state::Opened& opened, std::uint64_t bytes) {
  const auto& device = *opened.device;
  const auto& counters = device.flash().counters();
  const auto holdings = workload::take_stock(device);
  const auto free = free_blocks(device);
  const nlohmann::ordered_json json = {
      {"device", opened.description.name},
      {"description", nlohmann::ordered_json::parse(config::write(opened.description))},
      {"time_ns", device.now().count()},
      {"logical_pages", device.parameters().logical_pages},
      {"mapped_pages", device.flash().translation().pages().mapped()},
      {"host_pages", counters.host_pages},
      {"moved_pages", counters.moved_pages},
      {"write_amplification", amplification(counters)},
      {"free_blocks", {{"all", free.all}, {"least_of_a_plane", free.least}}},
      {"erases",
       {{"all", holdings.erases},
        {"least", holdings.least_erases},
        {"most", holdings.most_erases}}},
      {"dirty_pages", device.backlog().dirty},
      {"file_bytes", bytes}};
  return json.dump(2) + "\n";
}

}  // namespace gantry::cli
