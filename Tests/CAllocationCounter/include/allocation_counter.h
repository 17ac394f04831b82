// Counts the heap allocations of the whole process while counting is on, by standing in front of malloc.
#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H
#include <stddef.h>

/// Starts counting from zero.
void allocation_counter_start(void);
/// Stops counting and returns how many allocations (malloc, calloc, realloc, aligned) were made by any thread.
size_t allocation_counter_stop(void);
#endif
