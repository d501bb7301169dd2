/* fio's ioengine "gantry": requests of fio's jobs become commands of simulated drives.
 *
 * This file includes fio's headers, which are under the GNU General Public License, version 2: what
 * is linked from it is a part of fio as far as that licence goes. Its own terms, which are those of
 * all of Gantry (MIT), allow that. Nothing else of Gantry includes a header of fio's. */

#include <fio.h>
#include <gantry/ssd.h>
#include <optgroup.h>
#include <verify.h>

#include "fio/bridge.h"

/* Values of options. */
enum { kDataAuto = 0, kDataNone, kDataMemory, kDataFile };

struct options {
  struct thread_data* thread; /* fio wants its first member for itself */
  char* device;
  char* state;
  char* data_file;
  char* save_state;
  char* report;
  char* series;
  unsigned int data;
  unsigned int fill;
  unsigned int fill_seed;
};

/* Where a file lies. */
struct place {
  uint32_t drive;
  uint64_t offset;
  uint64_t size;
};

/* What the engine knows of a job. */
struct job {
  uint32_t number;
  struct io_u** commands; /* by slot */
  struct gantry_fio_event* events;
};

static struct fio_option engine_options[] = {
    {
        .name = "device",
        .lname = "Device",
        .type = FIO_OPT_STR_STORE,
        .off1 = offsetof(struct options, device),
        .help = "A profile's name or the path of a description; default: that of the state",
        .category = FIO_OPT_C_ENGINE,
        .group = FIO_OPT_G_INVALID,
    },
    {
        .name = "state",
        .lname = "State",
        .type = FIO_OPT_STR_STORE,
        .off1 = offsetof(struct options, state),
        .help = "Go on with the drive of this file (gantry ssd precondition)",
        .category = FIO_OPT_C_ENGINE,
        .group = FIO_OPT_G_INVALID,
    },
    {
        .name = "fill",
        .lname = "Fill",
        .type = FIO_OPT_STR,
        .off1 = offsetof(struct options, fill),
        .help = "What has been done with the drive before",
        .def = "none",
        .posval = {{.ival = "none", .oval = GANTRY_SSD_FRESH, .help = "Nothing"},
                   {.ival = "sequential",
                    .oval = GANTRY_SSD_FILL_SEQUENTIAL,
                    .help = "All of it has been written once, in order"},
                   {.ival = "random",
                    .oval = GANTRY_SSD_FILL_RANDOM,
                    .help = "It is in the steady state of random writes"}},
        .category = FIO_OPT_C_ENGINE,
        .group = FIO_OPT_G_INVALID,
    },
    {
        .name = "fill_seed",
        .lname = "Seed of fill=random",
        .type = FIO_OPT_INT,
        .off1 = offsetof(struct options, fill_seed),
        .help = "Seed of fill=random",
        .def = "1",
        .category = FIO_OPT_C_ENGINE,
        .group = FIO_OPT_G_INVALID,
    },
    {
        .name = "data",
        .lname = "Data",
        .type = FIO_OPT_STR,
        .off1 = offsetof(struct options, data),
        .help = "What the drive keeps of the data",
        .def = "auto",
        .posval =
            {{.ival = "auto", .oval = kDataAuto, .help = "What the jobs verify: memory, or none"},
             {.ival = "none", .oval = kDataNone, .help = "Nothing: reads give what was there"},
             {.ival = "memory", .oval = kDataMemory, .help = "All of it, until fio ends"},
             {.ival = "file", .oval = kDataFile, .help = "All of it, in data_file"}},
        .category = FIO_OPT_C_ENGINE,
        .group = FIO_OPT_G_INVALID,
    },
    {
        .name = "data_file",
        .lname = "Data file",
        .type = FIO_OPT_STR_STORE,
        .off1 = offsetof(struct options, data_file),
        .help = "The sparse file of data=file",
        .category = FIO_OPT_C_ENGINE,
        .group = FIO_OPT_G_INVALID,
    },
    {
        .name = "save_state",
        .lname = "Save state",
        .type = FIO_OPT_STR_STORE,
        .off1 = offsetof(struct options, save_state),
        .help = "Write the drive's state to this file in the end",
        .category = FIO_OPT_C_ENGINE,
        .group = FIO_OPT_G_INVALID,
    },
    {
        .name = "device_report",
        .lname = "Device report",
        .type = FIO_OPT_STR_STORE,
        .off1 = offsetof(struct options, report),
        .help = "Write what the drive measured to this file, as JSON",
        .category = FIO_OPT_C_ENGINE,
        .group = FIO_OPT_G_INVALID,
    },
    {
        .name = "device_series",
        .lname = "Device time series",
        .type = FIO_OPT_STR_STORE,
        .off1 = offsetof(struct options, series),
        .help = "Write what the drive did over time to this file, as CSV",
        .category = FIO_OPT_C_ENGINE,
        .group = FIO_OPT_G_INVALID,
    },
    {.name = NULL},
};

