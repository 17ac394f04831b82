// The checks in Float, against Double.
#define REAL float
#define WIDE double
#define WIDE_(function) function
#define EPSILON __FLT_EPSILON__
#define MANTISSA_BITS 23
#define LEAST_EXPONENT (-126)
#define EXP_IS_0_AT (-110)
#define ULP_BOUND 2
#include "checks.h"
#include "int8_checks.h"
