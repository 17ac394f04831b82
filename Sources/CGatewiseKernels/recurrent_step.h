// One step forward with its product: a = [x_t, y_{t-1}] · [W; R] + b, one chain per pre-activation, followed by
// forward_step.h while the pre-activations are in the nearest cache. They never reach memory.

/// Units j ..< j + lanes of every row.
KERNEL void recurrent_columns(const JOIN(gatewise_recurrent_step, REAL) *s, size_t j, size_t lanes, bool peepholes) {
  size_t rows = s->step.rows, H = s->step.hidden, I = s->inputs;
  const REAL *panel = s->packed + j / LANES * gate_panel(I, H, s->halved, LANES);
  REAL a[TILE_ROWS * 4 * LANES];
  TILE t = {.start = panel, .start_vector_stride = LANES, .panel = panel + 4 * LANES,
            .c = a, .row_stride = 4 * LANES, .vector_stride = LANES};
  if (s->inputs_done) {
    (t.start = a, t.start_row_stride = 4 * LANES);
    t.panel += gate_rows(I, s->halved, LANES);
  }
  for (size_t row = 0, count; row < rows; row += count) {
    count = next_part(rows - row, TILE_ROWS);
    if (s->inputs_done) {
      for (size_t v = 0; v < count * 4; v += 1)
        store(LANES, load(lanes, s->inputs_done + (row * 4 + v) * H + j), a + v * LANES);
    } else {
      t.left[0] = (LEFT){s->x + row * I, I, I, 1};
    }
    t.left[1] = (LEFT){s->y_previous + row * H, H, H, 1};
    multiply_gates(&t, count, s->halved);
    for (size_t r = 0; r < count; r += 1)
      forward_columns(&s->step, row + r, j, lanes, a + r * 4 * LANES, LANES, peepholes);
  }
}

KERNEL void recurrent_panels(const JOIN(gatewise_recurrent_step, REAL) *s, bool peepholes) {
  size_t panels = parts_of(s->end - s->first, LANES);
  for (size_t n = 0; n < panels; n += 1) {
    size_t j = s->first + (s->reverses ? panels - 1 - n : n) * LANES;
    if (s->step.hidden - j >= LANES) recurrent_columns(s, j, LANES, peepholes);
    else recurrent_columns(s, j, s->step.hidden - j, peepholes);
  }
}

static __attribute__((overloadable)) void recurrent_step(const JOIN(gatewise_recurrent_step, REAL) *s) {
  if (s->step.p_i) recurrent_panels(s, true);
  else recurrent_panels(s, false);
}
