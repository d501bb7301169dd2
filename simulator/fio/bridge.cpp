#include "fio/bridge.h"

#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "fio/clock.hpp"
#include "fio/drives.hpp"
#include "fio/processes.hpp"
#include "fio/real_time.hpp"
#include "fio/run.hpp"
#include "fio/shared_memory.hpp"

namespace gantry::fio {

namespace {

/// Of a run of jobs, in memory that they all see.
struct Session {
  std::vector<Job> jobs;
  std::unique_ptr<Drives> drives;
  std::unique_ptr<RealTime> real_time;  ///< null: time is simulated
  Conductor* conductor = nullptr;       ///< of simulated time
  std::string note;                     ///< for the user
  gantry_fio_calls calls{};
  pid_t main_process = 0;  ///< which forks those of jobs
};

Session* session = nullptr;
thread_local std::string message;
thread_local std::string hint;

int fail(const Fault& fault) {
  message = fault.message;
  hint = fault.hint;
  return -1;
}

/// fio is in C: nothing is thrown through it.
template <class Function>
int guarded(Function function) {
  try {
    return function();
  } catch (const std::exception& exception) {
    return fail({exception.what(), ""});
  }
}

std::vector<Job> jobs_of(const gantry_fio_job* jobs, std::uint32_t count) {
  std::vector<Job> result(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    auto& job = result[i];
    job.state = Party::kDormant;
    job.thread = jobs[i].thread;
    job.name = jobs[i].name;
    job.wait_for = jobs[i].wait_for;
    job.start_delay = static_cast<Time>(jobs[i].start_delay);
    job.is_stonewalled = jobs[i].is_stonewalled != 0;
  }
  return result;
}

/// Threads in real time may open drives at any moment; in simulated time they have turns.
std::unique_lock<std::mutex> hold_real_time() {
  return session->real_time == nullptr ? std::unique_lock<std::mutex>()
                                       : session->real_time->hold();
}

/// In fio's main process.
void note_killed(pid_t process, int signal) {
  if (session->conductor != nullptr) {
    session->conductor->process_was_killed(process);
  }
  session->calls.was_killed(process, signal);
}

Fault fault_of(const Conductor& conductor) {
  if (conductor.is_broken()) {
    return {
        "the process of another job was killed while it held the drive, of which nothing can be "
        "told any more",
        ""};
  }
  return {"the drive has nothing to do, and a job waits for it",
          "this is a fault of Gantry's: report it, with the job and the device"};
}

int begin(const gantry_fio_job* jobs, std::uint32_t count, const gantry_fio_calls& calls) {
  bool any_process = false;
  std::vector<std::uint32_t> depths;
  for (std::uint32_t i = 0; i < count; ++i) {
    any_process = any_process || jobs[i].is_process != 0;
    depths.push_back(jobs[i].depth);
  }
  if (is_preloaded() && !time_stands_still()) {
    return fail({"fio has not made its helper thread, so time is not simulated",
                 "this is a fault of Gantry's: report it, with the version of fio"});
  }
  if (any_process && !is_preloaded() && count > 1) {
    return fail(
        {"jobs that are processes cannot share a drive in real time", "add thread=1 to the jobs"});
  }
  if (any_process && !share_memory()) {
    return fail({"there is no memory that processes share", "add thread=1 to the jobs"});
  }
  auto made = std::make_unique<Session>();
  made->jobs = jobs_of(jobs, count);
  made->drives = std::make_unique<Drives>(depths, any_process);
  if (is_preloaded()) {
    auto& conductor = run().conductor;
    made->conductor = &conductor;
    made->drives->begin(conductor.now());
    conductor.begin(made->jobs.data(), count, calls.is_gone, *made->drives);
  } else {
    made->real_time = std::make_unique<RealTime>(*made->drives, calls.is_gone, made->jobs);
  }
  made->calls = calls;
  made->main_process = getpid();
  session = made.release();
  set_mourner(note_killed);
  return 0;
}

/// A job on its own: it moves time itself, and needs no lock. False: nothing will ever happen.
bool wait_alone(Conductor& conductor, Drives& drives, std::uint32_t job) {
  while (!drives.is_satisfied(job)) {
    const auto helper = conductor.helper_wakes();
    const auto now = conductor.now();
    if (helper > now) {
      const auto next = drives.go_on(now, helper == kNever ? kNever : helper - 1);
      if (next != kNever) {
        conductor.set_now(next);
        continue;
      }
    }
    if (helper == kNever) {
      return false;
    }
    conductor.set_now(helper > now ? helper : now);
    conductor.run_helper();
  }
  return true;
}

int wait(std::uint32_t job, std::uint32_t least, std::uint32_t most, gantry_fio_event* events) {
  auto& drives = *session->drives;
  if (session->real_time != nullptr) {
    return static_cast<int>(session->real_time->wait(job, least, most, events));
  }
  if (least > 0) {
    note_progress();
    drives.want(job, least);
    auto& conductor = *session->conductor;
    if (!(conductor.is_solo() ? wait_alone(conductor, drives, job) : conductor.wait(job))) {
      return fail(fault_of(conductor));
    }
  }
  return static_cast<int>(drives.take(job, most, events));
}

/// All jobs have ended.
int finish() {
  if (session->conductor != nullptr && session->conductor->is_broken()) {
    return fail(fault_of(*session->conductor));
  }
  std::string further;
  if (session->real_time != nullptr) {
    const auto punctuality = session->real_time->punctuality();
    further = "\"real_time\": " + realtime::to_json(punctuality);
    session->note = fmt::format(
        "real time: {} of {} completions were later than {} us; on average {:.1f} us late, at "
        "worst "
        "{:.1f} us",
        punctuality.late, punctuality.delivered, punctuality.tolerance.count() / 1000,
        static_cast<double>(punctuality.mean_lateness().count()) / 1e3,
        static_cast<double>(punctuality.worst_lateness.count()) / 1e3);
  }
  const auto fault = session->drives->finish(further);
  return fault ? fail(*fault) : 0;
}

}  // namespace

}  // namespace gantry::fio

