// A disk that fails on demand: loaded before the C library (LD_PRELOAD), it counts the calls of one kind on the files whose
// names end in DISK_FILE, and from the DISK_AT-th on does what DISK_DO says, DISK_FOR times (0: for ever).
//   DISK_CALL  write | sync | read
//   DISK_DO    eio    the call fails with EIO
//              kill   the process is killed instead of the call
//              tear   half of a write is done, then the process is killed
//              lose   a write is answered as done, and is not (a control: no program can survive that)
//              log    every write and sync is appended to DISK_LOG, and done
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

typedef ssize_t (*write_at)(int, const void *, size_t, off64_t);
typedef ssize_t (*read_at)(int, void *, size_t, off64_t);
typedef int (*on_file)(int);
typedef int (*cut_at)(int, off64_t);

static const char *setting(const char *name) { const char *value = getenv(name); return value ? value : ""; }
static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

static int ends_in(int fd, const char *end) {
  char link[64], path[1024];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  size_t tail = strlen(end);
  return tail > 0 && length >= (ssize_t)tail && memcmp(path + length - tail, end, tail) == 0;
}

static const char *hit(const char *call, int fd) {
  static long calls;
  if (strcmp(setting("DISK_CALL"), call) != 0 || !ends_in(fd, setting("DISK_FILE"))) return "";
  long n = __sync_add_and_fetch(&calls, 1), at = atol(setting("DISK_AT")), times = atol(setting("DISK_FOR"));
  return n < at || (times > 0 && n >= at + times) ? "" : setting("DISK_DO");
}

static int is(const char *what, const char *name) { return strcmp(what, name) == 0; }

// What happened, for who wants to see what a power cut could have left: kind, file, offset, length, bytes.
static void note(char kind, int fd, const void *bytes, uint64_t length, uint64_t offset) {
  static int log = -1;
  if (!is(setting("DISK_DO"), "log")) return;
  char file = ends_in(fd, "rivus.db") ? 'd' : ends_in(fd, "rivus.db-wal") ? 'w' : 0;
  if (!file) return;
  if (log < 0) log = open(setting("DISK_LOG"), O_WRONLY | O_CREAT | O_APPEND, 0600);
  char head[18] = {kind, file};
  memcpy(head + 2, &offset, 8);
  memcpy(head + 10, &length, 8);
  // In one call: the test writes into the same file when an answer has come.
  struct iovec parts[] = {{head, sizeof head}, {(void *)bytes, kind == 'W' ? length : 0}};
  if (writev(log, parts, 2) < 0) abort();
}

static ssize_t written(const char *name, int fd, const void *bytes, size_t length, off64_t offset) {
  write_at real = (write_at)next(name);
  const char *what = hit("write", fd);
  if (is(what, "eio")) { errno = EIO; return -1; }
  if (is(what, "lose")) return (ssize_t)length;
  if (is(what, "tear")) real(fd, bytes, length / 2, offset);
  if (is(what, "kill") || is(what, "tear")) kill(getpid(), SIGKILL);
  ssize_t done = real(fd, bytes, length, offset);
  if (done > 0) note('W', fd, bytes, (uint64_t)done, (uint64_t)offset);
  return done;
}

static int synced(const char *name, int fd) {
  const char *what = hit("sync", fd);
  if (is(what, "eio")) { errno = EIO; return -1; }
  if (is(what, "kill")) kill(getpid(), SIGKILL);
  int done = ((on_file)next(name))(fd);
  if (done == 0) note('S', fd, NULL, 0, 0);
  return done;
}

static ssize_t read_back(const char *name, int fd, void *bytes, size_t length, off64_t offset) {
  if (is(hit("read", fd), "eio")) { errno = EIO; return -1; }
  return ((read_at)next(name))(fd, bytes, length, offset);
}

static int cut(const char *name, int fd, off64_t length) {
  int done = ((cut_at)next(name))(fd, length);
  if (done == 0) note('T', fd, NULL, 0, (uint64_t)length);
  return done;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) { return written("pwrite64", fd, bytes, length, offset); }
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return written("pwrite", fd, bytes, length, offset); }
ssize_t pread64(int fd, void *bytes, size_t length, off64_t offset) { return read_back("pread64", fd, bytes, length, offset); }
ssize_t pread(int fd, void *bytes, size_t length, off_t offset) { return read_back("pread", fd, bytes, length, offset); }
int fsync(int fd) { return synced("fsync", fd); }
int fdatasync(int fd) { return synced("fdatasync", fd); }
int ftruncate64(int fd, off64_t length) { return cut("ftruncate64", fd, length); }
int ftruncate(int fd, off_t length) { return cut("ftruncate", fd, length); }
