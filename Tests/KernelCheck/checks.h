// All checks over REAL against arithmetic in WIDE, for one table of kernels. The includer defines both, WIDE_(f) for
// the C library's f in WIDE, ULP_BOUND for sigmoid and tanh, EXP_IS_0_AT for the end of the range of e^x, and the
// format of REAL.
#include "gatewise_kernels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guarded.h"
#include "report.h"

#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)
#define OF(name) JOIN(name, REAL)

/// Random operands in guarded memory.
static REAL *operand(size_t count, double magnitude) {
  REAL *x = guarded(count * sizeof *x);
  for (size_t n = 0; n < count; n += 1) x[n] = (REAL)random_between(-magnitude, magnitude);
  return x;
}

/// A result, initially NaN.
static REAL *unset(size_t count) { return guarded(count * sizeof(REAL)); }

static REAL *copy_of(size_t count, const REAL *x) { return memcpy(guarded(count * sizeof *x), x, count * sizeof *x); }

static bool same(size_t count, const REAL *a, const REAL *b) { return memcmp(a, b, count * sizeof *a) == 0; }

/// The distance in units in the last place that REAL has at `reference`, denormals included.
static double ulps(REAL value, WIDE reference) {
  int exponent = LEAST_EXPONENT;
  if (reference != 0 && WIDE_(ilogb)(reference) > exponent) exponent = WIDE_(ilogb)(reference);
  return (double)WIDE_(ldexp)(WIDE_(fabs)(value - reference), MANTISSA_BITS - exponent);
}

/// start + sum of a[k · a_step] · b[k · b_step]; adds the terms' magnitudes to `magnitude`.
static WIDE plain_sum(size_t depth, const REAL *a, size_t a_step, const REAL *b, size_t b_step, WIDE start,
                      WIDE *magnitude) {
  WIDE sum = start;
  *magnitude += WIDE_(fabs)(start);
  for (size_t k = 0; k < depth; k += 1) {
    WIDE term = (WIDE)a[k * a_step] * b[k * b_step];
    sum += term;
    *magnitude += WIDE_(fabs)(term);
  }
  return sum;
}

/// The distance of `found` in ulp of the sum of magnitudes.
static void take_sum(double *worst, REAL found, WIDE sum, WIDE magnitude) {
  if (found != sum) take(worst, (double)(WIDE_(fabs)(found - sum) / (magnitude * EPSILON)));
}

static WIDE plain_sigmoid(WIDE x) {
  return x >= 0 ? 1 / (1 + WIDE_(exp)(-x)) : WIDE_(exp)(x) / (1 + WIDE_(exp)(x));
}

#include "elementwise_checks.h"
#include "step_checks.h"
#include "forward_product_checks.h"
#include "backward_product_checks.h"
#include "bits_checks.h"

/// Returns 0 if all checks pass; `set` names the table in the output.
int JOIN(kernel_check, REAL)(const char *set, const gatewise_kernels *kernels) {
  begin_report(set, sizeof(REAL) == sizeof(float) ? "Float" : "Double");
  check_functions(kernels);
  check_special_values(kernels);
  check_softmax(kernels);
  check_sums(kernels);
  check_steps(kernels);
  check_forward_products(kernels);
  check_unit_parts(kernels);
  check_products(kernels);
  check_weight_gradient(kernels);
  print_bits(kernels);
  return report_failed;
}
