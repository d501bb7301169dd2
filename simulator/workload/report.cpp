#include "workload/report.hpp"

namespace gantry::workload {

namespace {

double per_second(double amount, ssd::Nanos time) {
  return time <= ssd::Nanos{0} ? 0 : amount * 1e9 / static_cast<double>(time.count());
}

}  // namespace

std::uint64_t Report::commands() const {
  std::uint64_t sum = 0;
  for (const auto& opcode : opcodes) {
    sum += opcode.commands;
  }
  return sum;
}

double Report::iops() const {
  return per_second(static_cast<double>(commands()), time());
}

std::uint64_t Report::host_bytes() const {
  return (of(ssd::Opcode::kRead).pages + of(ssd::Opcode::kWrite).pages) * mapping_bytes;
}

double Report::bandwidth() const {
  return per_second(static_cast<double>(host_bytes()), time());
}

double Report::write_amplification() const {
  return flash.host_pages == 0 ? 0
                               : static_cast<double>(flash.host_pages + flash.moved_pages) /
                                     static_cast<double>(flash.host_pages);
}

}  // namespace gantry::workload
