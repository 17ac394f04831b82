// Gate arithmetic of the LSTM, forward and backward, in Float and Double, one table of kernels per
// instruction set. README.md beside this folder states every kernel's operation, aliasing and traps.
//
// Letters: H hidden units of a layer; rows sequences of one time step. All arrays are row-major and contiguous;
// the last index runs fastest; gate blocks lie in the order i, f, g, o. No pointer needs to be aligned.
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
/// What the processor lacks for `isa`, as words for a message ("AVX-512 (F, BW, DQ, VL)"); "" where it lacks nothing.
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
  /* One step forward with its recurrent product: gates += y_previous R, then step. */                                 \
  typedef struct {                                                                                                     \
    gatewise_forward_step_##SUFFIX step; /* gates in: x_t W + b */                                                     \
    const REAL *y_previous; /* [rows, H]   y_{t-1}; must not be step.h */                                              \
    const REAL *packed;     /* what pack_recurrent made of R [H, 4H] */                                                \
  } gatewise_recurrent_step_##SUFFIX;                                                                                  \
                                                                                                                       \
  /* One step of the full backward (BPTT) for `rows` sequences. */                                                     \
  typedef struct {                                                                                                     \
    size_t rows, hidden;                                                                                               \
    const REAL *gates;      /* [rows, 4H]  activations i, f, g, o */                                                   \
    REAL *delta;            /* [rows, 4H]  out: dE/da_t; may be gates itself */                                        \
    const REAL *c_previous; /* [rows, H]   c_{t-1} */                                                                  \
    const REAL *c;          /* [rows, H]   c_t */                                                                      \
    const REAL *dh;         /* [rows, H]   dE/dh_t, complete */                                                        \
    REAL *dc;               /* [rows, H]   in: what step t+1 left, dc_{t+1} f_{t+1} + p_i d^i_{t+1} + p_f d^f_{t+1} */ \
                            /*             out: the same for step t-1 */                                               \
    const REAL *p_i, *p_f, *p_o; /* [H] peepholes, or all three NULL */                                                \
  } gatewise_backward_step_##SUFFIX;                                                                                   \
                                                                                                                       \
  typedef struct {                                                                                                     \
    void (*forward_step)(const gatewise_forward_step_##SUFFIX *step);                                                  \
    void (*backward_step)(const gatewise_backward_step_##SUFFIX *step);                                                \
    /* Elements of the packed R of a layer of `hidden` units. */                                                       \
    size_t (*packed_count)(size_t hidden);                                                                             \
    /* Packs r [H, 4H] for recurrent_step of this table. */                                                            \
    void (*pack_recurrent)(size_t hidden, const REAL *r, REAL *packed);                                                \
    void (*recurrent_step)(const gatewise_recurrent_step_##SUFFIX *step);                                              \
    /* Elements of the packed R transposed. */                                                                         \
    size_t (*packed_transposed_count)(size_t hidden);                                                                  \
    /* Packs r [H, 4H] for propagate of this table. */                                                                 \
    void (*pack_recurrent_transposed)(size_t hidden, const REAL *r, REAL *packed);                                     \
    /* dh [rows, H] += delta [rows, 4H] R^T. */                                                                        \
    void (*propagate)(size_t rows, size_t hidden, const REAL *delta, const REAL *packed, REAL *dh);                    \
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
  /* The table for `isa`, or NULL where gatewise_isa_supported(isa) is false. */                                       \
  const gatewise_kernels_##SUFFIX *gatewise_kernels_for_##SUFFIX(gatewise_isa isa);

GATEWISE_DECLARE_KERNELS(float, float)
GATEWISE_DECLARE_KERNELS(double, double)

/// The square root as one instruction. Unlike the C library's it sets no errno, and so loops over it in Swift become
/// vector code.
static inline float gatewise_square_root_float(float x) { return __builtin_elementwise_sqrt(x); }
static inline double gatewise_square_root_double(double x) { return __builtin_elementwise_sqrt(x); }

#endif