using namespace gantry::fio;

int gantry_fio_has_begun(void) {
  return session != nullptr ? 1 : 0;
}

int gantry_fio_is_simulated(void) {
  return is_preloaded() ? 1 : 0;
}

int gantry_fio_begin(const gantry_fio_job* jobs, uint32_t count, const gantry_fio_calls* calls) {
  return guarded([&] { return begin(jobs, count, *calls); });
}

int gantry_fio_open_drive(uint32_t job, const char* name, const gantry_fio_drive_options* options) {
  return guarded([&] {
    const auto held = hold_real_time();
    if (session->conductor != nullptr && session->jobs[job].state == Party::kRunning &&
        !session->conductor->is_solo()) {
      session->conductor->take_turn(job);
    }
    std::uint32_t number = 0;
    const auto fault = session->drives->open(name, *options, number);
    return fault ? fail(*fault) : static_cast<int>(number);
  });
}

uint64_t gantry_fio_capacity(uint32_t drive) {
  const auto held = hold_real_time();
  return session->drives->capacity(drive);
}

int gantry_fio_place_file(uint32_t drive, const char* name, uint64_t size, uint64_t* offset) {
  return guarded([&] {
    const auto fault = session->drives->place_file(drive, name, size, *offset);
    return fault ? fail(*fault) : 0;
  });
}

int gantry_fio_join(uint32_t job) {
  return guarded([&] {
    if (getpid() != session->main_process) {
      end_with(session->main_process);
    }
    if (session->real_time != nullptr) {
      session->real_time->join(job);
    } else {
      session->conductor->join(job);
      become(&session->jobs[job]);
    }
    return 0;
  });
}

int gantry_fio_leave(uint32_t job) {
  return guarded([&] {
    bool is_over = false;
    if (session->real_time != nullptr) {
      is_over = session->real_time->leave(job);
    } else {
      become(nullptr);
      is_over = session->conductor->leave(job);
    }
    return is_over ? finish() : 0;
  });
}

uint64_t gantry_fio_submit(uint32_t job, const gantry_fio_command* command) {
  if (session->real_time != nullptr) {
    return static_cast<std::uint64_t>(session->real_time->submit(job, *command));
  }
  note_progress();
  const auto now = session->conductor->now();
  if (session->conductor->is_solo()) {
    session->drives->submit_now(job, *command, now);
  } else {
    session->drives->submit(job, *command);
  }
  return static_cast<std::uint64_t>(now);
}

int gantry_fio_wait(uint32_t job, uint32_t least, uint32_t most, gantry_fio_event* events) {
  return guarded([&] { return wait(job, least, most, events); });
}

const char* gantry_fio_note(void) {
  return session->note.c_str();
}

const char* gantry_fio_message(void) {
  return message.c_str();
}

const char* gantry_fio_hint(void) {
  return hint.c_str();
}
