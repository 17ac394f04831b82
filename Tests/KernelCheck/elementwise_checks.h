// sigmoid, tanh, softmax, add, multiply_add.
#define POINTS 4096

static void take_functions(const gatewise_kernels *kernels, size_t count, const REAL *x, double worst[2]) {
  static REAL y[POINTS];
  kernels->sigmoid(count, x, y);
  for (size_t n = 0; n < count; n += 1) take(&worst[0], ulps(y[n], plain_sigmoid(x[n])));
  kernels->tanh(count, x, y);
  for (size_t n = 0; n < count; n += 1) take(&worst[1], ulps(y[n], WIDE_(tanh)(x[n])));
}

/// Numbers of every exponent and both signs; around every change of the range reduction's integer; and most where the
/// functions are most curved.
static void check_functions(const gatewise_kernels *kernels) {
  static REAL x[POINTS];
  double worst[2] = {0, 0};
  for (int exponent = LEAST_EXPONENT - MANTISSA_BITS; exponent <= 1 - LEAST_EXPONENT; exponent += 1) {
    for (size_t n = 0; n < 64; n += 1)
      x[n] = (REAL)WIDE_(ldexp)(n == 0 ? 1 : n == 1 ? 2 - EPSILON : (WIDE)random_between(1, 2), exponent);
    for (size_t n = 64; n < 128; n += 1) x[n] = -x[n - 64];
    take_functions(kernels, 128, x, worst);
  }
  for (int k = 0; k <= 1080; k += 1) {
    for (int n = 0; n < 34; n += 1) {
      REAL t = (REAL)((k + 0.5) * 0.6931471805599453 * (1 + (n / 2 - 8) * (double)EPSILON));
      x[2 * n] = n % 2 ? -t : t;
      x[2 * n + 1] = x[2 * n] / 2;
    }
    take_functions(kernels, 68, x, worst);
  }
  for (int block = 0; block < 60; block += 1) {
    double limit = block % 3 == 0 ? 1 : block % 3 == 1 ? 10 : 100;
    for (size_t n = 0; n < POINTS; n += 1) x[n] = (REAL)random_between(-limit, limit);
    take_functions(kernels, POINTS, x, worst);
  }
  report("sigmoid", worst[0], ULP_BOUND, "ulp");
  report("tanh", worst[1], ULP_BOUND, "ulp");
}

static void check_special_values(const gatewise_kernels *kernels) {
  const REAL infinity = (REAL)INFINITY, tiny = (REAL)WIDE_(ldexp)(1, LEAST_EXPONENT - MANTISSA_BITS);
  const REAL x[] = {0, (REAL)-0.0, tiny, -tiny, 3 * tiny, infinity, -infinity, (REAL)NAN};
  const REAL sigmoids[] = {0.5, 0.5, 0.5, 0.5, 0.5, 1, 0}, tangents[] = {0, (REAL)-0.0, tiny, -tiny, 3 * tiny, 1, -1};
  REAL y[8];
  kernels->sigmoid(8, x, y);
  expect(same(7, y, sigmoids) && y[7] != y[7], "sigmoid of 0, denormals, infinities and NaN");
  kernels->tanh(8, x, y);
  expect(same(7, y, tangents) && y[7] != y[7], "tanh of 0, denormals, infinities and NaN");
}

/// Checks one row; adds to `worst` of the softmax, as a fraction of `bound`, and of the logarithm.
static void check_row(const gatewise_kernels *kernels, size_t count, const REAL *x, double bound, double worst[2]) {
  REAL *y = unset(count), *z = copy_of(count, x), largest = x[0];
  for (size_t n = 0; n < count; n += 1) largest = x[n] > largest ? x[n] : largest;
  WIDE sum = 0;
  // The kernel rounds x - max x to REAL first.
  for (size_t n = 0; n < count; n += 1) sum += WIDE_(exp)((REAL)(x[n] - largest));
  REAL log_sum_exp = kernels->softmax(count, x, y);
  for (size_t n = 0; n < count; n += 1)
    take(&worst[0], ulps(y[n], WIDE_(exp)((REAL)(x[n] - largest)) / sum) / bound);
  WIDE reference = largest + WIDE_(log)(sum), unit = WIDE_(fabs)(reference) > 1 ? WIDE_(fabs)(reference) : 1;
  take(&worst[1], (double)(WIDE_(fabs)(log_sum_exp - reference) / (unit * EPSILON)));
  expect(kernels->softmax(count, z, z) == log_sum_exp && same(count, z, y), "softmax in place");
}

/// Rows of two, down through the denormals, test the exponential; long rows the sum too.
static void check_softmax(const gatewise_kernels *kernels) {
  double pairs[2] = {0, 0}, rows[2] = {0, 0};
  for (int n = 0; n < 20000; n += 1) {
    REAL *x = unset(2);
    (x[0] = 0, x[1] = (REAL)random_between(EXP_IS_0_AT, 0));
    check_row(kernels, 2, x, 1, pairs);
    expect(guards_hold(0), "softmax writes before its arrays");
  }
  for (size_t count = 1; count <= 257; count += count < 70 ? 1 : 187) {
    // 3 for exponential and quotient, as above, and at most 1 for every addition.
    check_row(kernels, count, operand(count, 30), 3 + (double)count, rows);
    expect(guards_hold(0), "softmax writes before its arrays");
  }
  report("softmax(0, x)", pairs[0], 3, "ulp");
  report("softmax", rows[0], 1, "of 3 ulp + 1 for every element");
  report("log-sum-exp", pairs[1] > rows[1] ? pairs[1] : rows[1], 1, "ulp of the result, or of 1");
}

static void check_sums(const gatewise_kernels *kernels) {
  double worst[2] = {0, 0};
  for (size_t count = 0; count <= 70; count += 1) {
    const REAL *a = operand(count, 9), *b = operand(count, 9), *before = operand(count, 9);
    REAL *y = copy_of(count, before), *z = copy_of(count, before);
    kernels->add(count, a, y);
    kernels->multiply_add(count, a, b, z);
    for (size_t n = 0; n < count; n += 1) {
      WIDE terms[] = {before[n], a[n], (WIDE)a[n] * b[n]}, first = WIDE_(fabs)(terms[0]);
      take_sum(&worst[0], y[n], terms[0] + terms[1], first + WIDE_(fabs)(terms[1]));
      take_sum(&worst[1], z[n], terms[0] + terms[2], first + WIDE_(fabs)(terms[2]));
    }
    expect(guards_hold(0), "add or multiply_add writes before its arrays");
  }
  report("add", worst[0], 1, "ulp of the sum of magnitudes");
  report("multiply_add", worst[1], 1, "ulp of the sum of magnitudes");
}
