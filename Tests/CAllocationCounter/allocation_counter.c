#include "allocation_counter.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

// glibc keeps its own entry points under these names, so the ones a program sees may be replaced.
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *pointer, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static _Thread_local bool counting;
static _Thread_local size_t allocations;

static void count(void) {
  if (counting) allocations += 1;
}

void allocation_counter_start(void) {
  allocations = 0;
  counting = true;
}

size_t allocation_counter_stop(void) {
  counting = false;
  return allocations;
}

void *malloc(size_t size) {
  count();
  return __libc_malloc(size);
}

void *calloc(size_t items, size_t size) {
  count();
  return __libc_calloc(items, size);
}

void *realloc(void *pointer, size_t size) {
  count();
  return __libc_realloc(pointer, size);
}

void *memalign(size_t alignment, size_t size) {
  count();
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  count();
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
  count();
  void *pointer = __libc_memalign(alignment, size);
  if (!pointer) return ENOMEM;
  *result = pointer;
  return 0;
}
