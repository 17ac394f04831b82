#define _GNU_SOURCE
#include "gatewise_threads.h"

#include <unistd.h>
#if defined(__linux__)
#include <sched.h>
#endif

int gatewise_processors(void) {
#if defined(__linux__)
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return CPU_COUNT(&allowed);
#endif
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? (int)online : 1;
}
