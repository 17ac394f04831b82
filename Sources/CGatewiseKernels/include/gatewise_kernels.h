// Products and gate arithmetic of the LSTM, forward and backward, in Float and Double, one table of kernels per
// instruction set. README.md in this target's folder states every kernel's operation, aliasing and traps.
//
// Letters: H is the number of hidden units of a layer; rows counts the sequences of one time step. All arrays are
// row-major and contiguous; gate blocks have the order i, f, g, o. No pointer needs to be aligned. Pointers are to
// numbers of the type that the table is for.
#ifndef GATEWISE_KERNELS_H
#define GATEWISE_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

typedef enum {
  GATEWISE_ISA_PORTABLE = 0,
  GATEWISE_ISA_NEON = 1,
  GATEWISE_ISA_AVX2 = 2,
  GATEWISE_ISA_AVX512 = 3,
} gatewise_isa;

/// Whether kernels for `isa` are in this build and this processor (and its operating system) can run them.
bool gatewise_isa_supported(gatewise_isa isa);
/// What the processor lacks for `isa`, as words for a message ("AVX-512 (F, BW, DQ, VL)"); "" if it lacks nothing.
const char *gatewise_isa_missing(gatewise_isa isa);

/// How packed W and R are stored. Double has `FULL` alone.
typedef enum {
  GATEWISE_FULL = 0,
  GATEWISE_BFLOAT16 = 1,  // rounded to nearest even
  GATEWISE_INT8 = 2,      // gatewise_int8.h
} gatewise_storage;

/// One step forward for `rows` sequences.
typedef struct {
  size_t rows, hidden;
  void *gates;            // [rows, 4H]  in: pre-activations a_t;  out: activations i, f, g, o
  const void *c_previous; // [rows, H]   c_{t-1}
  void *c;                // [rows, H]   out: c_t; may be c_previous itself
  void *h;                // [rows, H]   out: h_t
  const void *p_i, *p_f, *p_o; // [H] peepholes, or all three NULL
} gatewise_forward_step;

/// Packs W, R and b of a layer for input_product and recurrent_step.
typedef struct {
  size_t inputs, hidden;
  size_t first, end;        // the units to pack: a part as part_start returns it
  gatewise_storage storage;
  const void *w, *r, *b;    // [I, 4H], [H, 4H], [4H]
  void *packed;             // packed_count(I, H, storage) elements
} gatewise_pack_gates;

/// gates = x W + b for `rows` rows.
typedef struct {
  size_t rows, inputs, hidden;
  size_t first, end;        // the units whose columns to compute: a part as above
  const void *x;            // [rows, I]
  const void *packed;       // the output of pack_gates
  gatewise_storage storage; // as it was packed
  void *gates;              // [rows, 4H]  out
  void *scratch;            // with weights in 8 bits scratch_count(rows, I, 0) elements, else not used
} gatewise_input_product;

/// One step forward with its product: a = x W + y_previous R + b, then step.
typedef struct {
  gatewise_forward_step step; // gates: out only, or NULL if not needed
  size_t inputs;
  size_t first, end;        // as above: units of gates, c and h
  const void *x;            // [rows, I]
  const void *inputs_done;  // [rows, 4H] x W + b if already computed, else NULL; may be step.gates
  const void *y_previous;   // [rows, H]   y_{t-1}; must not be step.h
  const void *packed;       // the output of pack_gates
  gatewise_storage storage; // as it was packed
  bool reverses;            // whether the panels are traversed from the last to the first
  void *scratch;            // with weights in 8 bits scratch_count(rows, I, H) elements, else not used
} gatewise_recurrent_step;

