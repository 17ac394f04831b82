// The forward products of a layer with W and R stored in 8 bits, in Float: integer products of codes, scaled back.
// README.md in this target's folder states the operation.
#ifndef GATEWISE_INT8_H
#define GATEWISE_INT8_H

#include "gatewise_kernels.h"

/// The largest I and H for which no sum of products overflows 32 bits.
#define GATEWISE_INT8_WIDEST 133000

/// In place of the kernels of the same names for Float, if the storage is GATEWISE_INT8.
typedef struct {
  /// Elements of a packed layer.
  size_t (*packed_count)(size_t inputs, size_t hidden);
  /// Elements of scratch for a call with so many rows.
  size_t (*scratch_count)(size_t rows, size_t inputs, size_t hidden);
  void (*pack_gates)(const gatewise_pack_gates *layer);
  void (*input_product)(const gatewise_input_product *product);
  void (*recurrent_step)(const gatewise_recurrent_step *step);
} gatewise_int8_kernels;

/// The table for `isa`, or NULL where gatewise_isa_supported(isa) is false. Parts of units are those of its kernels.
const gatewise_int8_kernels *gatewise_int8_kernels_for(gatewise_isa isa);

#endif
