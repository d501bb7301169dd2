#include "fio/engine_options.h"

#include <gantry/ssd.h>
#include <optgroup.h>
#include <verify.h>

/* Values of data. */
enum { kDataAuto = 0, kDataNone, kDataMemory, kDataFile };

struct fio_option engine_options[] = {
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

static bool any_job_verifies(void) {
  struct thread_data* td;
  int i;
  for_each_td(td, i) {
    if (td->o.verify != VERIFY_NONE) {
      return true;
    }
  }
  return false;
}

/* Of data=auto: what the jobs need. */
static uint32_t data_needed(const struct options* eo) {
  if (eo->data_file != NULL) {
    return GANTRY_SSD_FILE;
  }
  return any_job_verifies() ? GANTRY_SSD_MEMORY : GANTRY_SSD_TIMING_ONLY;
}

struct gantry_fio_drive_options drive_options(const struct thread_data* td) {
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
      options.data = data_needed(eo);
  }
  return options;
}
