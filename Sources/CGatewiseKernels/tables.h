// The tables that the files of the instruction sets define and isa.c returns.
#ifndef GATEWISE_TABLES_H
#define GATEWISE_TABLES_H

#include "gatewise_int8.h"
#include "gatewise_kernels.h"

// Operands have no type: steps from one of them count elements only once it has been given the type REAL.
#pragma clang diagnostic error "-Wpointer-arith"

#if defined(__x86_64__)
#define GATEWISE_HAS_X86 1
#else
#define GATEWISE_HAS_X86 0
#endif

#if defined(__aarch64__)
#define GATEWISE_HAS_NEON 1
#else
#define GATEWISE_HAS_NEON 0
#endif

extern const gatewise_kernels gatewise_table_portable_float, gatewise_table_neon_float, gatewise_table_avx2_float,
                              gatewise_table_avx512_float, gatewise_table_portable_double, gatewise_table_neon_double,
                              gatewise_table_avx2_double, gatewise_table_avx512_double;
extern const gatewise_int8_kernels gatewise_int8_table_portable, gatewise_int8_table_neon, gatewise_int8_table_avx2,
                                   gatewise_int8_table_avx512;

/// The bytes by which a tile of 64-byte vectors fetches its panel ahead; 0: it leaves this to the processor. isa.c sets
/// it before anything runs.
extern size_t gatewise_panel_ahead;

#endif