/// One step of the backward pass (BPTT) for `rows` sequences.
typedef struct {
  size_t rows, hidden;
  size_t first, end;      // the units whose deltas to compute
  const void *gates;      // [rows, 4H]  activations i, f, g, o
  void *delta;            // [rows, 4H]  out: dE/da_t; may be gates itself
  const void *c_previous; // [rows, H]   c_{t-1}
  const void *c;          // [rows, H]   c_t
  const void *dh;         // [rows, H]   dE/dh_t, complete
  void *dc;               // [rows, H]   in: from step t+1, dc_{t+1} f_{t+1} + p_i d^i_{t+1} + p_f d^f_{t+1}
                          //             out: the same for step t-1
  const void *p_i, *p_f, *p_o; // [H] peepholes, or all three NULL
  double bound;           // of every delta, applied before delta is used; 0: none
} gatewise_backward_step;

/// Packs columns first ..< end of B for product.
typedef struct {
  size_t columns, depth;
  size_t first, end;      // the columns to pack: a part as part_start returns it
  bool transposed;        // whether b is [columns, depth] rather than [depth, columns]
  const void *b;
  void *packed;           // packed_factor_count(columns, depth) elements
} gatewise_pack_factor;

/// c = a B, or c += a B if adds.
typedef struct {
  size_t rows, columns, depth;
  size_t first, end;      // the columns to compute: a part as part_start returns it
  const void *a;          // [rows, depth]: element (row, k) at a[row * a_row_stride + k * a_step]
  size_t a_row_stride, a_step;
  const void *packed;     // the output of pack_factor
  void *c;                // [rows, columns]
  bool adds;
} gatewise_product;

/// gradient[n] = left[n]^T delta for both n, and bias = the sum of delta's rows.
typedef struct {
  size_t rows, columns;
  size_t first, end;      // the columns to compute; first may be any
  const void *left[2];    // [rows, width]
  size_t width[2];        // 0: absent
  const void *delta;      // [rows, columns]
  void *gradient[2];      // [width, columns]  out
  void *bias;             // [columns]  out, or NULL
  void *scratch;          // weight_gradient_scratch(rows, end - first) elements
} gatewise_weight_gradient;

/// The kernels for one type of numbers by one instruction set.
typedef struct {
  void (*forward_step)(const gatewise_forward_step *step);
  void (*backward_step)(const gatewise_backward_step *step);
  /// The first unit of part `part` of `parts`; for part `parts`, the number of units.
  size_t (*part_start)(size_t units, size_t part, size_t parts);
  /// Elements of a packed layer.
  size_t (*packed_count)(size_t inputs, size_t hidden, gatewise_storage storage);
  void (*pack_gates)(const gatewise_pack_gates *layer);
  void (*input_product)(const gatewise_input_product *product);
  void (*recurrent_step)(const gatewise_recurrent_step *step);
  /// Elements of a packed B [depth, columns].
  size_t (*packed_factor_count)(size_t columns, size_t depth);
  void (*pack_factor)(const gatewise_pack_factor *factor);
  void (*product)(const gatewise_product *product);
  size_t (*weight_gradient_scratch)(size_t rows, size_t columns);
  void (*weight_gradient)(const gatewise_weight_gradient *sums);
  /// y = 1/(1+exp(-x)), element by element; y may be x.
  void (*sigmoid)(size_t count, const void *x, void *y);
  /// y = tanh(x), element by element; y may be x.
  void (*tanh)(size_t count, const void *x, void *y);
  /// y = exp(x - max x) / sum; returns log sum exp x; y may be x.
  double (*softmax)(size_t count, const void *x, void *y);
  /// y += x.
  void (*add)(size_t count, const void *x, void *y);
  /// y += a * b, element by element.
  void (*multiply_add)(size_t count, const void *a, const void *b, void *y);
} gatewise_kernels;

/// The tables for `isa`, or NULL if gatewise_isa_supported(isa) is false.
const gatewise_kernels *gatewise_kernels_for_float(gatewise_isa isa);
const gatewise_kernels *gatewise_kernels_for_double(gatewise_isa isa);

/// The square root as one instruction. Unlike the C library's it does not set errno, so loops over it in Swift are
/// vectorized.
static inline float gatewise_square_root_float(float x) { return __builtin_elementwise_sqrt(x); }
static inline double gatewise_square_root_double(double x) { return __builtin_elementwise_sqrt(x); }

#endif
