#ifndef GANTRY_SSD_H
#define GANTRY_SSD_H

/**
 * Solid-state drives in simulated time, for C and for whatever can call C.
 *
 * A drive is opened from a description or a state file; it is given requests, each at a time in
 * nanoseconds, and it gives back completions in the order of their times. Time is simulated: it
 * goes on when gantry_ssd_next() is called, and the same requests give the same completions on
 * every machine.
 *
 * Rules for all functions:
 *
 * - Times are nanoseconds of simulated time, which begins at 0. Offsets, lengths and capacities are
 *   bytes.
 * - A function that can fail returns an int: 0 (GANTRY_SSD_OK), or a negative code. What went wrong
 *   and what to do is then in gantry_ssd_message() and gantry_ssd_hint(). No input makes a function
 *   crash, except pointers to memory that is not there.
 * - A structure whose first member is `size` is set to zeros by the caller, and size to its sizeof.
 *   Members that later versions add are zero then, and mean what was before.
 * - A drive is used by one thread at a time; different drives by different threads as they like. A
 *   process that forks goes on with its drives in the parent alone.
 */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define GANTRY_SSD_API __attribute__((visibility("default")))
#else
#define GANTRY_SSD_API
#endif

/** The version of this interface. It grows by one when something is added to it. */
#define GANTRY_SSD_API_VERSION 2

/** A time that never comes: gantry_ssd_next() waits for it as long as anything is going on. */
#define GANTRY_SSD_NEVER UINT64_MAX

/** What functions return. Codes below zero are errors, which leave the drive as it was before. */
enum gantry_ssd_status {
  GANTRY_SSD_OK = 0,
  GANTRY_SSD_NONE = 1,         /**< no command has ended */
  GANTRY_SSD_INVALID = -1,     /**< an argument that cannot be */
  GANTRY_SSD_RANGE = -2,       /**< bytes beyond the end */
  GANTRY_SSD_DESCRIPTION = -3, /**< there is no such device, or its description is wrong */
  GANTRY_SSD_IO = -4,          /**< a file of data or state cannot be read or written */
  GANTRY_SSD_BUSY = -5,        /**< commands are outstanding */
  GANTRY_SSD_NO_MEMORY = -6,   /**< memory ran out; the drive can only be closed */
  GANTRY_SSD_INTERNAL = -7     /**< a fault of the simulator's; the drive can only be closed */
};

/** What a drive keeps of the data that is written. */
enum gantry_ssd_data {
  GANTRY_SSD_TIMING_ONLY = 0, /**< nothing: reads give zeros */
  GANTRY_SSD_MEMORY = 1, /**< all, until it is closed; zeros and fill patterns take no memory */
  GANTRY_SSD_FILE = 2    /**< all, in a sparse file */
};

/** What has been done with a drive before it is opened, in no time. */
enum gantry_ssd_fill {
  GANTRY_SSD_FRESH = 0,           /**< nothing */
  GANTRY_SSD_FILL_SEQUENTIAL = 1, /**< all of it has been written once, in order */
  GANTRY_SSD_FILL_RANDOM = 2      /**< it is in the steady state of random writes */
};

/** Flags of gantry_ssd_options. */
enum gantry_ssd_open_flags {
  GANTRY_SSD_WITHOUT_REPORT = 1 /**< measure nothing: a few nanoseconds less for each command */
};

/** How a drive is opened. One of device, json and state is needed; state goes together with one of
 * the others, which says what device is expected to be in the file. */
struct gantry_ssd_options {
  size_t size;           /**< sizeof(struct gantry_ssd_options) */
  const char* device;    /**< a profile's name, or the path of a description (with '/' or '.') */
  const char* json;      /**< a description itself */
  const char* state;     /**< path of a file of gantry_ssd_save() or gantry ssd precondition */
  const char* data_file; /**< path, of GANTRY_SSD_FILE; is made if absent */
  uint32_t data;         /**< enum gantry_ssd_data */
  uint32_t fill;         /**< enum gantry_ssd_fill; not with a state */
  uint64_t seed;         /**< of GANTRY_SSD_FILL_RANDOM */
  uint32_t flags;        /**< enum gantry_ssd_open_flags, or'ed */
  uint32_t reserved;     /**< 0 */
};

/** What a request asks for. */
enum gantry_ssd_opcode {
  GANTRY_SSD_READ = 0,
  GANTRY_SSD_WRITE = 1,
  GANTRY_SSD_TRIM = 2, /**< the bytes are zero afterwards */
  GANTRY_SSD_FLUSH = 3 /**< ends when all writes that have ended before it are in flash */
};