extern struct ioengine_ops ioengine;

static int fail(struct thread_data* td, const char* message, const char* hint) {
  log_err("gantry: %s: %s\n", td->o.name, message);
  if (hint[0] != '\0') {
    log_err("hint: %s\n", hint);
  }
  td_verror(td, EINVAL, "gantry");
  return 1;
}

static int fail_bridge(struct thread_data* td) {
  return fail(td, gantry_fio_message(), gantry_fio_hint());
}

static int is_gone(const void* thread) {
  const struct thread_data* const td = thread;
  return td->runstate >= TD_EXITED || (td->runstate == TD_NOT_CREATED && td->terminate);
}

static bool verifies(const struct thread_data* td) {
  return td->o.verify != VERIFY_NONE;
}

/* What no job of a run may be like. */
static const char* fault_of(const struct thread_data* td) {
  if (td->io_ops == NULL || td->io_ops->setup != ioengine.setup) {
    return "every job of a run must use this ioengine";
  }
  if (!td->o.create_serialize) {
    return "create_serialize=0 cannot be had with this ioengine";
  }
  if (gantry_fio_is_simulated() && fio_clock_source != CS_CGETTIME) {
    return "simulated time needs clocksource=clock_gettime";
  }
  return NULL;
}

/* Of all jobs, when the first one is set up. */
static int begin(struct thread_data* td) {
  struct gantry_fio_job* jobs = calloc(thread_number, sizeof(*jobs));
  struct thread_data* each;
  int i;
  int result = 0;

  if (jobs == NULL) {
    return fail(td, "memory ran out", "");
  }
  for_each_td(each, i) {
    const char* const fault = fault_of(each);
    if (fault != NULL) {
      free(jobs);
      return fail(each, fault, "");
    }
    jobs[i].thread = each;
    jobs[i].name = each->o.name;
    jobs[i].wait_for = each->o.wait_for;
    jobs[i].start_delay = each->o.start_delay * 1000ULL;
    jobs[i].depth = each->o.iodepth;
    jobs[i].is_process = !each->o.use_thread;
    jobs[i].is_stonewalled = each->o.stonewall != 0;
  }
  if (gantry_fio_begin(jobs, thread_number, is_gone) != 0) {
    result = fail_bridge(td);
  }
  free(jobs);
  return result;
}

/* The drive of a job's file; below zero after an error. */
static int open_drive(struct thread_data* td, const char* name) {
  const struct options* const eo = td->eo;
  struct gantry_fio_drive_options options = {
      .device = eo->device,
      .state = eo->state,
      .data_file = eo->data_file,
      .save_state = eo->save_state,
      .report = eo->report,
      .series = eo->series,
      .fill = eo->fill,
      .seed = eo->fill_seed,
  };
  struct thread_data* each;
  int i;

  switch (eo->data) {
    case kDataNone:
      options.data = GANTRY_SSD_TIMING_ONLY;
      break;
    case kDataMemory:
      options.data = GANTRY_SSD_MEMORY;
      break;
    case kDataFile:
      options.data = GANTRY_SSD_FILE;
      break;
    default:
      options.data = GANTRY_SSD_TIMING_ONLY;
      for_each_td(each, i) {
        if (verifies(each)) {
          options.data = GANTRY_SSD_MEMORY;
        }
      }
      if (eo->data_file != NULL) {
        options.data = GANTRY_SSD_FILE;
      }
  }
  return gantry_fio_open_drive(name, &options);
}

