// pack_transposed and propagate, weight_gradient.

/// error = δ·Bᵀ or += for these sizes; adds to `worst`.
static void check_propagation(const OF(gatewise_kernels) *kernels, size_t rows, size_t units, size_t depth, bool adds,
                             double *worst) {
  const REAL *delta = operand(rows * depth, 4), *b = operand(units * depth, 1 / sqrt((double)(depth + 1)));
  const REAL *above = operand(rows * units, 1);
  size_t count = kernels->packed_transposed_count(units, depth), half = kernels->part_start(units, 1, 2);
  REAL *packed = unset(count), *whole = unset(count);
  kernels->pack_transposed(units, depth, half, units, b, packed);
  kernels->pack_transposed(units, depth, 0, half, b, packed);
  kernels->pack_transposed(units, depth, 0, units, b, whole);
  expect(same(count, packed, whole), "pack_transposed in two parts");
  for (size_t n = 0; n < count; n += 1) expect(packed[n] == packed[n], "pack_transposed writes every element");

  REAL *error = adds ? copy_of(rows * units, above) : unset(rows * units);
  OF(gatewise_propagate) product = {rows, units, depth, 0, units, delta, packed, error, adds};
  kernels->propagate(&product);

  REAL *in_parts = adds ? copy_of(rows * units, above) : unset(rows * units);
  product.error = in_parts;
  for (size_t part = 0; part < 3; part += 1) {
    (product.first = kernels->part_start(units, part, 3), product.end = kernels->part_start(units, part + 1, 3));
    kernels->propagate(&product);
  }
  expect(same(rows * units, in_parts, error), "propagate in three parts");

  REAL *alone = adds ? copy_of(units, above + (rows - 1) * units) : unset(units);
  OF(gatewise_propagate) row = {1, units, depth, 0, units, delta + (rows - 1) * depth, packed, alone, adds};
  kernels->propagate(&row);
  expect(same(units, alone, error + (rows - 1) * units), "propagate of a row alone");

  for (size_t n = 0; n < rows * units; n += 1) {
    WIDE magnitude = 0, start = adds ? above[n] : 0;
    WIDE sum = plain_sum(depth, delta + n / units * depth, 1, b + n % units * depth, 1, start, &magnitude);
    take_sum(worst, error[n], sum, magnitude);
  }
  expect(guards_hold(0), "propagate writes in front of its arrays");
}

static void check_propagate(const OF(gatewise_kernels) *kernels) {
  static const size_t depths[] = {0, 1, 3, 52, 131, 1023, 1024, 1025, 2500};
  double worst = 0;
  for (size_t H = 1; H <= 100; H += H < 40 ? 1 : H == 40 ? 24 : 36) {
    check_propagation(kernels, 1 + H * 3 % 20, H, 4 * H, true, &worst);
    check_propagation(kernels, 1 + H * 5 % 20, H, 4 * H, false, &worst);
  }
  for (size_t n = 0; n < sizeof depths / sizeof *depths; n += 1) {
    check_propagation(kernels, 5, 1 + n * 7, depths[n], n % 2, &worst);
    check_propagation(kernels, 2, 67, depths[n], n % 2 == 0, &worst);
  }
  report("propagate", worst, 4, "ulp of the sum of magnitudes");
}

/// The distance of one gradient [width, columns] from leftᵀ·δ; `left` NULL stands for ones.
static void take_gradient(const REAL *found, size_t rows, size_t width, size_t columns, const REAL *left,
                         const REAL *delta, double *worst) {
  static const REAL one = 1;
  for (size_t n = 0; n < width * columns; n += 1) {
    WIDE magnitude = 0;
    WIDE sum = plain_sum(rows, left ? left + n / columns : &one, left ? width : 0, delta + n % columns, columns, 0,
                         &magnitude);
    take_sum(worst, found[n], sum, magnitude);
  }
}

static void check_sums_over_rows(const OF(gatewise_kernels) *kernels, size_t rows, size_t I, size_t H, size_t columns,
                                double worst[2]) {
  const REAL *x = operand(rows * I, 1), *y = operand(rows * H, 1), *delta = operand(rows * columns, 4);
  REAL *dW = unset(I * columns), *dR = unset(H * columns), *db = unset(columns);
  OF(gatewise_weight_gradient) sums = {
    .rows = rows, .columns = columns, .end = columns, .left = {x, y}, .width = {I, H}, .delta = delta,
    .gradient = {dW, dR}, .bias = db, .scratch = unset(kernels->weight_gradient_scratch(rows, columns))};
  kernels->weight_gradient(&sums);

  OF(gatewise_weight_gradient) part = sums;
  REAL *dW_parts = unset(I * columns), *dR_parts = unset(H * columns), *db_parts = unset(columns);
  (part.gradient[0] = dW_parts, part.gradient[1] = dR_parts, part.bias = db_parts);
  // From the last to the first: what a part writes behind its end stays.
  for (size_t n = 3; n-- > 0;) {
    (part.first = columns * n * n / 9, part.end = columns * (n + 1) * (n + 1) / 9);
    part.scratch = unset(kernels->weight_gradient_scratch(rows, part.end - part.first));
    kernels->weight_gradient(&part);
  }
  expect(same(I * columns, dW_parts, dW) && same(H * columns, dR_parts, dR) && same(columns, db_parts, db),
         "weight_gradient in three parts");

  OF(gatewise_weight_gradient) recurrent = sums;
  REAL *dR_alone = unset(H * columns);
  (recurrent.left[0] = NULL, recurrent.gradient[0] = NULL, recurrent.width[0] = 0);
  (recurrent.gradient[1] = dR_alone, recurrent.bias = NULL);
  kernels->weight_gradient(&recurrent);
  expect(same(H * columns, dR_alone, dR), "weight_gradient without x and bias");

  take_gradient(dW, rows, I, columns, x, delta, &worst[0]);
  take_gradient(dR, rows, H, columns, y, delta, &worst[0]);
  take_gradient(db, rows, 1, columns, NULL, delta, &worst[1]);
  expect(guards_hold(0), "weight_gradient writes in front of its arrays");
}

static void check_weight_gradient(const OF(gatewise_kernels) *kernels) {
  static const size_t rows[] = {0, 1, 2, 255, 256, 257, 600};
  double worst[2] = {0, 0};
  for (size_t columns = 1; columns <= 41; columns += 1)
    check_sums_over_rows(kernels, rows[columns % 7], columns * 3 % 21, 1 + columns * 5 % 20, columns, worst);
  for (size_t n = 0; n < 7; n += 1) check_sums_over_rows(kernels, rows[n], 33, 7, 131, worst);
  // So many columns that every set copies the left factor.
  check_sums_over_rows(kernels, 257, 7, 5, 515, worst);
  report("weight_gradient", worst[0], 4, "ulp of the sum of magnitudes");
  report("db", worst[1], 4, "ulp of the sum of magnitudes");
}
