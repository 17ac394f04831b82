// pack_gates, input_product and recurrent_step.
struct layer {
  size_t rows, I, H;
  const REAL *w, *r, *b, *x, *y, *c, *p_i, *p_f, *p_o, *packed;
  gatewise_storage storage;
};

struct result {
  REAL *gates, *c, *h;
};

static void pack_units(const gatewise_kernels *kernels, const struct layer *layer, size_t first, size_t end,
                       gatewise_storage storage, REAL *packed) {
  gatewise_pack_gates pack = {layer->I, layer->H, first, end, storage, layer->w, layer->r, layer->b, packed};
  kernels->pack_gates(&pack);
}

/// Random operands, with peepholes if requested, packed in two parts.
static struct layer random_layer(const gatewise_kernels *kernels, size_t rows, size_t I, size_t H, bool peepholes) {
  struct layer layer = {.rows = rows, .I = I, .H = H};
  layer.w = operand(I * 4 * H, 2 / sqrt((double)(I + 1)));
  layer.r = operand(H * 4 * H, 1 / sqrt((double)H));
  layer.b = operand(4 * H, 2);
  layer.x = operand(rows * I, 1);
  layer.y = operand(rows * H, 1);
  layer.c = operand(rows * H, 2);
  if (peepholes) {
    layer.p_i = operand(H, 1);
    layer.p_f = operand(H, 1);
    layer.p_o = operand(H, 1);
  }
  size_t count = kernels->packed_count(I, H, GATEWISE_FULL), half = kernels->part_start(H, 1, 2);
  REAL *packed = unset(count), *whole = unset(count);
  pack_units(kernels, &layer, half, H, GATEWISE_FULL, packed);
  pack_units(kernels, &layer, 0, half, GATEWISE_FULL, packed);
  pack_units(kernels, &layer, 0, H, GATEWISE_FULL, whole);
  expect(same(count, packed, whole), "pack_gates in two parts");
  for (size_t n = 0; n < count; n += 1) expect(packed[n] == packed[n], "pack_gates writes every element");
  layer.packed = packed;
  return layer;
}

/// Runs one step for `count` of the layer's rows from `row` on: fused, or from x·W + b in `inputs_done`.
static struct result recurrent(const gatewise_kernels *kernels, const struct layer *layer, size_t row,
                               size_t count, const REAL *inputs_done, bool reverses) {
  size_t H = layer->H;
  struct result result = {unset(count * 4 * H), unset(count * H), unset(count * H)};
  gatewise_recurrent_step step = {
    .step = {count, H, result.gates, layer->c + row * H, result.c, result.h, layer->p_i, layer->p_f, layer->p_o},
    .inputs = layer->I, .first = 0, .end = H, .x = inputs_done ? NULL : layer->x + row * layer->I,
    .inputs_done = inputs_done, .y_previous = layer->y + row * H, .packed = layer->packed, .storage = layer->storage,
    .reverses = reverses};
  kernels->recurrent_step(&step);
  return result;
}

static bool same_results(const struct layer *layer, struct result a, struct result b, size_t row, size_t count) {
  size_t H = layer->H;
  return same(count * 4 * H, a.gates, b.gates + row * 4 * H) && same(count * H, a.c, b.c + row * H)
      && same(count * H, a.h, b.h + row * H);
}

/// Adds to `worst` of the input product and of the recurrent step.
static void check_forward_product(const gatewise_kernels *kernels, const struct layer *layer, double worst[2]) {
  size_t rows = layer->rows, I = layer->I, H = layer->H;
  REAL *inputs = unset(rows * 4 * H);
  gatewise_input_product product = {rows, I, H, 0, H, layer->x, layer->packed, layer->storage, inputs, NULL};
  kernels->input_product(&product);
  struct result fused = recurrent(kernels, layer, 0, rows, NULL, false);
  struct result reversed = recurrent(kernels, layer, 0, rows, NULL, true);
  expect(same_results(layer, reversed, fused, 0, rows), "recurrent_step that reverses");
  struct result behind = recurrent(kernels, layer, 0, rows, inputs, false);
  expect(same_results(layer, behind, fused, 0, rows), "recurrent_step after input_product");
  struct result alone = recurrent(kernels, layer, rows - 1, 1, NULL, false);
  expect(same_results(layer, alone, fused, rows - 1, 1), "recurrent_step of a row alone");

  REAL *over = copy_of(rows * 4 * H, inputs), *c = copy_of(rows * H, layer->c), *h = unset(rows * H);
  gatewise_recurrent_step step = {
    .step = {rows, H, over, c, c, h, layer->p_i, layer->p_f, layer->p_o}, .inputs = I, .end = H, .inputs_done = over,
    .y_previous = layer->y, .packed = layer->packed};
  kernels->recurrent_step(&step);
  struct result in_place = {over, c, h};
  expect(same_results(layer, in_place, fused, 0, rows), "recurrent_step with gates over x W + b, c over c_{t-1}");

  REAL *fresh = unset(rows * H), *last = unset(rows * H);
  (step.step.gates = NULL, step.inputs_done = NULL, step.x = layer->x);
  (step.step.c_previous = layer->c, step.step.c = fresh, step.step.h = last);
  kernels->recurrent_step(&step);
  expect(same(rows * H, fresh, fused.c) && same(rows * H, last, fused.h), "recurrent_step without gates");

  for (size_t n = 0; n < rows * H; n += 1) {
    size_t row = n / H, j = n % H;
    WIDE a[4], unit[6];
    for (size_t gate = 0; gate < 4; gate += 1) {
      size_t column = gate * H + j;
      WIDE magnitude = 0;
      a[gate] = plain_sum(I, layer->x + row * I, 1, layer->w + column, 4 * H, layer->b[column], &magnitude);
      take_sum(&worst[0], inputs[row * 4 * H + column], a[gate], magnitude);
      a[gate] = plain_sum(H, layer->y + row * H, 1, layer->r + column, 4 * H, a[gate], &magnitude);
    }
    WIDE p[3] = {0, 0, 0};
    if (layer->p_i) (p[0] = layer->p_i[j], p[1] = layer->p_f[j], p[2] = layer->p_o[j]);
    plain_unit(a, layer->c[n], layer->p_i ? p : NULL, unit);
    for (size_t gate = 0; gate < 4; gate += 1) take_of_1(&worst[1], fused.gates[(row * 4 + gate) * H + j], unit[gate]);
    take_of_1(&worst[1], fused.c[n], unit[4]);
    take_of_1(&worst[1], fused.h[n], unit[5]);
  }
}

