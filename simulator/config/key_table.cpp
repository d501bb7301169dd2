#include "config/key_table.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <type_traits>

#include "ssd/wide.hpp"

namespace gantry::config {

namespace {

using ssd::HostQueue;
using ssd::Nanos;

constexpr std::uint64_t kKiB = std::uint64_t{1} << 10;
constexpr std::uint64_t kTiB = std::uint64_t{1} << 40;
constexpr std::uint64_t kMostCount = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint64_t kLeastRate = 1'000'000;
constexpr std::uint64_t kMostRate = 10'000'000'000'000;
constexpr std::uint64_t kMostEnergy = 1'000'000'000'000;  // 1 J
constexpr std::uint64_t kMostPower = 1'000'000'000;       // 1 kW
constexpr std::uint64_t kMostSeed = std::numeric_limits<std::uint64_t>::max();

constexpr std::string_view kCells[] = {"SLC", "MLC", "TLC", "QLC"};
constexpr std::string_view kArbitrations[] = {"round-robin", "weighted-round-robin"};
constexpr std::string_view kAllocations[] = {"static", "round-robin", "idle-first"};
constexpr std::string_view kDieOrders[] = {"first-come", "reads-first"};
constexpr std::string_view kVictims[] = {"greedy", "d-choices", "cost-benefit", "fifo", "random"};
constexpr std::string_view kPlaneOrders[] = {
    "CWDP", "CWPD", "CDWP", "CDPW", "CPWD", "CPDW", "WCDP", "WCPD", "WDCP", "WDPC", "WPCD", "WPDC",
    "DCWP", "DCPW", "DWCP", "DWPC", "DPCW", "DPWC", "PCWD", "PCDW", "PWCD", "PWDC", "PDCW", "PDWC"};

template <class T>
constexpr std::uint64_t to_number(const T& value) {
  if constexpr (std::is_same_v<T, Nanos>) {
    return static_cast<std::uint64_t>(value.count());
  } else {
    return static_cast<std::uint64_t>(value);
  }
}

template <class T>
constexpr void assign(T& value, std::uint64_t number) {
  if constexpr (std::is_same_v<T, Nanos>) {
    value = Nanos{static_cast<std::int64_t>(number)};
  } else {
    value = static_cast<T>(number);
  }
}

/// A key of which the value is a member of ssd::Parameters.
template <class Access>
constexpr Key<Description> parameter(KeyForm form, Access) {
  return {form, [](const Description& of) { return to_number(Access{}(of.parameters)); },
          [](Description& of, std::uint64_t value) { assign(Access{}(of.parameters), value); }};
}

constexpr Key<Description> text(KeyForm form, std::string Description::*member) {
  form.most = kLongestText;
  return {form, nullptr, nullptr, member};
}

constexpr Key<Description> times(KeyForm form,
                                 std::array<Nanos, ssd::kMaxCellBits> ssd::NandTiming::*member) {
  form.kind = Kind::kTimes;
  form.most = kLongestTime;
  return {form, nullptr, nullptr, nullptr, member};
}

constexpr KeyForm count(std::string_view pointer, std::string_view meaning,
                        std::string_view example, std::uint64_t least,
                        std::uint64_t most = kMostCount) {
  return {pointer, Kind::kCount, meaning, example, least, most};
}

constexpr KeyForm time(std::string_view pointer, std::string_view meaning,
                       std::string_view example) {
  return {pointer, Kind::kTime, meaning, example, 0, kLongestTime};
}

constexpr KeyForm rate(std::string_view pointer, std::string_view meaning,
                       std::string_view example) {
  return {pointer, Kind::kRate, meaning, example, kLeastRate, kMostRate};
}

constexpr KeyForm energy(std::string_view pointer, std::string_view meaning,
                         std::string_view example) {
  return {pointer, Kind::kEnergy, meaning, example, 0, kMostEnergy};
}

constexpr KeyForm choice(std::string_view pointer, std::string_view meaning,
                         std::span<const std::string_view> choices) {
  return {pointer, Kind::kChoice, meaning, choices.front(), 0, choices.size() - 1, choices};
}

constexpr KeyForm flag(std::string_view pointer, std::string_view meaning) {
  return {pointer, Kind::kFlag, meaning, "true", 0, 1};
}

std::uint64_t capacity(const Description& of) {
  return std::uint64_t{of.parameters.logical_pages} * of.parameters.geometry.mapping_bytes;
}

void set_capacity(Description& of, std::uint64_t bytes) {
  of.parameters.logical_pages = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(bytes / of.parameters.geometry.mapping_bytes, kMostCount));
}

/// share is (raw - user) / user; user is rounded down to whole logical pages.
void set_over_provisioning(Description& of, std::uint64_t share) {
  constexpr std::uint64_t kWhole = 1'000'000;
  of.parameters.logical_pages = static_cast<std::uint32_t>(std::min<ssd::Wide>(
      ssd::Wide{of.parameters.geometry.slots()} * kWhole / (kWhole + share), kMostCount));
}

std::uint64_t plane_order(const Description& of) {
  const auto& order = of.parameters.plane_order;
  const std::string_view letters(order.data(), order.size());
  return static_cast<std::uint64_t>(
      std::find(std::begin(kPlaneOrders), std::end(kPlaneOrders), letters) -
      std::begin(kPlaneOrders));
}

void set_plane_order(Description& of, std::uint64_t number) {
  std::copy_n(kPlaneOrders[number].begin(), of.parameters.plane_order.size(),
              of.parameters.plane_order.begin());
}

constexpr Key<Description> kKeys[] = {
    text({"/name", Kind::kText, "what the device is called", "my-device"}, &Description::name),
    text({"/origin", Kind::kText, "where the figures come from", "the datasheet of 2026"},
         &Description::origin),

    parameter(
        count("/geometry/channels", "buses that dies share", "8", 1, 1024),
        [](auto& of) -> auto& { return of.geometry.channels; }),
    parameter(
        count("/geometry/chips_per_channel", "packages on a channel", "4", 1, 1024),
        [](auto& of) -> auto& { return of.geometry.chips_per_channel; }),
    parameter(
        count("/geometry/dies_per_chip", "what works by itself", "2", 1, 64),
        [](auto& of) -> auto& { return of.geometry.dies_per_chip; }),
    parameter(
        count("/geometry/planes_per_die", "of which each has its own blocks", "2", 1, 64),
        [](auto& of) -> auto& { return of.geometry.planes_per_die; }),
    parameter(
        count("/geometry/blocks_per_plane", "a block is erased at once", "1024", 4, 1 << 24),
        [](auto& of) -> auto& { return of.geometry.blocks_per_plane; }),
    parameter(
        count("/geometry/pages_per_block", "flash pages, programmed in their order", "256", 1,
              1 << 16),
        [](auto& of) -> auto& { return of.geometry.pages_per_block; }),
    parameter(
        {"/geometry/page_size", Kind::kSize, "what is read or programmed at once", "16KiB", 512,
         4096 * kKiB},
        [](auto& of) -> auto& { return of.geometry.page_bytes; }),
    parameter(
        {"/geometry/mapping_unit", Kind::kSize,
         "a logical page; divides the page, into which several of them are packed", "4KiB", 512,
         4096 * kKiB},
        [](auto& of) -> auto& { return of.geometry.mapping_bytes; }),

    {{"/capacity",
      Kind::kSize,
      "what the host sees; this or over_provisioning",
      "480GiB",
      512,
      8'192 * kTiB,
      {},
      true},
     capacity,
     set_capacity},
    {{"/over_provisioning", Kind::kShare,
      "(raw - user) / user, in the place of capacity; user is rounded down to whole logical pages",
      "7%", 0, 100'000'000},
     nullptr,
     set_over_provisioning},
    {{"/namespaces", Kind::kNamespaces,
      "parts of the capacity, one after another; none: one that has all", "", 0, kMostNamespaces}},

    {choice("/nand/cell", "bits of a cell: one type of page for each", kCells),
     [](const Description& of) { return std::uint64_t{of.parameters.nand.cell_bits} - 1; },
     [](Description& of, std::uint64_t value) {
       of.parameters.nand.cell_bits = static_cast<std::uint32_t>(value) + 1;
     }},
    times({"/nand/read", Kind::kTimes, "array to page register, by type of page, or one for all",
           "50us"},
          &ssd::NandTiming::read),
    times({"/nand/program", Kind::kTimes, "page register to array, by type of page, or one for all",
           "600us"},
          &ssd::NandTiming::program),
    parameter(
        time("/nand/erase", "of a block", "3ms"), [](auto& of) -> auto& { return of.nand.erase; }),
    parameter(
        time("/nand/command", "command and address cycles, before every operation", "290ns"),
        [](auto& of) -> auto& { return of.nand.command; }),
    parameter(
        time("/nand/suspend", "from the request until a suspended die can read", "20us"),
        [](auto& of) -> auto& { return of.nand.suspend; }),
    parameter(
        time("/nand/resume", "what going on costs after that", "5us"),
        [](auto& of) -> auto& { return of.nand.resume; }),

    parameter(
        rate("/channel/bandwidth", "of each channel", "800MB/s"),
        [](auto& of) -> auto& { return of.channel.bytes_per_second; }),
    parameter(
        time("/channel/latency", "of each transfer", "100ns"),
        [](auto& of) -> auto& { return of.channel.latency; }),
    parameter(
        rate("/link/bandwidth", "to the host and from it, each", "3.5GB/s"),
        [](auto& of) -> auto& { return of.link.bytes_per_second; }),
    parameter(
        time("/link/latency", "of each transfer, without occupying the link", "1us"),
        [](auto& of) -> auto& { return of.link.latency; }),

    {{"/front_end/queues", Kind::kQueues, "the submission queues of the host", "", 1, kMostQueues}},
    parameter(
        choice("/front_end/arbitration", "whose turn it is among the queues", kArbitrations),
        [](auto& of) -> auto& { return of.front_end.arbitration; }),
    parameter(
        count("/front_end/commands_in_device", "that are at work at a time; 0: all", "256", 0),
        [](auto& of) -> auto& { return of.front_end.commands_in_device; }),
    parameter(
        time("/front_end/command_cost", "of the controller's processor, one at a time", "1us"),
        [](auto& of) -> auto& { return of.front_end.command_cost; }),
    parameter(
        time("/front_end/page_cost", "further, for each logical page", "100ns"),
        [](auto& of) -> auto& { return of.front_end.page_cost; }),

    {choice("/allocation/order",
            "what changes first from page to page: channel, way (chip), die or plane",
            kPlaneOrders),
     plane_order, set_plane_order},
    parameter(
        choice("/allocation/policy",
               "the plane of a write: by its logical page, the next one, or an idle one",
               kAllocations),
        [](auto& of) -> auto& { return of.allocation; }),
    parameter(
        choice("/scheduling/order", "of reads and writes at a die", kDieOrders),
        [](auto& of) -> auto& { return of.die_order; }),
    parameter(
        flag("/scheduling/suspend_program", "a read interrupts a program"),
        [](auto& of) -> auto& { return of.suspend_program; }),
    parameter(
        flag("/scheduling/suspend_erase", "a read interrupts an erase"),
        [](auto& of) -> auto& { return of.suspend_erase; }),

    parameter(
        choice("/garbage_collection/victims", "which block is emptied next", kVictims),
        [](auto& of) -> auto& { return of.collection.victims; }),
    parameter(
        count("/garbage_collection/choices", "blocks that d-choices draws", "10", 1, 1024),
        [](auto& of) -> auto& { return of.collection.choices; }),
    parameter(
        count("/garbage_collection/start_below",
              "blocks of room in a plane, beyond one a generation, below which the host waits for "
              "collection",
              "3", 2),
        [](auto& of) -> auto& { return of.collection.start_below; }),
    parameter(
        count("/garbage_collection/idle_below",
              "the same for a die without other work, if that is more", "8", 0),
        [](auto& of) -> auto& { return of.collection.idle_below; }),
    parameter(
        count("/garbage_collection/generations",
              "open blocks for what has survived collections; 0: with the host's", "1", 0, 8),
        [](auto& of) -> auto& { return of.collection.generations; }),
    parameter(
        flag("/garbage_collection/preemptible", "the host goes first between two pages"),
        [](auto& of) -> auto& { return of.collection.preemptible; }),
    parameter(
        flag("/wear_leveling/dynamic", "of free blocks, the least worn is taken"),
        [](auto& of) -> auto& { return of.wear.dynamic; }),
    parameter(
        count("/wear_leveling/static_above",
              "difference of erases that makes a cold block move; 0: none does", "100", 0),
        [](auto& of) -> auto& { return of.wear.static_above; }),

    {{"/write_buffer/size",
      Kind::kSize,
      "volatile; 0B: there is none, and a write ends when it is in flash",
      "1MiB",
      0,
      64 * kTiB,
      {},
      true},
     [](const Description& of) {
       return std::uint64_t{of.parameters.buffer.pages} * of.parameters.geometry.mapping_bytes;
     },
     [](Description& of, std::uint64_t bytes) {
       of.parameters.buffer.pages = static_cast<std::uint32_t>(
           std::min<std::uint64_t>(bytes / of.parameters.geometry.mapping_bytes, kMostCount));
     }},
    parameter(
        time("/write_buffer/latency", "of putting pages into it, or reading from it", "2us"),
        [](auto& of) -> auto& { return of.buffer.latency; }),
    parameter(
        count("/write_buffer/programs_per_die",
              "that wait or run, at which no more are given to a die", "2", 1, 1 << 16),
        [](auto& of) -> auto& { return of.buffer.programs_per_die; }),

    parameter(
        energy("/energy/read", "of a page of flash", "10uJ"),
        [](auto& of) -> auto& { return of.energy.read; }),
    parameter(
        energy("/energy/program", "of a page of flash", "50uJ"),
        [](auto& of) -> auto& { return of.energy.program; }),
    parameter(
        energy("/energy/erase", "of a block", "200uJ"),
        [](auto& of) -> auto& { return of.energy.erase; }),
    parameter(
        energy("/energy/transfer", "of a byte over a channel", "30pJ"),
        [](auto& of) -> auto& { return of.energy.transfer; }),
    parameter(
        {"/energy/idle", Kind::kPower,
         "of the whole device, whatever it does; if all of these are 0, energy is not known",
         "30mW", 0, kMostPower},
        [](auto& of) -> auto& { return of.energy.idle; }),

    parameter(
        flag("/attribution", "say where the time of each command went"),
        [](auto& of) -> auto& { return of.attribution; }),
    parameter(
        count("/seed", "of all that is random", "1", 0, kMostSeed),
        [](auto& of) -> auto& { return of.seed; }),
};

constexpr Key<HostQueue> kQueueKeys[] = {
    {count("/weight", "commands in a turn, if arbitration is weighted", "1", 1, 1 << 16),
     [](const HostQueue& of) { return std::uint64_t{of.weight}; },
     [](HostQueue& of, std::uint64_t value) { of.weight = static_cast<std::uint32_t>(value); }},
    {flag("/urgent", "strictly before all that are not"),
     [](const HostQueue& of) { return std::uint64_t{of.urgent}; },
     [](HostQueue& of, std::uint64_t value) { of.urgent = value != 0; }},
};

constexpr KeyForm kNamespaceForms[] = {
    {"/name", Kind::kText, "what it is called, beside its number", "boot", 0, kLongestText},
    {"/size", Kind::kExtent, "a share of the capacity is rounded down to whole logical pages",
     "40%"},
};

}  // namespace

std::span<const KeyForm> namespace_forms() {
  return kNamespaceForms;
}

std::span<const Key<Description>> keys() {
  return kKeys;
}

std::span<const Key<ssd::HostQueue>> queue_keys() {
  return kQueueKeys;
}

}  // namespace gantry::config
