// One step forward with its recurrent product: a = gates + y_{t-1} · R, then forward_step.h on the columns that are complete.
//
// A panel of the packed R belongs to LANES hidden units: for every k < H, row k of their four gate columns, i, f, g, o.
// Zeros stand behind unit H - 1.

static __attribute__((overloadable)) void pack_recurrent(size_t hidden, const REAL *r, REAL *packed) {
  for (size_t j = 0; j < hidden; j += LANES) {
    for (size_t k = 0; k < hidden; k += 1) {
      for (size_t gate = 0; gate < 4; gate += 1) {
        store(LANES, load(LANES_LEFT(hidden, j), r + (k * 4 + gate) * hidden + j), packed);
        packed += LANES;
      }
    }
  }
}

/// Columns j ..< j + lanes of every row.
KERNEL void recurrent_columns(const JOIN(gatewise_recurrent_step, REAL) *s, size_t j, size_t lanes, bool peepholes) {
  size_t rows = s->step.rows, H = s->step.hidden;
  TILE t = {.depth = H, .panel = s->packed + j * 4 * H, .row_stride = 4 * H, .vector_stride = H};
  for (size_t row = 0, count; row < rows; row += count) {
    count = next_part(rows - row, TILE_ROWS);
    t.a = s->y_previous + row * H;
    t.c = s->step.gates + row * 4 * H + j;
    multiply(&t, count, 4, lanes == LANES ? 4 : 0, lanes);
  }
  for (size_t n = 0; n < rows; n += 1) forward_columns(&s->step, n, j, lanes, peepholes);
}

KERNEL void recurrent_panels(const JOIN(gatewise_recurrent_step, REAL) *s, bool peepholes) {
  size_t H = s->step.hidden, j = 0;
  for (; j + LANES <= H; j += LANES) recurrent_columns(s, j, LANES, peepholes);
  if (j < H) recurrent_columns(s, j, H - j, peepholes);
}

static __attribute__((overloadable)) void recurrent_step(const JOIN(gatewise_recurrent_step, REAL) *s) {
  if (s->step.p_i) recurrent_panels(s, true);
  else recurrent_panels(s, false);
}
