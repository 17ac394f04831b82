// Weights in 8 bits: int8 kernels, in Float.
#include "gatewise_int8.h"

/// One number's code, and the scale of `count` numbers, `step` apart.
static int plain_code(REAL x, REAL largest) { return largest < 0x1p-100f ? 0 : (int)nearbyintf(x * (127 / largest)); }

static REAL plain_largest(size_t count, const REAL *x, size_t step) {
  REAL largest = 0;
  for (size_t k = 0; k < count; k += 1) largest = fmaxf(largest, fabsf(x[k * step]));
  return largest;
}

/// scale · scale · sum of the codes' products, for one row and one column.
static WIDE plain_code_product(size_t depth, const REAL *x, const REAL *column, size_t columns) {
  REAL of_x = plain_largest(depth, x, 1), of_w = plain_largest(depth, column, columns);
  long long sum = 0;
  for (size_t k = 0; k < depth; k += 1)
    sum += (long long)plain_code(x[k], of_x) * plain_code(column[k * columns], of_w);
  return (WIDE)sum * (of_x < 0x1p-100f ? 0 : of_x / 127) * (of_w < 0x1p-100f ? 0 : of_w / 127);
}

/// Integers from -127 to 127, the first of each of `groups` being ±127, times a power of two per group; all ±127 if
/// `largest`. Element k of group n is at n · group_step + k · step.
static void fill_codes(REAL *x, size_t groups, size_t group_step, size_t count, size_t step, bool largest) {
  for (size_t n = 0; n < groups; n += 1) {
    for (size_t k = 0; k < count; k += 1) {
      double code = largest ? 127 : floor(random_between(-127, 128));
      if (k == 0 || largest) code = random_between(-1, 2) < 0 ? -127 : 127;
      x[n * group_step + k * step] = (REAL)ldexp(code, (int)(n % 5) - 2);
    }
  }
}

static REAL *int8_packed(const gatewise_int8_kernels *kernels, const struct layer *layer, size_t half) {
  size_t count = kernels->packed_count(layer->I, layer->H);
  REAL *packed = unset(count), *whole = unset(count);
  gatewise_pack_gates pack = {layer->I, layer->H, half, layer->H, GATEWISE_INT8, layer->w, layer->r, layer->b, packed};
  kernels->pack_gates(&pack);
  (pack.first = 0, pack.end = half);
  kernels->pack_gates(&pack);
  (pack.end = layer->H, pack.packed = whole);
  kernels->pack_gates(&pack);
  expect(same(count, packed, whole), "int8 pack_gates in two parts");
  return packed;
}

/// Integer products are exact for all signs: scales are powers of two, so no rounding hides an error.
static void check_integer_product(const gatewise_int8_kernels *kernels, size_t half, size_t rows, size_t I, size_t H,
                                  bool largest) {
  REAL *x = operand(rows * I, 0), *w = operand(I * 4 * H, 0), *r = operand(H * 4 * H, 0), *b = operand(4 * H, 0);
  fill_codes(x, rows, I, I, 1, largest);
  fill_codes(w, 4 * H, 1, I, 4 * H, largest);
  struct layer layer = {.rows = rows, .I = I, .H = H, .w = w, .r = r, .b = b, .x = x};
  REAL *gates = unset(rows * 4 * H), *packed = int8_packed(kernels, &layer, half);
  gatewise_input_product product = {rows, I, H, 0, H, x, packed, GATEWISE_INT8, gates,
                                    unset(kernels->scratch_count(rows, I, 0))};
  kernels->input_product(&product);
  bool exact = true;
  for (size_t n = 0; n < rows * 4 * H; n += 1)
    exact = exact && gates[n] == (REAL)plain_code_product(I, x + n / (4 * H) * I, w + n % (4 * H), 4 * H);
  expect(exact, largest ? "int8 sums of the largest products are exact" : "int8 sums are exact");
  expect(guards_hold(0), "an int8 input product writes before its arrays");
}

static struct result int8_recurrent(const gatewise_int8_kernels *kernels, const struct layer *layer, size_t row,
                                    size_t count, const REAL *inputs_done, bool reverses) {
  size_t H = layer->H;
  struct result result = {unset(count * 4 * H), unset(count * H), unset(count * H)};
  gatewise_recurrent_step step = {
    .step = {count, H, result.gates, layer->c + row * H, result.c, result.h, layer->p_i, layer->p_f, layer->p_o},
    .inputs = layer->I, .end = H, .x = inputs_done ? NULL : layer->x + row * layer->I, .inputs_done = inputs_done,
    .y_previous = layer->y + row * H, .packed = layer->packed, .reverses = reverses};
  step.scratch = unset(kernels->scratch_count(count, layer->I, H));
  kernels->recurrent_step(&step);
  return result;
}

