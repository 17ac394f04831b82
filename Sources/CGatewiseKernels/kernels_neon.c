// 64-bit ARM: vectors of 16 bytes with fused multiply-add, which every such processor has.
#include "tables.h"

#if GATEWISE_HAS_NEON
#define ISA neon
#define VECTOR_BYTES 16
#define TILE_ROWS 6
#define TALL_ROWS 6
#define TALL_VECTORS 4
#include "lanes.h"
#include "tail_copy.h"
#include "kernels.h"

#define CODE_ROWS 4
#if __ARM_FEATURE_DOTPROD
#include <arm_neon.h>
#define CODE_OFFSET 0

KERNEL bits_float dot4(bits_float sum, bits_float x, bits_float w) {
  return (bits_float)vdotq_s32((int32x4_t)sum, (int8x16_t)x, (int8x16_t)w);
}
#else
#include "dot4.h"
#endif
#include "kernels_int8.h"
#else
typedef int gatewise_no_neon_here;  // ISO C requires a declaration in every file
#endif
