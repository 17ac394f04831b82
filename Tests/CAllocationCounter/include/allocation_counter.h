// Counts the heap allocations of a thread while it has counting on, by standing in front of malloc,
// or by a sanitizer's hooks where one is built in.
//
// Other threads are not looked at: other tests allocate while one measures. A team's caller does tasks of every job
// itself, and all of them where the team has one thread, so what a task allocates is seen there.
#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H
#include <stddef.h>

/// Starts counting from zero on the calling thread.
void allocation_counter_start(void);
/// Stops counting and returns how many allocations (malloc, calloc, realloc, aligned) the calling thread has
/// made since.
size_t allocation_counter_stop(void);
/// The most bytes that the calling thread has held at a time of what it allocated since the start. What it frees of
/// older memory is taken off too.
size_t allocation_counter_most_bytes(void);
#endif
