// pack_factor and product, weight_gradient.

/// Checks c = a·B or += for these sizes; adds the error to `worst`.
static void check_product(const gatewise_kernels *kernels, size_t rows, size_t columns, size_t depth, bool adds,
                          double *worst) {
  const REAL *a = operand(rows * depth, 4), *transposed = operand(columns * depth, 1 / sqrt((double)(depth + 1)));
  const REAL *above = operand(rows * columns, 1);
  size_t count = kernels->packed_factor_count(columns, depth), half = kernels->part_start(columns, 1, 2);
  REAL *b = unset(depth * columns), *packed = unset(count), *whole = unset(count), *plain = unset(count);
  for (size_t n = 0; n < depth * columns; n += 1) b[n] = transposed[n % columns * depth + n / columns];
  kernels->pack_factor(&(gatewise_pack_factor){columns, depth, half, columns, true, transposed, packed});
  kernels->pack_factor(&(gatewise_pack_factor){columns, depth, 0, half, true, transposed, packed});
  kernels->pack_factor(&(gatewise_pack_factor){columns, depth, 0, columns, true, transposed, whole});
  kernels->pack_factor(&(gatewise_pack_factor){columns, depth, half, columns, false, b, plain});
  kernels->pack_factor(&(gatewise_pack_factor){columns, depth, 0, half, false, b, plain});
  expect(same(count, packed, whole), "pack_factor in two parts");
  expect(same(count, plain, whole), "pack_factor of B and of its transpose");
  for (size_t n = 0; n < count; n += 1) expect(packed[n] == packed[n], "pack_factor writes every element");

  REAL *c = adds ? copy_of(rows * columns, above) : unset(rows * columns);
  gatewise_product product = {rows, columns, depth, 0, columns, a, depth, 1, packed, c, adds};
  kernels->product(&product);

  REAL *in_parts = adds ? copy_of(rows * columns, above) : unset(rows * columns);
  product.c = in_parts;
  for (size_t part = 0; part < 3; part += 1) {
    (product.first = kernels->part_start(columns, part, 3), product.end = kernels->part_start(columns, part + 1, 3));
    kernels->product(&product);
  }
  expect(same(rows * columns, in_parts, c), "product in three parts");

  REAL *alone = adds ? copy_of(columns, above + (rows - 1) * columns) : unset(columns);
  gatewise_product row = {1, columns, depth, 0, columns, a + (rows - 1) * depth, depth, 1, packed, alone, adds};
  kernels->product(&row);
  expect(same(columns, alone, c + (rows - 1) * columns), "product of a row alone");

  REAL *a_transposed = unset(rows * depth), *turned = adds ? copy_of(rows * columns, above) : unset(rows * columns);
  for (size_t n = 0; n < rows * depth; n += 1) a_transposed[n] = a[n % rows * depth + n / rows];
  gatewise_product strided = {rows, columns, depth, 0, columns, a_transposed, 1, rows, packed, turned, adds};
  kernels->product(&strided);
  expect(same(rows * columns, turned, c), "product with a transposed");

  for (size_t n = 0; n < rows * columns; n += 1) {
    WIDE magnitude = 0, start = adds ? above[n] : 0;
    WIDE sum = plain_sum(depth, a + n / columns * depth, 1, transposed + n % columns * depth, 1, start, &magnitude);
    take_sum(worst, c[n], sum, magnitude);
  }
  expect(guards_hold(0), "product writes before its arrays");
}

static void check_products(const gatewise_kernels *kernels) {
  static const size_t depths[] = {0, 1, 3, 52, 131, 1023, 1024, 1025, 2500};
  double worst = 0;
  for (size_t H = 1; H <= 100; H += H < 40 ? 1 : H == 40 ? 24 : 36) {
    check_product(kernels, 1 + H * 3 % 20, H, 4 * H, true, &worst);
    check_product(kernels, 1 + H * 5 % 20, H, 4 * H, false, &worst);
  }
  for (size_t n = 0; n < sizeof depths / sizeof *depths; n += 1) {
    check_product(kernels, 5, 1 + n * 7, depths[n], n % 2, &worst);
    check_product(kernels, 2, 67, depths[n], n % 2 == 0, &worst);
  }
  report("product", worst, 4, "ulp of the sum of magnitudes");
}

/// The distance of one gradient [width, columns] from leftᵀ·δ; a NULL `left` means ones.
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

static void check_sums_over_rows(const gatewise_kernels *kernels, size_t rows, size_t I, size_t H, size_t columns,
                                double worst[2]) {
  const REAL *x = operand(rows * I, 1), *y = operand(rows * H, 1), *delta = operand(rows * columns, 4);
  REAL *dW = unset(I * columns), *dR = unset(H * columns), *db = unset(columns);
  gatewise_weight_gradient sums = {
    .rows = rows, .columns = columns, .end = columns, .left = {x, y}, .width = {I, H}, .delta = delta,
    .gradient = {dW, dR}, .bias = db, .scratch = unset(kernels->weight_gradient_scratch(rows, columns))};
  kernels->weight_gradient(&sums);

  gatewise_weight_gradient part = sums;
  REAL *dW_parts = unset(I * columns), *dR_parts = unset(H * columns), *db_parts = unset(columns);
  (part.gradient[0] = dW_parts, part.gradient[1] = dR_parts, part.bias = db_parts);
  // From the last part to the first, so that values written beyond a part's end remain.
  for (size_t n = 3; n-- > 0;) {
    (part.first = columns * n * n / 9, part.end = columns * (n + 1) * (n + 1) / 9);
    part.scratch = unset(kernels->weight_gradient_scratch(rows, part.end - part.first));
    kernels->weight_gradient(&part);
  }
  expect(same(I * columns, dW_parts, dW) && same(H * columns, dR_parts, dR) && same(columns, db_parts, db),
         "weight_gradient in three parts");

  gatewise_weight_gradient recurrent = sums;
  REAL *dR_alone = unset(H * columns);
  (recurrent.left[0] = NULL, recurrent.gradient[0] = NULL, recurrent.width[0] = 0);
  (recurrent.gradient[1] = dR_alone, recurrent.bias = NULL);
  kernels->weight_gradient(&recurrent);
  expect(same(H * columns, dR_alone, dR), "weight_gradient without x and bias");

  take_gradient(dW, rows, I, columns, x, delta, &worst[0]);
  take_gradient(dR, rows, H, columns, y, delta, &worst[0]);
  take_gradient(db, rows, 1, columns, NULL, delta, &worst[1]);
  expect(guards_hold(0), "weight_gradient writes before its arrays");
}

static void check_weight_gradient(const gatewise_kernels *kernels) {
  static const size_t rows[] = {0, 1, 2, 255, 256, 257, 600};
  double worst[2] = {0, 0};
  for (size_t columns = 1; columns <= 41; columns += 1)
    check_sums_over_rows(kernels, rows[columns % 7], columns * 3 % 21, 1 + columns * 5 % 20, columns, worst);
  for (size_t n = 0; n < 7; n += 1) check_sums_over_rows(kernels, rows[n], 33, 7, 131, worst);
  // Enough columns that every set copies the left factor.
  check_sums_over_rows(kernels, 257, 7, 5, 515, worst);
  report("weight_gradient", worst[0], 4, "ulp of the sum of magnitudes");
  report("db", worst[1], 4, "ulp of the sum of magnitudes");
}
