// The bits of all kernels' results for the same operands, as one number, which is equal for all sets with fused
// multiply-adds. It is printed for scripts/check/neon to compare.

/// FNV-1a.
static unsigned long long bits_sum;

static void add_bits(size_t count, const REAL *x) {
  const unsigned char *bytes = (const unsigned char *)x;
  for (size_t n = 0; n < count * sizeof *x; n += 1) bits_sum = (bits_sum ^ bytes[n]) * 1099511628211u;
}

static void add_function_bits(const gatewise_kernels *kernels, size_t count) {
  const REAL *x = operand(count, 9), *a = operand(count, 1);
  REAL *y = copy_of(count, x), logarithm;
  kernels->sigmoid(count, x, y);
  add_bits(count, y);
  kernels->tanh(count, x, y);
  add_bits(count, y);
  logarithm = kernels->softmax(count, x, y);
  (add_bits(count, y), add_bits(1, &logarithm));
  kernels->add(count, x, y);
  kernels->multiply_add(count, a, x, y);
  add_bits(count, y);
}

static void add_step_bits(const gatewise_kernels *kernels, size_t rows, size_t I, size_t H, bool peepholes) {
  struct layer layer = random_layer(kernels, rows, I, H, peepholes);
  struct result step = recurrent(kernels, &layer, 0, rows, NULL, false);
  (add_bits(rows * 4 * H, step.gates), add_bits(rows * H, step.c), add_bits(rows * H, step.h));
  const REAL *dh = operand(rows * H, 1);
  REAL *delta = unset(rows * 4 * H), *dc = operand(rows * H, 1);
  gatewise_backward_step backward = {rows, H, 0, H, step.gates, delta, layer.c, step.c, dh, dc,
                                         layer.p_i, layer.p_f, layer.p_o, 0};
  kernels->backward_step(&backward);
  (add_bits(rows * 4 * H, delta), add_bits(rows * H, dc));

  REAL *packed = unset(kernels->packed_factor_count(H, 4 * H)), *error = operand(rows * H, 1);
  kernels->pack_factor(&(gatewise_pack_factor){H, 4 * H, 0, H, true, layer.r, packed});
  gatewise_product product = {rows, H, 4 * H, 0, H, delta, 4 * H, 1, packed, error, true};
  kernels->product(&product);
  add_bits(rows * H, error);

  REAL *dW = unset(I * 4 * H), *dR = unset(H * 4 * H), *db = unset(4 * H);
  gatewise_weight_gradient sums = {
    .rows = rows, .columns = 4 * H, .end = 4 * H, .left = {layer.x, layer.y}, .width = {I, H}, .delta = delta,
    .gradient = {dW, dR}, .bias = db, .scratch = unset(kernels->weight_gradient_scratch(rows, 4 * H))};
  kernels->weight_gradient(&sums);
  (add_bits(I * 4 * H, dW), add_bits(H * 4 * H, dR), add_bits(4 * H, db));
  expect(guards_hold(0), "a kernel writes before its arrays");
}

/// The same operands for every set.
static void print_bits(const gatewise_kernels *kernels) {
  unsigned long long state = random_state;
  (random_state = 1234567, bits_sum = 14695981039346656037u);
  for (size_t count = 1; count <= 70; count += 1) {
    add_function_bits(kernels, count);
    expect(guards_hold(0), "a function writes before its arrays");
  }
  for (size_t H = 1; H <= 40; H += 1) add_step_bits(kernels, 1 + H * 3 % 20, H * 5 % 23, H, H % 2);
  add_step_bits(kernels, 300, 33, 70, true);
  random_state = state;
  printf("%-8s %-6s  bits %016llx\n", report_set, report_type, bits_sum);
}
