#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>

#include "capi/handle.hpp"
#include "capi/version.hpp"
#include "config/description.hpp"
#include "workload/report_output.hpp"

namespace gantry::capi {

namespace {

using host::Drive;
using ssd::Nanos;

/// A time; one that is too late for the simulator is its last.
Nanos nanos(std::uint64_t time) {
  constexpr auto kLast = std::uint64_t{std::numeric_limits<std::int64_t>::max()};
  return Nanos{static_cast<std::int64_t>(std::min(time, kLast))};
}

std::uint64_t number(Nanos time) {
  return time == ssd::kNever ? GANTRY_SSD_NEVER : static_cast<std::uint64_t>(time.count());
}

const char* fault_of(const gantry_ssd_request& request) {
  if (request.opcode > GANTRY_SSD_FLUSH) {
    return "there is no such opcode";
  }
  if ((request.flags & ~std::uint32_t{GANTRY_SSD_FUA}) != 0) {
    return "there are no such flags";
  }
  return request.reserved == 0 ? nullptr : "what is reserved is not 0";
}

int submit(Drive& drive, const gantry_ssd_request& request) {
  host::Request what;
  what.time = nanos(request.time);
  what.offset = request.offset;
  what.length = request.length;
  what.tag = request.tag;
  what.data = static_cast<std::byte*>(request.data);
  what.space = request.namespace_id;
  what.queue = static_cast<std::uint16_t>(
      std::min<std::uint32_t>(request.queue, std::numeric_limits<std::uint16_t>::max()));
  what.opcode = static_cast<ssd::Opcode>(request.opcode);
  what.force_unit_access = (request.flags & GANTRY_SSD_FUA) != 0;
  const auto done = drive.submit(what);
  if (done) {
    return GANTRY_SSD_OK;
  }
  switch (drive.refusal(what)) {
    case Drive::Refusal::kNone:
      return fail(GANTRY_SSD_IO, done.error());
    case Drive::Refusal::kRange:
      return fail(GANTRY_SSD_RANGE, done.error());
    default:
      return fail(GANTRY_SSD_INVALID, done.error());
  }
}

gantry_ssd_completion completion_of(const ssd::Completion& completion) {
  const auto& latency = completion.latency;
  return {completion.command.tag, number(completion.command.time), number(completion.time),
          number(latency.queue),  number(latency.buffer),          number(latency.channel),
          number(latency.die),    number(latency.collection),      number(latency.link)};
}

gantry_ssd_info info_of(const gantry_ssd& drive) {
  const auto& parameters = drive.drive.device().parameters();
  gantry_ssd_info info{};
  info.size = sizeof(info);
  info.capacity = drive.drive.capacity(0);
  info.max_transfer = Drive::kMostBytes;
  info.mapping_unit = parameters.geometry.mapping_bytes;
  info.page_size = parameters.geometry.page_bytes;
  info.queues = static_cast<std::uint32_t>(parameters.front_end.queues.size());
  info.namespaces = static_cast<std::uint32_t>(drive.drive.namespaces().size());
  info.data = drive.data;
  info.write_buffer = parameters.buffer.pages > 0 ? 1 : 0;
  return info;
}

gantry_ssd_counters counters_of(const Drive& drive) {
  const auto& flash = drive.device().flash();
  const auto& done = flash.counters();
  gantry_ssd_counters counters{};
  counters.size = sizeof(counters);
  counters.submitted = drive.submitted();
  counters.completed = drive.completed();
  counters.modifications = drive.modifications();
  counters.mapped_pages = flash.translation().pages().mapped();
  counters.flash_reads = done.reads;
  counters.collection_reads = done.collection_reads;
  counters.flash_programs = done.programs;
  counters.block_erases = done.erases;
  counters.host_pages = done.host_pages;
  counters.moved_pages = done.moved_pages;
  counters.empty_pages = done.empty_pages;
  counters.suspends = done.suspends;
  return counters;
}

/// With malloc(), whose memory free() takes back, whatever C++ library the caller has.
char* copy(const std::string& text) {
  auto* const bytes = static_cast<char*>(std::malloc(text.size() + 1));
  if (bytes == nullptr) {
    throw std::bad_alloc();
  }
  std::memcpy(bytes, text.c_str(), text.size() + 1);
  return bytes;
}

int fail_no_drive() {
  return fail_null("there is no drive");
}

int fail_measures_nothing() {
  return fail(GANTRY_SSD_INVALID, "the drive measures nothing",
              "open it without GANTRY_SSD_WITHOUT_REPORT");
}

/// A text about what has been measured.
template <class Write>
int tell(const gantry_ssd* drive, char** text, Write write) {
  if (text == nullptr) {
    return fail_null("there is no place for the report");
  }
  *text = nullptr;
  if (drive == nullptr) {
    return fail_no_drive();
  }
  if (!drive->measures) {
    return fail_measures_nothing();
  }
  if (drive->broken != GANTRY_SSD_OK) {
    return fail_broken(*drive);
  }
  return guarded([&]() -> int {
    *text = copy(write(drive->drive));
    return GANTRY_SSD_OK;
  });
}

}  // namespace

}  // namespace gantry::capi

using namespace gantry::capi;

