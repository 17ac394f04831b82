// Products and gate arithmetic of the LSTM, forward and backward, in Float and Double, one table of kernels per
// instruction set. README.md in this target's folder states every kernel's operation, aliasing and traps.
//
// Letters: H is the number of hidden units of a layer; rows counts the sequences of one time step. All arrays are
// row-major and contiguous; gate blocks have the order i, f, g, o. No pointer needs to be aligned.
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

#define GATEWISE_DECLARE_KERNELS(REAL, SUFFIX)                                                                         \
  /* One step forward for `rows` sequences. */                                                                         \
  typedef struct {                                                                                                     \
    size_t rows, hidden;                                                                                               \
    REAL *gates;            /* [rows, 4H]  in: pre-activations a_t;  out: activations i, f, g, o */                    \
    const REAL *c_previous; /* [rows, H]   c_{t-1} */                                                                  \
    REAL *c;                /* [rows, H]   out: c_t; may be c_previous itself */                                       \
    REAL *h;                /* [rows, H]   out: h_t */                                                                 \
    const REAL *p_i, *p_f, *p_o; /* [H] peepholes, or all three NULL */                                                \
  } gatewise_forward_step_##SUFFIX;                                                                                    \
                                                                                                                       \
  /* Packs W, R and b of a layer for input_product and recurrent_step. */                                              \
  typedef struct {                                                                                                     \
    size_t inputs, hidden;                                                                                             \
    size_t first, end;      /* the units to pack: a part as part_start returns it */                                   \
    bool halved;            /* W and R as bfloat16, rounded to nearest even: float only */                             \
    const REAL *w, *r, *b;  /* [I, 4H], [H, 4H], [4H] */                                                               \
    REAL *packed;           /* packed_count(I, H, halved) elements */                                                  \
  } gatewise_pack_gates_##SUFFIX;                                                                                      \
                                                                                                                       \
  /* gates = x W + b for `rows` rows. */                                                                               \
  typedef struct {                                                                                                     \
    size_t rows, inputs, hidden;                                                                                       \
    size_t first, end;      /* the units whose columns to compute: a part as above */                                  \
    const REAL *x;          /* [rows, I] */                                                                            \
    const REAL *packed;     /* the output of pack_gates */                                                             \
    bool halved;            /* as it was packed */                                                                     \
    REAL *gates;            /* [rows, 4H]  out */                                                                      \
  } gatewise_input_product_##SUFFIX;                                                                                   \
                                                                                                                       \
  /* One step forward with its product: a = x W + y_previous R + b, then step. */                                      \
  typedef struct {                                                                                                     \
    gatewise_forward_step_##SUFFIX step; /* gates: out only, or NULL if not needed */                                  \
    size_t inputs;                                                                                                     \
    size_t first, end;      /* as above: units of gates, c and h */                                                    \
    const REAL *x;          /* [rows, I] */                                                                            \
    const REAL *inputs_done; /* [rows, 4H] x W + b if already computed, else NULL; may be step.gates */                \
    const REAL *y_previous; /* [rows, H]   y_{t-1}; must not be step.h */                                              \
    const REAL *packed;     /* the output of pack_gates */                                                             \
    bool halved;            /* as it was packed */                                                                     \
    bool reverses;          /* whether the panels are traversed from the last to the first */                          \
  } gatewise_recurrent_step_##SUFFIX;                                                                                  \
                                                                                                                       \
  /* One step of the backward pass (BPTT) for `rows` sequences. */                                                     \
  typedef struct {                                                                                                     \
    size_t rows, hidden;                                                                                               \
    size_t first, end;      /* the units whose deltas to compute */                                                    \
    const REAL *gates;      /* [rows, 4H]  activations i, f, g, o */                                                   \
    REAL *delta;            /* [rows, 4H]  out: dE/da_t; may be gates itself */                                        \
    const REAL *c_previous; /* [rows, H]   c_{t-1} */                                                                  \
    const REAL *c;          /* [rows, H]   c_t */                                                                      \
    const REAL *dh;         /* [rows, H]   dE/dh_t, complete */                                                        \
    REAL *dc;               /* [rows, H]   in: from step t+1, dc_{t+1} f_{t+1} + p_i d^i_{t+1} + p_f d^f_{t+1} */      \
                            /*             out: the same for step t-1 */                                               \
    const REAL *p_i, *p_f, *p_o; /* [H] peepholes, or all three NULL */                                                \
    REAL bound;             /* of every delta, applied before delta is used; 0: none */                                \
  } gatewise_backward_step_##SUFFIX;                                                                                   \
                                                                                                                       \
  /* c = a B, or c += a B if adds. */                                                                                  \
  typedef struct {                                                                                                     \
    size_t rows, columns, depth;                                                                                       \
    size_t first, end;      /* the columns to compute: a part as part_start returns it */                              \
    const REAL *a;          /* [rows, depth]: element (row, k) at a[row * a_row_stride + k * a_step] */                \
    size_t a_row_stride, a_step;                                                                                       \
    const REAL *packed;     /* the output of pack_factor */                                                            \
    REAL *c;                /* [rows, columns] */                                                                      \
    bool adds;                                                                                                         \
  } gatewise_product_##SUFFIX;                                                                                         \
                                                                                                                       \
  /* gradient[n] = left[n]^T delta for both n, and bias = the sum of delta's rows. */                                  \
  typedef struct {                                                                                                     \
    size_t rows, columns;                                                                                              \
    size_t first, end;      /* the columns to compute; first may be any */                                             \
    const REAL *left[2];    /* [rows, width] */                                                                        \
    size_t width[2];        /* 0: absent */                                                                            \
    const REAL *delta;      /* [rows, columns] */                                                                      \
    REAL *gradient[2];      /* [width, columns]  out */                                                                \
    REAL *bias;             /* [columns]  out, or NULL */                                                              \
    REAL *scratch;          /* weight_gradient_scratch(rows, end - first) elements */                                  \
  } gatewise_weight_gradient_##SUFFIX;                                                                                 \
                                                                                                                       \
  typedef struct {                                                                                                     \
    void (*forward_step)(const gatewise_forward_step_##SUFFIX *step);                                                  \
    void (*backward_step)(const gatewise_backward_step_##SUFFIX *step);                                                \
    /* The first unit of part `part` of `parts`; for part `parts`, the number of units. */                             \
    size_t (*part_start)(size_t units, size_t part, size_t parts);                                                     \
    /* Elements of a packed layer. */                                                                                  \
    size_t (*packed_count)(size_t inputs, size_t hidden, bool halved);                                                 \
    void (*pack_gates)(const gatewise_pack_gates_##SUFFIX *layer);                                                     \
    void (*input_product)(const gatewise_input_product_##SUFFIX *product);                                             \
    void (*recurrent_step)(const gatewise_recurrent_step_##SUFFIX *step);                                              \
    /* Elements of a packed B [depth, columns]. */                                                                     \
    size_t (*packed_factor_count)(size_t columns, size_t depth);                                                       \
    /* Packs columns first ..< end of B for product: b is B [depth, columns], or [columns, depth] if transposed. */    \
    void (*pack_factor)(size_t columns, size_t depth, size_t first, size_t end, bool transposed, const REAL *b,        \
                        REAL *packed);                                                                                 \
    void (*product)(const gatewise_product_##SUFFIX *product);                                                         \
    size_t (*weight_gradient_scratch)(size_t rows, size_t columns);                                                    \
    void (*weight_gradient)(const gatewise_weight_gradient_##SUFFIX *sums);                                            \
    /* y = 1/(1+exp(-x)), element by element; y may be x. */                                                           \
    void (*sigmoid)(size_t count, const REAL *x, REAL *y);                                                             \
    /* y = tanh(x), element by element; y may be x. */                                                                 \
    void (*tanh)(size_t count, const REAL *x, REAL *y);                                                                \
    /* y = exp(x - max x) / sum; returns log sum exp x; y may be x. */                                                 \
    REAL (*softmax)(size_t count, const REAL *x, REAL *y);                                                             \
    /* y += x. */                                                                                                      \
    void (*add)(size_t count, const REAL *x, REAL *y);                                                                 \
    /* y += a * b, element by element. */                                                                              \
    void (*multiply_add)(size_t count, const REAL *a, const REAL *b, REAL *y);                                         \
  } gatewise_kernels_##SUFFIX;                                                                                         \
                                                                                                                       \
  /* The table for `isa`, or NULL if gatewise_isa_supported(isa) is false. */                                          \
  const gatewise_kernels_##SUFFIX *gatewise_kernels_for_##SUFFIX(gatewise_isa isa);

GATEWISE_DECLARE_KERNELS(float, float)
GATEWISE_DECLARE_KERNELS(double, double)

/// The square root as one instruction. Unlike the C library's it does not set errno, so loops over it in Swift are
/// vectorized.
static inline float gatewise_square_root_float(float x) { return __builtin_elementwise_sqrt(x); }
static inline double gatewise_square_root_double(double x) { return __builtin_elementwise_sqrt(x); }

#endif
