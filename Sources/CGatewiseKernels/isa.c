// Which instruction sets this build carries and this processor runs, and what else the kernels ask of the processor.
#include "tables.h"

size_t gatewise_panel_ahead = 0;

#if GATEWISE_HAS_X86
#include <cpuid.h>

/// The bytes of the nearest data cache, as the processor states them; 0 if it does not.
static size_t nearest_cache(void) {
  // Intel describes its caches in the first leaf, AMD in the second.
  const unsigned leaves[] = {4, 0x8000001d};
  for (size_t n = 0; n < 2; n += 1) {
    unsigned a, b, c, d;
    if (!__get_cpuid_count(leaves[n], 0, &a, &b, &c, &d) || (a & 31) != 1) continue;
    size_t ways = (b >> 22) + 1, partitions = (b >> 12 & 1023) + 1, line = (b & 4095) + 1, sets = c + 1;
    return ways * partitions * line * sets;
  }
  return 0;
}

// A core with two units for 64-byte vectors takes a row of a panel every 12 cycles, which its own prefetching does not
// keep up with (README.md, The tile). The processor does not state its units; but of those measured, cores with 48 KiB
// gain by it, and cores with half the rate and 32 KiB do not.
__attribute__((constructor)) static void choose_panel_ahead(void) {
  if (nearest_cache() >= 48 << 10) gatewise_panel_ahead = 3072;
}

// __builtin_cpu_supports also checks by XGETBV that the operating system saves the wider registers.
static bool has_avx2(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool has_avx512(void) {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
      && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

static bool has_vnni(void) { return __builtin_cpu_supports("avx512vnni"); }
#endif

const char *gatewise_isa_missing(gatewise_isa isa) {
  switch (isa) {
  case GATEWISE_ISA_PORTABLE: return "";
  case GATEWISE_ISA_NEON:     return GATEWISE_HAS_NEON ? "" : "NEON, which only 64-bit ARM has";
#if GATEWISE_HAS_X86
  case GATEWISE_ISA_AVX2:     return has_avx2() ? "" : "AVX2 and FMA";
  case GATEWISE_ISA_AVX512:   return has_avx512() ? "" : "AVX-512 (F, BW, DQ, VL)";
#else
  case GATEWISE_ISA_AVX2:
  case GATEWISE_ISA_AVX512:   return "AVX, which only x86-64 has";
#endif
  }
  return "a known name";
}

bool gatewise_isa_supported(gatewise_isa isa) { return gatewise_isa_missing(isa)[0] == '\0'; }

#if GATEWISE_HAS_X86
#define X86_TABLES(SUFFIX)                                                   \
  case GATEWISE_ISA_AVX2:   return &gatewise_table_avx2_##SUFFIX;            \
  case GATEWISE_ISA_AVX512: return &gatewise_table_avx512_##SUFFIX;
#else
#define X86_TABLES(SUFFIX)
#endif

#if GATEWISE_HAS_NEON
#define NEON_TABLES(SUFFIX) case GATEWISE_ISA_NEON: return &gatewise_table_neon_##SUFFIX;
#else
#define NEON_TABLES(SUFFIX)
#endif

#define DEFINE_KERNELS_FOR(SUFFIX)                                                        \
  const gatewise_kernels *gatewise_kernels_for_##SUFFIX(gatewise_isa isa) {               \
    if (!gatewise_isa_supported(isa)) return NULL;                                        \
    switch (isa) {                                                                        \
    case GATEWISE_ISA_PORTABLE: return &gatewise_table_portable_##SUFFIX;                 \
    X86_TABLES(SUFFIX)                                                                    \
    NEON_TABLES(SUFFIX)                                                                   \
    default: return NULL;                                                                 \
    }                                                                                     \
  }

DEFINE_KERNELS_FOR(float)
DEFINE_KERNELS_FOR(double)

const gatewise_int8_kernels *gatewise_int8_kernels_for(gatewise_isa isa) {
  if (!gatewise_isa_supported(isa)) return NULL;
  switch (isa) {
  case GATEWISE_ISA_PORTABLE: return &gatewise_int8_table_portable;
#if GATEWISE_HAS_NEON
  case GATEWISE_ISA_NEON:     return &gatewise_int8_table_neon;
#endif
#if GATEWISE_HAS_X86
  case GATEWISE_ISA_AVX2:     return &gatewise_int8_table_avx2;
  // Parts of units for wider vectors are valid parts for narrower ones too.
  case GATEWISE_ISA_AVX512:   return has_vnni() ? &gatewise_int8_table_avx512 : &gatewise_int8_table_avx2;
#endif
  default: return NULL;
  }
}
