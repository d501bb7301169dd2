/* fio's ioengine "gantry": requests of fio's jobs become commands of simulated drives.
 *
 * This file includes fio's headers, which are under the GNU General Public License, version 2: what
 * is linked from it is a part of fio as far as that licence goes. Its own terms, which are those of
 * all of Gantry (MIT), allow that. Besides engine_options.c nothing else of Gantry includes a
 * header of fio's. */

#include <fio.h>
#include <gantry/ssd.h>

#include "fio/bridge.h"
#include "fio/engine_options.h"

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

/* Its options have been freed in this process, where fio would do so again. */
static void was_killed(int process, int signal) {
  struct thread_data* td;
  int i;

  for_each_td(td, i) {
    if (td->pid == process) {
      td->eo = NULL;
      log_err("gantry: %s: its process was ended by signal %d\n", td->o.name, signal);
      td_verror(td, EOWNERDEAD, "gantry");
    }
  }
}

static int is_gone(const void* thread) {
  const struct thread_data* const td = thread;
  return td->runstate >= TD_EXITED || (td->runstate == TD_NOT_CREATED && td->terminate);
}

/* What no job of a run may be like. */
static const char* fault_of(const struct thread_data* td) {
  if (td->io_ops == NULL || td->io_ops->setup != ioengine.setup) {
    return "every job of a run must use this ioengine";
  }
  if (!td->o.create_serialize) {
    return "create_serialize=0 cannot be had with this ioengine";
  }
  if (td->o.zone_mode == ZONE_MODE_ZBD) {
    return "zonemode=zbd cannot be had: the drive has no zones";
  }
  if (td->o.read_iolog_file != NULL && td->o.use_thread && td->subjob_number != 0) {
    return "fio cannot replay a log in several threads of one job: add thread=0, or write a job "
           "for each"; /* it adds no file for the second, and crashes */
  }
  if (gantry_fio_is_simulated() && fio_clock_source != CS_CGETTIME) {
    return "simulated time needs clocksource=clock_gettime";
  }
  if (gantry_fio_is_simulated() && fio_gtod_offload != 0) {
    return "gtod_cpu cannot be had in simulated time: its thread asks the host's clock";
  }
  return NULL;
}

/* Of all jobs, when the first one is set up. */
static int begin(struct thread_data* td) {
  const struct gantry_fio_calls calls = {.is_gone = is_gone, .was_killed = was_killed};
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
    each->o.pre_read = 0; /* what that fills, the host's cache, has no part in this */
    if (gantry_fio_is_simulated()) {
      each->o.verify_async = 0; /* verifying takes no time, and how far threads are is chance */
    }
    jobs[i].thread = each;
    jobs[i].name = each->o.name;
    jobs[i].wait_for = each->o.wait_for;
    jobs[i].start_delay = each->o.start_delay * 1000ULL;
    jobs[i].depth = each->o.iodepth;
    jobs[i].is_process = !each->o.use_thread;
    jobs[i].is_stonewalled = each->o.stonewall != 0;
  }
  if (gantry_fio_begin(jobs, thread_number, &calls) != 0) {
    result = fail_bridge(td);
  }
  free(jobs);
  return result;
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

/* Whether the user, or a log of I/O that is replayed, has named it. */
static bool is_named(const struct thread_data* td) {
  return td->o.filename != NULL || td->o.read_iolog_file != NULL;
}

static int set_place(struct thread_data* td, struct fio_file* f) {
  const struct gantry_fio_drive_options options = drive_options(td);
  const int drive =
      gantry_fio_open_drive(td->thread_number - 1, is_named(td) ? f->file_name : "", &options);
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
  size = is_named(td) ? 0 : size_of_file(td);
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

  /* fill_device goes on until there is no more. */
  if (td->o.read_iolog_file != NULL || td->o.fill_device || place == NULL ||
      (f->file_offset <= place->size && f->io_size <= place->size - f->file_offset)) {
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
  if (!ddir_sync(io_u->ddir) &&
      (io_u->offset > place->size || command.length > place->size - io_u->offset)) {
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
    if (td->error == 0) { /* fio asks again for what is outstanding */
      fail_bridge(td);
    }
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
