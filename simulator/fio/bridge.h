#ifndef GANTRY_FIO_BRIDGE_H
#define GANTRY_FIO_BRIDGE_H

/* Between engine.c, which knows fio's headers, and the rest, which knows none of them. Jobs have
 * numbers from 0, in fio's order; times are nanoseconds, offsets and lengths bytes. A function that
 * returns an int returns 0, or -1 when it has failed: gantry_fio_message() says how. */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What fio knows of a job before any has begun. Pointers are good as long as fio is. */
struct gantry_fio_job {
  void* thread; /* fio's own */
  const char* name;
  const char* wait_for; /* the name of jobs that must have ended before; NULL: none */
  uint64_t start_delay;
  uint32_t depth;     /* commands that it has outstanding at most */
  int is_process;     /* forked; otherwise a thread */
  int is_stonewalled; /* begins when all before it have ended */
};

/* How a drive is opened. Strings may be NULL. */
struct gantry_fio_drive_options {
  const char* device;
  const char* state;
  const char* data_file;
  const char* save_state; /* where its state goes in the end */
  const char* report;     /* where its report goes in the end */
  const char* series;     /* where its time series goes in the end */
  uint32_t data;          /* enum gantry_ssd_data */
  uint32_t fill;          /* enum gantry_ssd_fill */
  uint64_t seed;
};

/* A command that has ended. */
struct gantry_fio_event {
  uint32_t slot; /* of gantry_fio_submit() */
  int error;     /* an errno, or 0 */
  uint64_t time; /* when it ended */
};

/* What is asked of fio, and what it is told. */
struct gantry_fio_calls {
  int (*is_gone)(const void* thread);          /* a job's, which has ended, or will never begin */
  void (*was_killed)(int process, int signal); /* one of fio's, in its main process */
};

/* Takes note of all jobs, before any of them has begun. */
int gantry_fio_begin(const struct gantry_fio_job* jobs, uint32_t count,
                     const struct gantry_fio_calls* calls);
int gantry_fio_has_begun(void);
/* Whether time is simulated: fio was started by LD_PRELOAD of this library. */
int gantry_fio_is_simulated(void);

/* The number of the drive of this name, which is opened if it is not yet; name "" is the default
 * one. -1 after an error. A job that already runs, since only now it has read of that name, has its
 * turn after all that others do at this moment, in the order of the jobs. */
int gantry_fio_open_drive(uint32_t job, const char* name,
                          const struct gantry_fio_drive_options* options);
uint64_t gantry_fio_capacity(uint32_t drive);
/* Room for a file of this name and size on a drive, after those that others have; its offset goes
 * to *offset. A name that has room already keeps it. */
int gantry_fio_place_file(uint32_t drive, const char* name, uint64_t size, uint64_t* offset);

/* The calling thread is the job from here on, until it leaves. */
int gantry_fio_join(uint32_t job);
int gantry_fio_leave(uint32_t job);
/* What is to be told to the user when the last job has left; "": nothing. */
const char* gantry_fio_note(void);

struct gantry_fio_command {
  uint32_t drive;
  uint32_t slot; /* below the job's depth; one outstanding command each */
  uint32_t opcode;
  uint32_t flags;
  uint64_t offset;
  uint64_t length;
  void* data;
};

/* Returns the time at which it comes, as fio's clock tells it. */
uint64_t gantry_fio_submit(uint32_t job, const struct gantry_fio_command* command);
/* Waits until at least `least` commands of the job have ended, and gives at most `most` of them.
 * Returns their number, or -1. */
int gantry_fio_wait(uint32_t job, uint32_t least, uint32_t most, struct gantry_fio_event* events);

/* What went wrong when a function last failed in this thread, and what to do about it, which may be
 * "". */
const char* gantry_fio_message(void);
const char* gantry_fio_hint(void);

#ifdef __cplusplus
}
#endif

#endif