/* Bytes that a file of fio's own naming has; 0: all of the drive. */
static uint64_t size_of_file(const struct thread_data* td) {
  const struct thread_options* const o = &td->o;
  if (o->offset_increment != 0 || o->start_offset_percent != 0 ||
      (o->size_percent != 0 && o->size_percent != 100)) {
    return 0;
  }
  if (o->file_size_high != 0) {
    return o->start_offset + o->file_size_high;
  }
  if (o->size == 0 || o->size == -1ULL || o->nr_files == 0) {
    return 0;
  }
  return o->start_offset + (o->size + o->nr_files - 1) / o->nr_files;
}

static int set_place(struct thread_data* td, struct fio_file* f) {
  const bool is_named = td->o.filename != NULL;
  const int drive = open_drive(td, is_named ? f->file_name : "");
  struct place* place = NULL;
  uint64_t size = 0;

  if (drive < 0) {
    return fail_bridge(td);
  }
  place = calloc(1, sizeof(*place));
  if (place == NULL) {
    return fail(td, "memory ran out", "");
  }
  place->drive = (uint32_t)drive;
  place->size = gantry_fio_capacity(place->drive);
  size = is_named ? 0 : size_of_file(td);
  if (size != 0) {
    if (gantry_fio_place_file(place->drive, f->file_name, size, &place->offset) != 0) {
      free(place);
      return fail_bridge(td);
    }
    place->size = size;
  }
  free(FILE_ENG_DATA(f));
  FILE_SET_ENG_DATA(f, place);
  f->real_file_size = place->size;
  f->filetype = FIO_TYPE_BLOCK;
  fio_file_set_size_known(f);
  return 0;
}

static int gantry_setup(struct thread_data* td) {
  struct fio_file* f;
  unsigned int i;

  if (!gantry_fio_has_begun() && begin(td) != 0) {
    return 1;
  }
  for_each_file(td, f, i) {
    if (set_place(td, f) != 0) {
      return 1;
    }
  }
  return 0;
}

/* Whether what fio means to use of a file is there. */
static int check_range(struct thread_data* td, const struct fio_file* f) {
  const struct place* const place = FILE_ENG_DATA(f);
  char message[256];

  if (td->o.read_iolog_file != NULL || place == NULL ||
      f->file_offset + f->io_size <= place->size) {
    return 0;
  }
  snprintf(message, sizeof(message), "offset and size go to byte %llu, the drive ends at %llu",
           (unsigned long long)(f->file_offset + f->io_size), (unsigned long long)place->size);
  return fail(td, message, "make size smaller, or take a larger device");
}

static void free_job(struct job* job) {
  free(job->commands);
  free(job->events);
  free(job);
}

static int gantry_init(struct thread_data* td) {
  struct job* const job = calloc(1, sizeof(*job));
  struct fio_file* f;
  unsigned int i;

  if (job == NULL) {
    return fail(td, "memory ran out", "");
  }
  if (!gantry_fio_has_begun()) { /* files are set up after this then */
    free(job);
    return fail(td, "create_serialize=0 cannot be had with this ioengine", "");
  }
  for_each_file(td, f, i) {
    if (check_range(td, f) != 0) {
      free_job(job);
      return 1;
    }
  }
  job->number = td->thread_number - 1;
  job->commands = calloc(td->o.iodepth, sizeof(struct io_u*));
  job->events = calloc(td->o.iodepth, sizeof(struct gantry_fio_event));
  if (job->commands == NULL || job->events == NULL) {
    free_job(job);
    return fail(td, "memory ran out", "");
  }
  if (gantry_fio_join(job->number) != 0) {
    free_job(job);
    return fail_bridge(td);
  }
  td->io_ops_data = job;
  return 0;
}

static void gantry_cleanup(struct thread_data* td) {
  struct job* const job = td->io_ops_data;
  if (job == NULL) {
    return;
  }
  if (gantry_fio_leave(job->number) != 0) {
    fail_bridge(td);
  }
  if (gantry_fio_note()[0] != '\0') {
    log_info("gantry: %s\n", gantry_fio_note());
  }
  free_job(job);
}

