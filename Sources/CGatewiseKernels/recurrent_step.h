// One step forward with its product: a = [x_t, y_{t-1}] · [W; R] + b, one chain per pre-activation, followed by
// forward_step.h while the pre-activations are in the nearest cache. They never reach memory.

/// Units j ..< j + lanes of every row.
KERNEL void OF(recurrent_columns)(const gatewise_recurrent_step *s, size_t j, size_t lanes, bool peepholes) {
  size_t rows = s->step.rows, H = s->step.hidden, I = s->inputs;
  bool halved = s->storage == GATEWISE_BFLOAT16;
  const REAL *x = s->x, *inputs_done = s->inputs_done, *y_previous = s->y_previous;
  const REAL *panel = (const REAL *)s->packed + j / LANES * gate_panel(I, H, halved, LANES);
  REAL a[TILE_ROWS * 4 * LANES];
  TILE t = {.start = panel, .start_vector_stride = LANES, .panel = panel + 4 * LANES,
            .c = a, .row_stride = 4 * LANES, .vector_stride = LANES};
  if (inputs_done) {
    (t.start = a, t.start_row_stride = 4 * LANES);
    t.panel += gate_rows(I, halved, LANES);
  }
  for (size_t row = 0, count; row < rows; row += count) {
    count = next_part(rows - row, TILE_ROWS);
    if (inputs_done) {
      for (size_t v = 0; v < count * 4; v += 1)
        store(LANES, load(lanes, inputs_done + (row * 4 + v) * H + j), a + v * LANES);
    } else {
      t.left[0] = (LEFT){x + row * I, I, I, 1};
    }
    t.left[1] = (LEFT){y_previous + row * H, H, H, 1};
    multiply_gates(&t, count, halved);
    for (size_t r = 0; r < count; r += 1)
      forward_columns(&s->step, row + r, j, lanes, a + r * 4 * LANES, LANES, peepholes);
  }
}

KERNEL void OF(recurrent_panels)(const gatewise_recurrent_step *s, bool peepholes) {
  size_t panels = parts_of(s->end - s->first, LANES);
  for (size_t n = 0; n < panels; n += 1) {
    size_t j = s->first + (s->reverses ? panels - 1 - n : n) * LANES;
    if (s->step.hidden - j >= LANES) OF(recurrent_columns)(s, j, LANES, peepholes);
    else OF(recurrent_columns)(s, j, s->step.hidden - j, peepholes);
  }
}

static void OF(recurrent_step)(const gatewise_recurrent_step *s) {
  if (s->step.p_i) OF(recurrent_panels)(s, true);
  else OF(recurrent_panels)(s, false);
}
