// x86-64 with AVX2 and FMA: vectors of 32 bytes.
#include "tables.h"

#if GATEWISE_HAS_X86
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define ISA avx2
#define VECTOR_BYTES 32
#define TILE_ROWS 3
#define TALL_ROWS 6
#define TALL_VECTORS 2
#include "lanes.h"

// A masked load or store does not touch memory beyond the mask.
KERNEL __m256i first_of_8(size_t count) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

KERNEL __m256i first_of_4(size_t count) {
  return _mm256_cmpgt_epi64(_mm256_set1_epi64x((long long)count), _mm256_setr_epi64x(0, 1, 2, 3));
}

KERNEL vector_float load_first(size_t count, const float *x) {
  return (vector_float)_mm256_maskload_ps(x, first_of_8(count));
}

KERNEL void store_first(size_t count, vector_float v, float *x) {
  _mm256_maskstore_ps(x, first_of_8(count), (__m256)v);
}

KERNEL vector_double load_first(size_t count, const double *x) {
  return (vector_double)_mm256_maskload_pd(x, first_of_4(count));
}

KERNEL void store_first(size_t count, vector_double v, double *x) {
  _mm256_maskstore_pd(x, first_of_4(count), (__m256d)v);
}

#include "kernels.h"

#define CODE_ROWS 2
#define CODE_OFFSET 0

// The instruction multiplies unsigned by signed and adds two products in 16 bits, which hold 2 · 127²: so it gets |x|
// and w with the sign of x.
KERNEL bits_float dot4(bits_float sum, bits_float x, bits_float w) {
  __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8((__m256i)x), _mm256_sign_epi8((__m256i)w, (__m256i)x));
  return sum + (bits_float)_mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
}

#include "kernels_int8.h"
#pragma clang attribute pop
#else
typedef int gatewise_no_avx2_here;  // ISO C requires a declaration in every file
#endif
