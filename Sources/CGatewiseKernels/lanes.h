// Vectors of VECTOR_BYTES, whose lanes are columns of a row. Included once by every file of an instruction set.
#include <stdint.h>

#define KERNEL static inline __attribute__((always_inline, overloadable))
#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)

typedef float    vector_float  __attribute__((ext_vector_type(VECTOR_BYTES / 4)));
typedef double   vector_double __attribute__((ext_vector_type(VECTOR_BYTES / 8)));
typedef uint32_t bits_float    __attribute__((ext_vector_type(VECTOR_BYTES / 4)));
typedef uint64_t bits_double   __attribute__((ext_vector_type(VECTOR_BYTES / 8)));

// A product and a sum written in one expression are one fused multiply-add wherever the instruction set has it. The
// source decides, not the optimizer, so a row's tail gets the bits that a full vector would give.
#pragma clang fp contract(on)

// Vectors of a panel of packed weights, each of which a register tile holds for all of its rows (tile.h).
#define TILE_VECTORS 4

/// The first part of `left` when it is cut into as few parts as `most` allows, as equal as they can be.
KERNEL size_t next_part(size_t left, size_t most) {
  size_t parts = (left + most - 1) / most;
  return (left + parts - 1) / parts;
}
