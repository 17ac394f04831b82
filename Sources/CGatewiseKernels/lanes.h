// Vectors of VECTOR_BYTES, whose lanes are columns of a row. Included once by every file of an instruction set.
#include <stdint.h>

#define KERNEL static inline __attribute__((always_inline, overloadable))
#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)

typedef float    vector_float  __attribute__((ext_vector_type(VECTOR_BYTES / 4)));
typedef double   vector_double __attribute__((ext_vector_type(VECTOR_BYTES / 8)));
typedef uint32_t bits_float    __attribute__((ext_vector_type(VECTOR_BYTES / 4)));
typedef uint64_t bits_double   __attribute__((ext_vector_type(VECTOR_BYTES / 8)));
// For weights in 8 bits: sums, the two halves of a lane, and one byte per lane.
typedef int32_t  ints          __attribute__((ext_vector_type(VECTOR_BYTES / 4)));
typedef int16_t  halves        __attribute__((ext_vector_type(VECTOR_BYTES / 2)));
typedef uint8_t  bytes         __attribute__((ext_vector_type(VECTOR_BYTES / 4)));

// A product and a sum written in one expression are one fused multiply-add wherever the instruction set has it. The
// source decides this, not the optimizer, so a row's tail gets the bits that a full vector would give.
#pragma clang fp contract(on)

// Vectors per panel of packed weights; a register tile holds all of them for all of its rows (tile.h).
#define TILE_VECTORS 4

/// The number of parts that `whole` is cut into, each of at most `most`.
KERNEL size_t parts_of(size_t whole, size_t most) { return (whole + most - 1) / most; }

/// The size of the first part of `left` when it is cut into as few parts as `most` allows, as equal as possible.
KERNEL size_t next_part(size_t left, size_t most) {
  return parts_of(left, parts_of(left, most));
}

// The packed weights of a layer lie in panels. A forward panel belongs to as many units as a vector has lanes; a
// backward panel to 1 ... TILE_VECTORS times as many, as equal as possible.

/// Elements of `rows` rows of W or R in a forward panel: four gates, in half the space if they are halved.
KERNEL size_t gate_rows(size_t rows, bool halved, size_t lanes) { return rows * (halved ? 2 : 4) * lanes; }

/// Elements of a forward panel: b, never halved, W and R.
KERNEL size_t gate_panel(size_t inputs, size_t hidden, bool halved, size_t lanes) {
  return gate_rows(1, false, lanes) + gate_rows(inputs + hidden, halved, lanes);
}

KERNEL size_t panels_of(size_t units, size_t lanes) { return parts_of(parts_of(units, lanes), TILE_VECTORS); }

/// The first unit of a backward panel; for the panel after the last, the number of units.
KERNEL size_t panel_start(size_t units, size_t panel, size_t lanes) {
  size_t panels = panels_of(units, lanes);
  return panel < panels ? panel * parts_of(units, lanes) / panels * lanes : units;
}
