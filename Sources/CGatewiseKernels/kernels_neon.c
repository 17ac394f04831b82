// 64-bit ARM: vectors of 16 bytes with fused multiply-add, which every such processor has.
#include "tables.h"

#if GATEWISE_HAS_NEON
#define ISA neon
#define VECTOR_BYTES 16
#define TILE_ROWS 6
#include "lanes.h"
#include "tail_copy.h"
#include "kernels.h"
#else
typedef int gatewise_no_neon_here;  // ISO C wants a declaration in every file
#endif
