/* Random reads of a simulated drive, 32 at a time, from C. */
#include <gantry/ssd.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What to do with a status: errors end the program. */
static int check(int status) {
  if (status < 0) {
    fprintf(stderr, "error: %s\n%s\n", gantry_ssd_message(), gantry_ssd_hint());
    exit(EXIT_FAILURE);
  }
  return status;
}

/* Text that goes to the drive and comes back. */
static void keep_data(gantry_ssd* drive) {
  char written[] = "simulated", read[sizeof written] = "";
  struct gantry_ssd_completion ended;
  struct gantry_ssd_request request;
  memset(&request, 0, sizeof request);
  request.opcode = GANTRY_SSD_WRITE;
  request.offset = 1000;
  request.length = sizeof written;
  request.data = written;
  check(gantry_ssd_submit(drive, &request));
  check(gantry_ssd_next(drive, GANTRY_SSD_NEVER, &ended));
  request.opcode = GANTRY_SSD_READ;
  request.data = read;
  request.time = ended.completed;
  check(gantry_ssd_submit(drive, &request));
  printf("%s\n", read);
  while (check(gantry_ssd_next(drive, GANTRY_SSD_NEVER, &ended)) == GANTRY_SSD_OK) {
  }
}

/* A closed loop: after each command that ends comes the next one. */
static void read_at_random(gantry_ssd* drive, uint64_t capacity, unsigned commands) {
  struct gantry_ssd_completion ended;
  struct gantry_ssd_request request;
  const uint64_t begin = gantry_ssd_now(drive);
  uint64_t random = 1, total = 0;
  unsigned submitted = 0, completed = 0;
  memset(&request, 0, sizeof request);
  request.opcode = GANTRY_SSD_READ;
  request.length = 4096;
  request.time = begin;
  while (completed < commands) {
    while (submitted < commands && submitted - completed < 32) {
      random = random * 6364136223846793005u + 1442695040888963407u;
      request.offset = (random >> 20) % (capacity / 4096) * 4096;
      request.tag = submitted++;
      check(gantry_ssd_submit(drive, &request));
    }
    if (check(gantry_ssd_next(drive, GANTRY_SSD_NEVER, &ended)) == GANTRY_SSD_NONE) {
      break;
    }
    ++completed;
    total += ended.completed - ended.submitted;
    request.time = ended.completed;
  }
  printf("%u reads, %" PRIu64 " a second, mean latency %" PRIu64 " ns\n", completed,
         (uint64_t)(completed * 1000000000.0 / (double)(request.time - begin)), total / completed);
}

int main(int argc, char** argv) {
  struct gantry_ssd_options options;
  struct gantry_ssd_info info;
  gantry_ssd* drive;
  char* report;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.device = argc > 1 ? argv[1] : "ref-a";
  options.data = GANTRY_SSD_MEMORY;
  options.fill = GANTRY_SSD_FILL_SEQUENTIAL;
  check(gantry_ssd_open(&options, &drive));
  info.size = sizeof info;
  check(gantry_ssd_get_info(drive, &info));
  printf("%" PRIu64 " bytes in pages of %" PRIu32 "\n", info.capacity, info.mapping_unit);
  keep_data(drive);
  check(gantry_ssd_begin_report(drive));
  read_at_random(drive, info.capacity, 100000);
  check(gantry_ssd_report(drive, 0, &report));
  printf("the report has %s\n", strstr(report, "\"percentiles\"") ? "percentiles" : "none");
  gantry_ssd_free(report);
  gantry_ssd_close(drive);
  return EXIT_SUCCESS;
}
