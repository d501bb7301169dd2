#include "cli/workload_options.hpp"

#include <array>
#include <cstdio>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/memory.hpp"
#include "base/text.hpp"
#include "config/memory.hpp"
#include "config/namespaces.hpp"
#include "config/quantity.hpp"
#include "ssd/precondition.hpp"
#include "ssd/translation.hpp"

namespace gantry::cli {

namespace {

using config::Measure;
using workload::AddressPattern;
using workload::Arrivals;

base::Error fault(std::string_view option, std::string_view value, std::string_view expected) {
  return {
      fmt::format("--{} cannot be \"{}\": expected {}", option, base::printable(value), expected),
      "", ""};
}

base::Result<std::uint64_t> quantity(std::string_view option, std::string_view text,
                                     Measure measure, std::string_view example) {
  if (const auto value = config::parse_quantity(text, measure)) {
    return *value;
  }
  return fault(option, text, example);
}

base::Result<ssd::Nanos> time_of(std::string_view option, std::string_view text) {
  GANTRY_TRY(const auto nanos, quantity(option, text, Measure::kTime, "a time such as 100ms"));
  if (nanos > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / 4) {
    return fault(option, text, "less than 70 years");
  }
  return ssd::Nanos{static_cast<std::int64_t>(nanos)};
}

/// In thousandths.
base::Result<std::uint32_t> share(std::string_view option, std::string_view text) {
  constexpr std::uint64_t kThousandth = 1000;  // of the unit of Measure::kShare
  const auto value = config::parse_quantity(text, Measure::kShare);
  if (!value || *value % kThousandth != 0 || *value > 1000 * kThousandth) {
    return fault(option, text, "a share such as 70%, of at most one decimal");
  }
  return static_cast<std::uint32_t>(*value / kThousandth);
}

/// "100k/s".
base::Result<std::uint64_t> rate_of(std::string_view text) {
  auto digits = text;
  if (digits.ends_with("/s")) {
    digits.remove_suffix(2);
  }
  std::uint64_t unit = 1;
  if (digits.ends_with('k') || digits.ends_with('M')) {
    unit = digits.back() == 'k' ? 1000 : 1'000'000;
    digits.remove_suffix(1);
  }
  const auto count = base::parse_unsigned(digits);
  if (!count || *count > 1'000'000'000 / unit) {
    return fault("rate", text, "commands in a second, such as 100k/s");
  }
  return *count * unit;
}

/// "0.99" in thousandths.
std::optional<std::uint32_t> thousandths(std::string_view text) {
  const auto point = text.find('.');
  auto decimals = point == std::string_view::npos ? "" : std::string(text.substr(point + 1));
  if (decimals.size() > 3) {
    return {};
  }
  decimals.resize(3, '0');
  const auto whole = base::parse_unsigned(text.substr(0, point));
  const auto part = base::parse_unsigned(decimals);
  if (!whole || !part || *whole > 20) {
    return {};
  }
  return static_cast<std::uint32_t>(*whole * 1000 + *part);
}

base::Result<AddressPattern> pattern_of(const std::string& text) {
  const auto colon = text.find(':');
  const auto name = text.substr(0, colon);
  const auto rest = colon == std::string::npos ? "" : text.substr(colon + 1);
  AddressPattern pattern;
  if (name == "zipf") {
    pattern.kind = AddressPattern::Kind::kZipf;
    if (colon != std::string::npos) {
      const auto exponent = thousandths(rest);
      if (!exponent) {
        return fault("pattern", text, "an exponent such as zipf:0.99");
      }
      pattern.exponent_milli = *exponent;
    }
    return pattern;
  }
  if (name == "hot-cold") {
    pattern.kind = AddressPattern::Kind::kHotCold;
    if (colon != std::string::npos) {
      const auto slash = rest.find('/');
      if (slash == std::string::npos) {
        return fault("pattern", text, "shares of traffic and space such as hot-cold:80%/20%");
      }
      GANTRY_TRY(pattern.hot_traffic, share("pattern", rest.substr(0, slash)));
      GANTRY_TRY(pattern.hot_space, share("pattern", rest.substr(slash + 1)));
    }
    return pattern;
  }
  if (text == "sequential") {
    pattern.kind = AddressPattern::Kind::kSequential;
  } else if (text != "random") {
    return fault("pattern", text,
                 "random, sequential, zipf[:EXPONENT] or hot-cold[:TRAFFIC/SPACE]");
  }
  return pattern;
}

base::Result<Arrivals> arrivals_of(const WorkloadOptions& options) {
  constexpr std::array<std::pair<std::string_view, Arrivals::Kind>, 4> kKinds = {
      {{"closed", Arrivals::Kind::kClosed},
       {"uniform", Arrivals::Kind::kUniform},
       {"poisson", Arrivals::Kind::kPoisson},
       {"bursty", Arrivals::Kind::kBursty}}};
  const auto name = !options.arrivals.empty() ? options.arrivals
                    : options.rate.empty()    ? "closed"
                                              : "poisson";
  Arrivals arrivals;
  bool is_known = false;
  for (const auto& [known, kind] : kKinds) {
    if (known == name) {
      arrivals.kind = kind;
      is_known = true;
    }
  }
  if (!is_known) {
    return fault("arrivals", name, "closed, uniform, poisson or bursty");
  }
  const auto depth = base::parse_unsigned(options.queue_depth);
  if (!depth || *depth > std::numeric_limits<std::uint32_t>::max()) {
    return fault("queue-depth", options.queue_depth, "a number of commands");
  }
  arrivals.queue_depth = static_cast<std::uint32_t>(*depth);
  GANTRY_TRY(arrivals.think, time_of("think", options.think));
  if (arrivals.kind != Arrivals::Kind::kClosed) {
    GANTRY_TRY(arrivals.rate, rate_of(options.rate));
  } else if (!options.rate.empty()) {
    return fault("arrivals", name, "uniform, poisson or bursty, as there is a --rate");
  }
  const auto slash = options.burst.find('/');
  if (slash == std::string::npos) {
    return fault("burst", options.burst, "times on and off such as 1ms/9ms");
  }
  GANTRY_TRY(arrivals.on, time_of("burst", options.burst.substr(0, slash)));
  GANTRY_TRY(arrivals.off, time_of("burst", options.burst.substr(slash + 1)));
  return arrivals;
}

}  // namespace

std::string* WorkloadOptions::find(std::string_view name) {
  const std::array<std::pair<std::string_view, std::string*>, 11> kOptions = {
      {{"pattern", &pattern},
       {"read", &read},
       {"trim", &trim},
       {"fua", &force_unit_access},
       {"block-size", &block_size},
       {"namespace", &space},
       {"queue-depth", &queue_depth},
       {"think", &think},
       {"rate", &rate},
       {"arrivals", &arrivals},
       {"fill", &fill}}};
  for (const auto& [option, value] : kOptions) {
    if (option == name) {
      return value;
    }
  }
  return nullptr;
}

void add_workload_options(CLI::App& command, WorkloadOptions& options) {
  command.add_option("--pattern", options.pattern,
                     "Addresses: random, sequential, zipf[:EXPONENT], hot-cold[:TRAFFIC/SPACE]");
  command.add_option("--read", options.read, "Share of reads; the rest is written")
      ->type_name("SHARE");
  command.add_option("--trim", options.trim, "Share of trims")->type_name("SHARE");
  command
      .add_option("--fua", options.force_unit_access, "Share of the writes that force the media")
      ->type_name("SHARE");
  command.add_option("--flush-every", options.flush_every, "A flush after so many writes");
  command
      .add_option("--block-size", options.block_size, "Size of a command; default: a logical page")
      ->type_name("SIZE");
  command
      .add_option("--namespace", options.space, "Its addresses alone; default: the whole device")
      ->type_name("N|NAME");
  command.add_option("--queue-depth", options.queue_depth, "Commands that are outstanding")
      ->type_name("N");
  command.add_option("--think", options.think, "From the end of a command to the next")
      ->type_name("TIME");
  command.add_option("--rate", options.rate, "Commands in a second, whatever the device does")
      ->type_name("RATE");
  command.add_option("--arrivals", options.arrivals,
                     "closed, uniform, poisson (default with --rate) or bursty");
  command.add_option("--burst", options.burst, "Times on and off of bursty")->type_name("ON/OFF");
  command.add_option("--streams", options.streams,
                     "Number of such streams, one after another on the device's queues");
  command.add_option("--time", options.time, "Simulated time to measure; default: 1s")
      ->type_name("TIME");
  command.add_option("--commands", options.commands, "Commands to measure");
  command.add_option("--bytes", options.bytes, "Bytes to measure")->type_name("SIZE");
  command
      .add_option("--warm-up", options.warm_up,
                  "A time or a number of commands before that; default: none, and after --fill "
                  "random as many as it takes to settle")
      ->type_name("TIME|N");
  command
      .add_option("--fill", options.fill,
                  "State of the device before: none, sequential (default of --fill) or random "
                  "(steady state of random writes)")
      ->expected(0, 1)
      ->default_str("sequential");
  command.add_option("--seed", options.seed, "Of all random numbers");
}

base::Result<std::vector<workload::Stream>> streams_of(const WorkloadOptions& options,
                                                       const config::Description& description) {
  const auto& parameters = description.parameters;
  workload::Stream stream;
  if (!options.space.empty()) {
    GANTRY_TRY(const auto space, config::find_namespace(description, options.space));
    stream.first_page = ssd::index(space.first);
    stream.pages = space.pages;
  }
  GANTRY_TRY(stream.addresses, pattern_of(options.pattern));
  GANTRY_TRY(stream.arrivals, arrivals_of(options));
  GANTRY_TRY(stream.reads, share("read", options.read));
  GANTRY_TRY(stream.trims, share("trim", options.trim));
  GANTRY_TRY(stream.force_unit_access, share("fua", options.force_unit_access));
  stream.flush_every = options.flush_every;
  if (!options.block_size.empty()) {
    GANTRY_TRY(const auto bytes,
               quantity("block-size", options.block_size, Measure::kSize, "a size such as 4KiB"));
    const auto page = parameters.geometry.mapping_bytes;
    if (bytes == 0 || bytes % page != 0 ||
        bytes / page > std::numeric_limits<std::uint32_t>::max()) {
      return fault("block-size", options.block_size,
                   fmt::format("a multiple of the device's {} bytes", page));
    }
    stream.block_pages = static_cast<std::uint32_t>(bytes / page);
  }
  if (options.streams == 0 || options.streams > workload::kMaxStreams) {
    return fault("streams", std::to_string(options.streams),
                 fmt::format("1 to {}", workload::kMaxStreams));
  }
  std::vector<workload::Stream> streams;
  for (std::uint32_t at = 0; at < options.streams; ++at) {
    stream.queue = static_cast<std::uint16_t>(at % parameters.front_end.queues.size());
    GANTRY_CHECK(workload::check(stream, parameters));
    streams.push_back(stream);
  }
  return streams;
}

namespace {

/// After a fill at random, until the room that collection makes ahead and the queues of the dies
/// are those of this load: eight times as many pages as that room has. 0: nothing is written.
std::uint64_t settling_commands(const std::vector<workload::Stream>& streams,
                                const ssd::Parameters& parameters) {
  std::uint64_t per_thousand = 0;  // pages written by a thousand commands of each stream
  for (const auto& stream : streams) {
    per_thousand += std::uint64_t{1000 - stream.reads - stream.trims} * stream.block_pages;
  }
  const auto pages =
      8 * std::uint64_t{ssd::room_ahead(parameters.geometry)} * parameters.geometry.planes();
  return per_thousand == 0 ? 0 : pages * 1000 * streams.size() / per_thousand;
}

}  // namespace

base::Result<workload::RunOptions> run_options_of(const WorkloadOptions& options,
                                                  const std::vector<workload::Stream>& streams,
                                                  const ssd::Parameters& parameters) {
  workload::RunOptions result;
  if (!options.time.empty()) {
    GANTRY_TRY(result.measure.time, time_of("time", options.time));
  }
  result.measure.commands = options.commands;
  if (!options.bytes.empty()) {
    GANTRY_TRY(result.measure.bytes,
               quantity("bytes", options.bytes, Measure::kSize, "a size such as 1GiB"));
  }
  if (result.measure.empty()) {
    result.measure.time = ssd::Nanos{1'000'000'000};
  }
  if (const auto commands = base::parse_unsigned(options.warm_up)) {
    result.warm_up.commands = *commands;
  } else if (!options.warm_up.empty()) {
    GANTRY_TRY(result.warm_up.time, time_of("warm-up", options.warm_up));
  } else if (options.fill == "random") {
    result.warm_up.commands = settling_commands(streams, parameters);
  }
  return result;
}

base::Result<std::unique_ptr<ssd::Device>> filled_device(const config::Description& description,
                                                         const std::string& fill,
                                                         std::uint64_t seed, unsigned devices) {
  if (fill != "none" && fill != "sequential" && fill != "random") {
    return fault("fill", fill, "none, sequential or random");
  }
  using config::Filling;
  const auto available = base::available_memory() / devices;
  GANTRY_TRY(
      auto device,
      config::make_device(description, fill == "none" ? Filling::kPart : Filling::kAll, available));
  if (const auto whole = config::check_memory(description, Filling::kAll, available); !whole) {
    fmt::print(stderr, "gantry-ssd: note: {}\n", whole.error().what);
  }
  if (fill == "sequential") {
    ssd::fill_in_order(*device);
  } else if (fill == "random") {
    ssd::fill_at_random(*device, seed);
  }
  return device;
}

}  // namespace gantry::cli
