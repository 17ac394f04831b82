// The checks in Double, against long double: 113 bits of mantissa on 64-bit ARM, 64 on x86-64.
#define REAL double
#define WIDE long double
#define WIDE_(function) function##l
#define EPSILON __DBL_EPSILON__
#define MANTISSA_BITS 52
#define LEAST_EXPONENT (-1022)
#define EXP_IS_0_AT (-760)
#define ULP_BOUND 4
#include "checks.h"
