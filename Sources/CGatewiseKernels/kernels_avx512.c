// x86-64 with AVX-512 (F, BW, DQ, VL): vectors of 64 bytes.
#include "tables.h"

#if GATEWISE_HAS_X86
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), \
                             apply_to = function)
#define ISA avx512
#define VECTOR_BYTES 64
#define TILE_ROWS 6
#define TALL_ROWS 6
#define TALL_VECTORS 4
#include "lanes.h"

// A masked load or store does not touch memory beyond the mask.
KERNEL vector_float load_first(size_t count, const float *x) {
  return (vector_float)_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), x);
}

KERNEL void store_first(size_t count, vector_float v, float *x) {
  _mm512_mask_storeu_ps(x, (__mmask16)((1u << count) - 1), (__m512)v);
}

KERNEL vector_double load_first(size_t count, const double *x) {
  return (vector_double)_mm512_maskz_loadu_pd((__mmask8)((1u << count) - 1), x);
}

KERNEL void store_first(size_t count, vector_double v, double *x) {
  _mm512_mask_storeu_pd(x, (__mmask8)((1u << count) - 1), (__m512d)v);
}

#include "kernels.h"
#pragma clang attribute pop

// Weights in 8 bits also need VNNI, which isa.c checks.
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma"))), \
                             apply_to = function)
#define CODE_ROWS 6
// The instruction multiplies unsigned x by signed w: 128 is added to x, and the sums start 128 times the sums of w
// lower.
#define CODE_OFFSET 128

KERNEL bits_float dot4(bits_float sum, bits_float x, bits_float w) {
  return (bits_float)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)x, (__m512i)w);
}

#include "kernels_int8.h"
#pragma clang attribute pop
#else
typedef int gatewise_no_avx512_here;  // ISO C requires a declaration in every file
#endif
