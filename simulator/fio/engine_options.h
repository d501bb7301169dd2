#ifndef GANTRY_FIO_ENGINE_OPTIONS_H
#define GANTRY_FIO_ENGINE_OPTIONS_H

/* The options of the ioengine "gantry". Includes fio's headers: see engine.c. */

#include <fio.h>

#include "fio/bridge.h"

/* What a job file or fio's command line says of the drive. Strings are NULL where nothing is said.
 */
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

/* As fio wants them described; the last has no name. */
extern struct fio_option engine_options[];

/* How the options of a job want a drive to be opened. */
struct gantry_fio_drive_options drive_options(const struct thread_data* td);

#endif