/// Weights packed as bfloat16 give the bits of the same numbers packed in full. Float only.
static void check_halved(const gatewise_kernels *kernels, const struct layer *layer) {
  size_t I = layer->I, H = layer->H;
  REAL *w = copy_of(I * 4 * H, layer->w), *r = copy_of(H * 4 * H, layer->r);
  // A number whose lower half is zero is a bfloat16 number.
  for (size_t n = 0; n < I * 4 * H; n += 1) memset(w + n, 0, 2);
  for (size_t n = 0; n < H * 4 * H; n += 1) memset(r + n, 0, 2);
  struct layer whole = *layer, halved;
  (whole.w = w, whole.r = r);
  halved = whole;
  REAL *packed = unset(kernels->packed_count(I, H, GATEWISE_FULL));
  REAL *half = unset(kernels->packed_count(I, H, GATEWISE_BFLOAT16));
  pack_units(kernels, &whole, 0, H, GATEWISE_FULL, packed);
  pack_units(kernels, &whole, 0, H, GATEWISE_BFLOAT16, half);
  (whole.packed = packed, halved.packed = half, halved.storage = GATEWISE_BFLOAT16);
  struct result expected = recurrent(kernels, &whole, 0, layer->rows, NULL, false);
  struct result found = recurrent(kernels, &halved, 0, layer->rows, NULL, true);
  expect(same_results(layer, found, expected, 0, layer->rows), "recurrent_step of halved weights");
}

static void check_forward_products(const gatewise_kernels *kernels) {
  static const size_t inputs[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 33, 70};
  double worst[2] = {0, 0};
  size_t turn = 0;
  for (size_t H = 1; H <= 100; H += H < 40 ? 1 : H == 40 ? 24 : 36) {
    for (size_t n = 0; n < 3; n += 1, turn += 1) {
      size_t rows = turn % 21 == 20 ? 33 : 1 + turn % 21;
      struct layer layer = random_layer(kernels, rows, inputs[turn * 5 % 23], H, turn % 2);
      check_forward_product(kernels, &layer, worst);
      if (sizeof(REAL) == 4) check_halved(kernels, &layer);
      expect(guards_hold(0), "a forward product writes before its arrays");
    }
  }
  report("input_product", worst[0], 4, "ulp of the sum of magnitudes");
  report("recurrent_step", worst[1], 16, "ulp of 1");
}

/// The parts cover every unit once, and give the results of the whole.
static void check_unit_parts(const gatewise_kernels *kernels) {
  for (size_t H = 1; H <= 130; H += H < 40 ? 1 : 30) {
    struct layer layer = random_layer(kernels, 5, 7, H, H % 2);
    struct result whole = recurrent(kernels, &layer, 0, 5, NULL, false);
    int kept = slots_taken;
    for (size_t parts = 1; parts <= 5; parts += 1) {
      struct result found = {unset(5 * 4 * H), unset(5 * H), unset(5 * H)};
      REAL *inputs = unset(5 * 4 * H);
      bool once = kernels->part_start(H, 0, parts) == 0 && kernels->part_start(H, parts, parts) == H;
      for (size_t part = 0; part < parts; part += 1) {
        size_t first = kernels->part_start(H, part, parts), end = kernels->part_start(H, part + 1, parts);
        once = once && first <= end;
        // Elements that are already computed are no longer NaN.
        for (size_t n = first; n < end; n += 1) once = once && inputs[n] != inputs[n];
        gatewise_input_product product = {5, 7, H, first, end, layer.x, layer.packed, layer.storage, inputs, NULL};
        kernels->input_product(&product);
      }
      for (size_t part = 0; part < parts; part += 1) {
        size_t first = kernels->part_start(H, part, parts), end = kernels->part_start(H, part + 1, parts);
        for (size_t n = first; n < end; n += 1) once = once && found.h[n] != found.h[n];
        gatewise_recurrent_step step = {
          .step = {5, H, found.gates, layer.c, found.c, found.h, layer.p_i, layer.p_f, layer.p_o}, .inputs = 7,
          .first = first, .end = end, .inputs_done = inputs, .y_previous = layer.y, .packed = layer.packed,
          .reverses = part % 2};
        kernels->recurrent_step(&step);
      }
      expect(once, "the parts take every unit once");
      expect(same_results(&layer, found, whole, 0, 5), "input_product and recurrent_step in parts");
      expect(guards_hold(kept), "a part writes before its arrays");
    }
    guards_hold(0);
  }
}
