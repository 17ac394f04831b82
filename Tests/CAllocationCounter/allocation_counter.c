#include "allocation_counter.h"

#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>

// glibc keeps its own entry points under these names, so the ones a program sees may be replaced.
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *pointer, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *pointer);

static _Thread_local bool counting;
static _Thread_local size_t allocations;
static _Thread_local long held;
static _Thread_local long most;

static void *count(void *pointer) {
  if (!counting) return pointer;
  allocations += 1;
  held += malloc_usable_size(pointer);
  if (held > most) most = held;
  return pointer;
}

static void discount(void *pointer) {
  if (counting) held -= malloc_usable_size(pointer);
}

void allocation_counter_start(void) {
  allocations = 0;
  held = most = 0;
  counting = true;
}

size_t allocation_counter_stop(void) {
  counting = false;
  return allocations;
}

size_t allocation_counter_most_bytes(void) { return most; }

void *malloc(size_t size) { return count(__libc_malloc(size)); }

void *calloc(size_t items, size_t size) { return count(__libc_calloc(items, size)); }

void *realloc(void *pointer, size_t size) {
  discount(pointer);
  return count(__libc_realloc(pointer, size));
}

void *memalign(size_t alignment, size_t size) { return count(__libc_memalign(alignment, size)); }

void *aligned_alloc(size_t alignment, size_t size) { return count(__libc_memalign(alignment, size)); }

int posix_memalign(void **result, size_t alignment, size_t size) {
  void *pointer = count(__libc_memalign(alignment, size));
  if (!pointer) return ENOMEM;
  *result = pointer;
  return 0;
}

void free(void *pointer) {
  discount(pointer);
  __libc_free(pointer);
}
