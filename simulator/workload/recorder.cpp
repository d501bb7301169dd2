#include "workload/recorder.hpp"

#include <utility>

namespace gantry::workload {

namespace {

// As many points as a person can tell apart in a plot, and room to join each two of them.
constexpr std::size_t kWindows = 512;
constexpr ssd::Nanos kFirstWindow{10'000};
constexpr std::size_t kMostWindows = std::size_t{1} << 20;

/// Adds sign times what the device has done so far.
void count(Report& report, const ssd::Device& device, ssd::Nanos now, int sign) {
  const auto add = [&](auto& to, auto value) { to = sign > 0 ? to + value : to - value; };
  const auto& flash = device.flash();
  const auto& counters = flash.counters();
  add(report.flash.reads, counters.reads);
  add(report.flash.programs, counters.programs);
  add(report.flash.erases, counters.erases);
  add(report.flash.host_pages, counters.host_pages);
  add(report.flash.moved_pages, counters.moved_pages);
  add(report.flash.collection_reads, counters.collection_reads);
  add(report.flash.empty_pages, counters.empty_pages);
  add(report.flash.suspends, counters.suspends);
  add(report.flash.transferred_pages, counters.transferred_pages);
  for (std::uint32_t die = 0; die < report.die_busy.size(); ++die) {
    add(report.die_busy[die], flash.die_busy(ssd::DieId{die}, now));
  }
  for (std::uint32_t channel = 0; channel < report.channel_busy.size(); ++channel) {
    add(report.channel_busy[channel], flash.channel_busy(ssd::ChannelId{channel}));
  }
  add(report.link_busy, device.link_busy());
}

}  // namespace

Recorder::Recorder(const ssd::Device& device, ssd::Nanos begin, ssd::Nanos window) {
  const auto& geometry = device.parameters().geometry;
  report_.begin = begin;
  report_.die_busy.resize(geometry.dies());
  report_.channel_busy.resize(geometry.channels);
  report_.mapping_bytes = geometry.mapping_bytes;
  report_.logical_pages = device.parameters().logical_pages;
  const bool is_given = window > ssd::Nanos{0};
  report_.series =
      TimeSeries(begin, is_given ? window : kFirstWindow, is_given ? kMostWindows : kWindows);
  report_.series.begin(device.flash().counters());
  count(report_, device, begin, -1);
}

Report Recorder::finish(const ssd::Device& device, ssd::Nanos end) {
  report_.end = end;
  count(report_, device, end, 1);
  report_.series.finish(end, device.flash().counters());
  report_.steady_state = judge(report_.series);
  if (const auto& parameters = device.parameters(); parameters.energy.is_known()) {
    report_.energy = energy_of(parameters.energy, report_.flash, report_.time(),
                               parameters.geometry.mapping_bytes);
  }
  return std::move(report_);
}

}  // namespace gantry::workload