static void check_int8_step(const gatewise_kernels *float_kernels, const gatewise_int8_kernels *kernels,
                            size_t rows, size_t I, size_t H, bool peepholes, double *worst) {
  struct layer layer = random_layer(float_kernels, rows, I, H, peepholes);
  layer.packed = int8_packed(kernels, &layer, float_kernels->part_start(H, 1, 2));
  REAL *inputs = unset(rows * 4 * H);
  gatewise_input_product product = {rows, I, H, 0, H, layer.x, layer.packed, GATEWISE_INT8, inputs,
                                    unset(kernels->scratch_count(rows, I, 0))};
  kernels->input_product(&product);
  struct result fused = int8_recurrent(kernels, &layer, 0, rows, NULL, false);
  struct result behind = int8_recurrent(kernels, &layer, 0, rows, inputs, true);
  expect(same_results(&layer, behind, fused, 0, rows), "int8 recurrent_step after input_product, reversed");
  struct result alone = int8_recurrent(kernels, &layer, rows - 1, 1, NULL, false);
  expect(same_results(&layer, alone, fused, rows - 1, 1), "int8 recurrent_step of a row alone");

  REAL *over = inputs, *c = copy_of(rows * H, layer.c), *h = unset(rows * H);
  for (size_t part = 3; part-- > 0;) {
    gatewise_recurrent_step step = {
      .step = {rows, H, over, c, c, h, layer.p_i, layer.p_f, layer.p_o}, .inputs = I,
      .first = float_kernels->part_start(H, part, 3), .end = float_kernels->part_start(H, part + 1, 3),
      .inputs_done = over, .y_previous = layer.y, .packed = layer.packed};
    step.scratch = unset(kernels->scratch_count(rows, I, H));
    kernels->recurrent_step(&step);
  }
  struct result in_parts = {over, c, h};
  expect(same_results(&layer, in_parts, fused, 0, rows), "int8 recurrent_step in place and in parts");

  for (size_t n = 0; n < rows * H; n += 1) {
    size_t row = n / H, j = n % H;
    WIDE a[4], unit[6], p[3] = {0, 0, 0};
    for (size_t gate = 0; gate < 4; gate += 1) {
      size_t column = gate * H + j;
      a[gate] = layer.b[column] + plain_code_product(I, layer.x + row * I, layer.w + column, 4 * H)
              + plain_code_product(H, layer.y + row * H, layer.r + column, 4 * H);
    }
    if (peepholes) (p[0] = layer.p_i[j], p[1] = layer.p_f[j], p[2] = layer.p_o[j]);
    plain_unit(a, layer.c[n], peepholes ? p : NULL, unit);
    for (size_t gate = 0; gate < 4; gate += 1) take_of_1(worst, fused.gates[(row * 4 + gate) * H + j], unit[gate]);
    take_of_1(worst, fused.c[n], unit[4]);
    take_of_1(worst, fused.h[n], unit[5]);
  }
  expect(guards_hold(0), "an int8 step writes before its arrays");
}

/// A row with NaN or infinity affects only itself; one that counts as zero gives b.
static void check_int8_special_rows(const gatewise_int8_kernels *kernels) {
  REAL *x = operand(4 * 5, 1), *w = operand(5 * 4, 1), *r = operand(4, 1), *b = operand(4, 1), *gates = unset(4 * 4);
  (x[3] = (REAL)INFINITY, x[7] = (REAL)NAN);
  for (size_t k = 10; k < 15; k += 1) x[k] = (REAL)ldexp(1, -149);
  struct layer layer = {.rows = 4, .I = 5, .H = 1, .w = w, .r = r, .b = b, .x = x};
  gatewise_input_product product = {4, 5, 1, 0, 1, x, int8_packed(kernels, &layer, 0), GATEWISE_INT8, gates,
                                    unset(kernels->scratch_count(4, 5, 0))};
  kernels->input_product(&product);
  bool holds = true;
  for (size_t n = 0; n < 8; n += 1) holds = holds && gates[n] != gates[n];
  for (size_t n = 8; n < 12; n += 1) holds = holds && gates[n] == b[n % 4];
  for (size_t n = 12; n < 16; n += 1) holds = holds && gates[n] == gates[n];
  expect(holds, "int8 rows of infinities, NaN and denormals");
  guards_hold(0);
}

int kernel_check_int8(const char *set, const gatewise_kernels *float_kernels,
                      const gatewise_int8_kernels *kernels) {
  static const size_t inputs[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 33, 70};
  begin_report(set, "int8");
  double worst = 0;
  size_t turn = 0;
  for (size_t H = 1; H <= 100; H += H < 40 ? 1 : H == 40 ? 24 : 36) {
    for (size_t n = 0; n < 3; n += 1, turn += 1) {
      size_t rows = turn % 21 == 20 ? 33 : 1 + turn % 21, I = inputs[turn * 5 % 23];
      size_t half = float_kernels->part_start(H, 1, 2);
      check_integer_product(kernels, half, rows, I, H, false);
      check_integer_product(kernels, half, rows, I, H, true);
      check_int8_step(float_kernels, kernels, rows, I, H, turn % 2, &worst);
    }
  }
  check_integer_product(kernels, 0, 1, GATEWISE_INT8_WIDEST, 1, true);
  check_int8_special_rows(kernels);
  report("recurrent_step", worst, 16, "ulp of 1");
  return report_failed;
}