static enum fio_q_status refuse(struct thread_data* td, struct io_u* io_u, int error) {
  io_u->error = error;
  td_verror(td, error, "gantry_queue");
  return FIO_Q_COMPLETED;
}

static void set_issue_time(struct thread_data* td, struct io_u* io_u, uint64_t time) {
  io_u->issue_time.tv_sec = (time_t)(time / 1000000000);
  io_u->issue_time.tv_nsec = (long)(time % 1000000000);
  if (td->o.read_iolog_file != NULL) {
    td->last_issue = io_u->issue_time;
  }
}

static enum fio_q_status gantry_queue(struct thread_data* td, struct io_u* io_u) {
  struct job* const job = td->io_ops_data;
  const struct place* const place = FILE_ENG_DATA(io_u->file);
  struct gantry_fio_command command = {
      .drive = place->drive,
      .slot = io_u->index,
      .offset = place->offset + io_u->offset,
      .length = io_u->xfer_buflen,
      .data = io_u->xfer_buf,
  };

  fio_ro_check(td, io_u);
  switch (io_u->ddir) {
    case DDIR_READ:
      command.opcode = GANTRY_SSD_READ;
      break;
    case DDIR_WRITE:
      command.opcode = GANTRY_SSD_WRITE;
      command.flags = td->o.sync_io != 0 ? GANTRY_SSD_FUA : 0;
      break;
    case DDIR_TRIM:
      command.opcode = GANTRY_SSD_TRIM;
      break;
    case DDIR_SYNC:
    case DDIR_DATASYNC:
    case DDIR_SYNC_FILE_RANGE:
      command.opcode = GANTRY_SSD_FLUSH;
      command.offset = 0;
      command.length = 0;
      break;
    default:
      return refuse(td, io_u, EOPNOTSUPP);
  }
  if (io_u->offset > place->size || command.length > place->size - io_u->offset) {
    return refuse(td, io_u, ENOSPC);
  }
  job->commands[io_u->index] = io_u;
  set_issue_time(td, io_u, gantry_fio_submit(job->number, &command));
  return FIO_Q_QUEUED;
}

static int gantry_getevents(struct thread_data* td, unsigned int least, unsigned int most,
                            const struct timespec* timeout) {
  struct job* const job = td->io_ops_data;
  const int count = gantry_fio_wait(job->number, least, most, job->events);
  (void)timeout;
  if (count < 0) {
    fail_bridge(td);
    return -EIO;
  }
  return count;
}

static struct io_u* gantry_event(struct thread_data* td, int number) {
  struct job* const job = td->io_ops_data;
  const struct gantry_fio_event* const event = &job->events[number];
  struct io_u* const io_u = job->commands[event->slot];
  io_u->error = (unsigned int)event->error;
  return io_u;
}

static int gantry_open_file(struct thread_data* td, struct fio_file* f) {
  /* A file that a log of I/O named, which setup() has not seen. */
  return FILE_ENG_DATA(f) == NULL ? set_place(td, f) : 0;
}

static int gantry_get_file_size(struct thread_data* td, struct fio_file* f) {
  return FILE_ENG_DATA(f) == NULL ? set_place(td, f) : 0;
}

/* Nothing of the host's may be touched, whatever name a file has. */
static int gantry_nothing(struct thread_data* td, struct fio_file* f) {
  (void)td;
  (void)f;
  return 0;
}

__attribute__((visibility("default"))) struct ioengine_ops ioengine = {
    .name = "gantry",
    .version = FIO_IOOPS_VERSION,
    .flags = FIO_DISKLESSIO | FIO_NODISKUTIL | FIO_NOEXTEND | FIO_RAWIO | FIO_NO_OFFLOAD |
             FIO_ASYNCIO_SETS_ISSUE_TIME,
    .setup = gantry_setup,
    .init = gantry_init,
    .cleanup = gantry_cleanup,
    .queue = gantry_queue,
    .getevents = gantry_getevents,
    .event = gantry_event,
    .open_file = gantry_open_file,
    .close_file = gantry_nothing,
    .invalidate = gantry_nothing,
    .unlink_file = gantry_nothing,
    .get_file_size = gantry_get_file_size,
    .option_struct_size = sizeof(struct options),
    .options = engine_options,
};
