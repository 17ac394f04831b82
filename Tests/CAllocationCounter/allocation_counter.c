#include "allocation_counter.h"

#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>

static _Thread_local bool counting;
static _Thread_local size_t allocations;
static _Thread_local long held;
static _Thread_local long most;

#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_SANITIZER 1
#endif

#ifdef HAS_SANITIZER
#define NOT_CHECKED __attribute__((no_sanitize("address", "thread")))
#else
#define NOT_CHECKED
#endif

NOT_CHECKED static void add(size_t bytes) {
  allocations += 1;
  held += bytes;
  if (held > most) most = held;
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

#ifdef HAS_SANITIZER
// A sanitizer has an allocator of its own, which sees nothing where another stands in front of it. It calls these.
#include <sanitizer/allocator_interface.h>

NOT_CHECKED void __sanitizer_malloc_hook(const volatile void *pointer, size_t size) {
  if (counting && pointer) add(size);
}

NOT_CHECKED void __sanitizer_free_hook(const volatile void *pointer) {
  if (counting && pointer) held -= __sanitizer_get_allocated_size((const void *)pointer);
}

#else
// glibc keeps its own entry points under these names, so the ones a program sees may be replaced.
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *pointer, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *pointer);

static void *count(void *pointer) {
  if (counting) add(malloc_usable_size(pointer));
  return pointer;
}

static void discount(void *pointer) {
  if (counting) held -= malloc_usable_size(pointer);
}

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
#endif