int gantry_ssd_submit(gantry_ssd* drive, const gantry_ssd_request* request) {
  if (drive == nullptr) {
    return fail_no_drive();
  }
  if (request == nullptr) {
    return fail_null("there is no request");
  }
  if (const auto* const fault = fault_of(*request)) {
    return fail(GANTRY_SSD_INVALID, fault, "see struct gantry_ssd_request");
  }
  return guarded(*drive, [&] { return submit(drive->drive, *request); });
}

int gantry_ssd_next(gantry_ssd* drive, uint64_t until, gantry_ssd_completion* completion) {
  if (drive == nullptr) {
    return fail_no_drive();
  }
  if (completion == nullptr) {
    return fail_null("there is no place for the completion");
  }
  return guarded(*drive, [&]() -> int {
    const auto* const ended = drive->drive.next(nanos(until));
    if (ended == nullptr) {
      return GANTRY_SSD_NONE;
    }
    *completion = completion_of(*ended);
    return GANTRY_SSD_OK;
  });
}

uint64_t gantry_ssd_next_time(const gantry_ssd* drive) {
  return drive == nullptr ? GANTRY_SSD_NEVER : number(drive->drive.next_time());
}

uint64_t gantry_ssd_now(const gantry_ssd* drive) {
  return drive == nullptr ? 0 : number(drive->drive.now());
}

uint64_t gantry_ssd_outstanding(const gantry_ssd* drive) {
  return drive == nullptr ? 0 : drive->drive.outstanding();
}

int gantry_ssd_get_info(const gantry_ssd* drive, gantry_ssd_info* info) {
  if (drive == nullptr || info == nullptr) {
    return drive == nullptr ? fail_no_drive() : fail_null("there is no place for the info");
  }
  if (!has_right_size(*info)) {
    return fail_size();
  }
  *info = info_of(*drive);
  return GANTRY_SSD_OK;
}

int gantry_ssd_get_namespace(const gantry_ssd* drive, uint32_t namespace_id,
                             gantry_ssd_namespace* space) {
  if (drive == nullptr || space == nullptr) {
    return drive == nullptr ? fail_no_drive() : fail_null("there is no place for the namespace");
  }
  if (!has_right_size(*space)) {
    return fail_size();
  }
  const auto& spaces = drive->drive.namespaces();
  if (namespace_id == 0 || namespace_id > spaces.size()) {
    return fail(GANTRY_SSD_INVALID, "there is no such namespace",
                "their numbers begin at 1; struct gantry_ssd_info says how many there are");
  }
  const auto& found = spaces[namespace_id - 1];
  const std::uint64_t unit = drive->drive.device().parameters().geometry.mapping_bytes;
  space->name = found.name.c_str();
  space->offset = gantry::ssd::index(found.first) * unit;
  space->capacity = drive->drive.capacity(namespace_id);
  return GANTRY_SSD_OK;
}

int gantry_ssd_get_counters(const gantry_ssd* drive, gantry_ssd_counters* counters) {
  if (drive == nullptr || counters == nullptr) {
    return drive == nullptr ? fail_no_drive() : fail_null("there is no place for the counters");
  }
  if (!has_right_size(*counters)) {
    return fail_size();
  }
  *counters = counters_of(drive->drive);
  return GANTRY_SSD_OK;
}

int gantry_ssd_begin_report(gantry_ssd* drive) {
  if (drive == nullptr) {
    return fail_no_drive();
  }
  if (!drive->measures) {
    return fail_measures_nothing();
  }
  return guarded(*drive, [&]() -> int {
    drive->drive.begin_report();
    return GANTRY_SSD_OK;
  });
}

int gantry_ssd_report(const gantry_ssd* drive, uint32_t flags, char** json) {
  if (json != nullptr && (flags & ~std::uint32_t{GANTRY_SSD_HISTOGRAMS}) != 0) {
    *json = nullptr;
    return fail(GANTRY_SSD_INVALID, "there are no such flags", "see enum gantry_ssd_report_flags");
  }
  return tell(drive, json, [&](const Drive& of) {
    const auto report = gantry::workload::to_json(of.report(), flags != 0);
    return "{\"description\": " + gantry::config::write(of.description()) +
           ", \"report\": " + report + "}\n";
  });
}

int gantry_ssd_series(const gantry_ssd* drive, char** csv) {
  return tell(drive, csv, [](const Drive& of) { return gantry::workload::to_csv(of.report()); });
}

void gantry_ssd_free(char* text) {
  std::free(text);
}

int gantry_ssd_save(gantry_ssd* drive, const char* path) {
  if (drive == nullptr) {
    return fail_no_drive();
  }
  if (path == nullptr) {
    return fail_null("there is no path");
  }
  return guarded(*drive, [&]() -> int {
    if (drive->drive.outstanding() > 0) {
      return fail(GANTRY_SSD_BUSY, "a drive cannot be saved while commands are outstanding",
                  "call gantry_ssd_next() until it gives GANTRY_SSD_NONE");
    }
    const auto saved = drive->drive.save(path);
    return saved ? int{GANTRY_SSD_OK} : fail(GANTRY_SSD_IO, saved.error());
  });
}

const char* gantry_ssd_message(void) {
  return last_message();
}

const char* gantry_ssd_hint(void) {
  return last_hint();
}

const char* gantry_ssd_version(void) {
  return kVersion;
}

uint32_t gantry_ssd_api_version(void) {
  return GANTRY_SSD_API_VERSION;
}