/** Flags of a request. */
enum gantry_ssd_request_flags {
  GANTRY_SSD_FUA = 1 /**< a write ends when it is in flash, whatever is buffered */
};

/** A request. A flush looks at time, tag, queue and opcode alone. */
struct gantry_ssd_request {
  uint64_t time;         /**< when it comes: not before gantry_ssd_now(), nor before the last one */
  uint64_t offset;       /**< from the begin of the namespace, of any alignment */
  uint64_t length;       /**< 1 or more; of a read or write at most max_transfer of the info */
  uint64_t tag;          /**< the caller's own; its completion has it */
  void* data;            /**< where a read puts the data (NULL: nowhere), or from where a write
                              takes it (NULL: zeros). Not used after gantry_ssd_submit() */
  uint32_t opcode;       /**< enum gantry_ssd_opcode */
  uint32_t flags;        /**< enum gantry_ssd_request_flags, or'ed */
  uint32_t namespace_id; /**< from 1; 0: the whole drive */
  uint32_t queue;        /**< from 0 */
  uint64_t reserved;     /**< 0 */
};

/** A command that has ended. Its parts sum up to completed - submitted; of a command of several
 * pages they are the way of the page that ended last. Without
 * "attribution" in the description they are not told apart. */
struct gantry_ssd_completion {
  uint64_t tag;
  uint64_t submitted;  /**< the request's time */
  uint64_t completed;  /**< when it ended */
  uint64_t queue;      /**< until the controller took it up, and the controller's work */
  uint64_t buffer;     /**< for room in the write buffer, and its access */
  uint64_t channel;    /**< for the channel, and on it */
  uint64_t die;        /**< for the die, and in its array */
  uint64_t collection; /**< while garbage collection had the die */
  uint64_t link;       /**< for the link to the host, and on it */
};

/** What a drive is. */
struct gantry_ssd_info {
  size_t size;           /**< sizeof(struct gantry_ssd_info) */
  uint64_t capacity;     /**< of the whole drive */
  uint64_t max_transfer; /**< of one read or write */
  uint32_t mapping_unit; /**< a logical page: what is aligned to it is not read before a write */
  uint32_t page_size;    /**< of flash */
  uint32_t queues;
  uint32_t namespaces;   /**< 1 or more */
  uint32_t data;         /**< enum gantry_ssd_data */
  uint32_t write_buffer; /**< 1: it has a volatile one, which a flush empties; 0: it has none */
};

/** What a namespace is. */
struct gantry_ssd_namespace {
  size_t size;      /**< sizeof(struct gantry_ssd_namespace) */
  const char* name; /**< may be empty; lives as long as the drive */
  uint64_t offset;  /**< of its begin, on the whole drive */
  uint64_t capacity;
};

/** What a drive has done since it was made. */
struct gantry_ssd_counters {
  size_t size;               /**< sizeof(struct gantry_ssd_counters) */
  uint64_t submitted;        /**< commands, since it was opened */
  uint64_t completed;        /**< commands, since it was opened */
  uint64_t modifications;    /**< writes of parts of pages that were read first, since then */
  uint64_t mapped_pages;     /**< logical pages that hold something, now */
  uint64_t flash_reads;      /**< of pages of flash, for the host */
  uint64_t collection_reads; /**< of pages of flash, for garbage collection */
  uint64_t flash_programs;   /**< of pages of flash, all of them */
  uint64_t block_erases;
  uint64_t host_pages;  /**< logical pages that the host's writes put into flash */
  uint64_t moved_pages; /**< logical pages that garbage collection has moved */
  uint64_t empty_pages; /**< logical pages that programs had room for and did not hold */
  uint64_t suspends;    /**< of programs and erases */
};

/** Flags of gantry_ssd_report(). */
enum gantry_ssd_report_flags {
  GANTRY_SSD_HISTOGRAMS = 1 /**< with the counts of all latencies */
};

/** A drive; made by gantry_ssd_open(), freed by gantry_ssd_close(). */
typedef struct gantry_ssd gantry_ssd;

/** Opens a drive and puts it into *drive, which is the caller's to close. After an error *drive is
 * NULL. */
GANTRY_SSD_API int gantry_ssd_open(const struct gantry_ssd_options* options, gantry_ssd** drive);

/** Closes a drive, whatever is outstanding; its data file stays. NULL is allowed. */
GANTRY_SSD_API void gantry_ssd_close(gantry_ssd* drive);

