// A clock on the wall that somebody else sets (LD_PRELOAD): CLOCK_FILE holds by how many seconds it is ahead, as 8 bytes that
// may change at any time. The monotonic clock goes on as it did.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

static int64_t ahead(void) {
  static volatile int64_t *shared;
  if (!shared) {
    const char *name = getenv("CLOCK_FILE");
    int fd = name ? open(name, O_RDONLY) : -1;
    void *page = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *shared, PROT_READ, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED) return 0;
    shared = page;
  }
  return *shared;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
  int done = real(clock, time);
  if (clock == CLOCK_REALTIME) time->tv_sec += ahead();
  return done;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  static int (*real)(struct timeval *, void *);
  if (!real) real = dlsym(RTLD_NEXT, "gettimeofday");
  int done = real(time, zone);
  time->tv_sec += ahead();
  return done;
}
