/* Makes every write to the disk take 50 ms more: LD_PRELOAD this. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

static void wait_50ms(void) {
  struct timespec left = {0, 50 * 1000 * 1000};
  nanosleep(&left, 0);
}

int fdatasync(int fd) {
  static int (*next)(int);
  if (!next) next = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  wait_50ms();
  return next(fd);
}

int fsync(int fd) {
  static int (*next)(int);
  if (!next) next = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  wait_50ms();
  return next(fd);
}