/** Submits a request. Requests come in the order of their times. Data moves at once, in the order
 * of submission; the command ends later, as gantry_ssd_next() says. A flush, and a write with
 * GANTRY_SSD_FUA, of a drive with GANTRY_SSD_FILE waits until the file is on the host's disk
 * (fdatasync).
 *
 * A write that covers a logical page in part takes its time as in a drive that reads the page,
 * changes it, and writes all of it: the reads of its ends (those that are in flash) are commands in
 * its queue, and the write follows them. A read takes as long as one of all pages that it touches;
 * a trim frees the pages that it covers, and takes no time to zero the rest.
 *
 * GANTRY_SSD_RANGE if it goes beyond the end, GANTRY_SSD_IO if its data cannot be stored or read,
 * GANTRY_SSD_INVALID if something else is wrong. Nothing was submitted then; of a write that failed
 * with GANTRY_SSD_IO a part of the data may have changed. */
GANTRY_SSD_API int gantry_ssd_submit(gantry_ssd* drive, const struct gantry_ssd_request* request);

/** Lets time go on until a command ends, and puts it into *completion; or until the time `until`,
 * if none ends before: GANTRY_SSD_NONE. A command that comes before the next completion must have
 * been submitted before. What has ended by gantry_ssd_now() is given whatever `until` is. */
GANTRY_SSD_API int gantry_ssd_next(gantry_ssd* drive, uint64_t until,
                                   struct gantry_ssd_completion* completion);

/** No command ends before this time, unless it is submitted yet; GANTRY_SSD_NEVER: nothing is going
 * on. A caller in real time sleeps until then, calls gantry_ssd_next() with it, and asks again.
 * NULL gives GANTRY_SSD_NEVER. */
GANTRY_SSD_API uint64_t gantry_ssd_next_time(const gantry_ssd* drive);

/** The time of what has happened last. NULL gives 0. */
GANTRY_SSD_API uint64_t gantry_ssd_now(const gantry_ssd* drive);

/** Commands that have been submitted and not been given back. NULL gives 0. */
GANTRY_SSD_API uint64_t gantry_ssd_outstanding(const gantry_ssd* drive);

/** Fills *info, whose size the caller has set. */
GANTRY_SSD_API int gantry_ssd_get_info(const gantry_ssd* drive, struct gantry_ssd_info* info);

/** Fills *space, whose size the caller has set, for a namespace_id from 1. */
GANTRY_SSD_API int gantry_ssd_get_namespace(const gantry_ssd* drive, uint32_t namespace_id,
                                            struct gantry_ssd_namespace* space);

/** Fills *counters, whose size the caller has set. */
GANTRY_SSD_API int gantry_ssd_get_counters(const gantry_ssd* drive,
                                           struct gantry_ssd_counters* counters);

/** Begins to measure anew, as after a ramp: what the next gantry_ssd_report() is about. */
GANTRY_SSD_API int gantry_ssd_begin_report(gantry_ssd* drive);

/** What has been measured until now, as a JSON object: "description", with all keys, and "report",
 * as in `gantry ssd run --json`. *json ends with a zero byte, and is the caller's to give to
 * gantry_ssd_free(); after an error it is NULL. flags: enum gantry_ssd_report_flags. Bytes are
 * counted in whole logical pages. */
GANTRY_SSD_API int gantry_ssd_report(const gantry_ssd* drive, uint32_t flags, char** json);

/** What gantry_ssd_report() is about, over time: a table of windows of equal length as CSV, the
 * first line of which names the columns, as `gantry ssd run --csv` writes it. */
GANTRY_SSD_API int gantry_ssd_series(const gantry_ssd* drive, char** csv);

/** Frees a string that a function has given to the caller. NULL is allowed. */
GANTRY_SSD_API void gantry_ssd_free(char* text);

/** Writes the drive's state to a file, which replaces another at once and only when it is complete.
 * GANTRY_SSD_BUSY if commands are outstanding. The data is not in it: a drive with
 * GANTRY_SSD_FILE goes on with both files, one with GANTRY_SSD_MEMORY loses its data. */
GANTRY_SSD_API int gantry_ssd_save(gantry_ssd* drive, const char* path);

/** What went wrong when a function last failed in this thread; "" if none has. A sentence without a
 * full stop, UTF-8; long lists are cut. Good until a function fails in this thread. */
GANTRY_SSD_API const char* gantry_ssd_message(void);

/** What to do about that; may be "". */
GANTRY_SSD_API const char* gantry_ssd_hint(void);

/** The version of Gantry, such as "0.1.0". */
GANTRY_SSD_API const char* gantry_ssd_version(void);

/** The GANTRY_SSD_API_VERSION that the library was built with. */
GANTRY_SSD_API uint32_t gantry_ssd_api_version(void);

#ifdef __cplusplus
}
#endif

#endif
