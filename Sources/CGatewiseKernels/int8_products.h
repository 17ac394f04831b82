// x · W + b, and a step with its product, with W and R in 8 bits. Both first turn their rows into codes, in the
// caller's scratch memory: a row of it is the scale and the codes of x, then those of y_{t-1}.

KERNEL size_t scratch_row(size_t inputs, size_t hidden) { return 2 + code_groups(inputs) + code_groups(hidden); }

/// A multiple of a cache line, so that the scratch memories of threads do not share one.
static size_t int8_scratch_count(size_t rows, size_t inputs, size_t hidden) {
  return parts_of(rows * scratch_row(inputs, hidden), 16) * 16;
}

KERNEL int8_factor rows_from(int8_factor factor, size_t row) {
  factor.base += row * factor.row_stride;
  return factor;
}

/// Load and store the four gates' vectors at `from`, whose rows and gates are `hidden` apart.
KERNEL void load_gates(size_t rows, size_t hidden, size_t lanes, const REAL *from, REAL *a) {
  for (size_t v = 0; v < rows * 4; v += 1) store(LANES, load(lanes, from + v * hidden), a + v * LANES);
}

KERNEL void store_gates(size_t rows, size_t hidden, size_t lanes, const REAL *a, REAL *to) {
  for (size_t v = 0; v < rows * 4; v += 1) store(lanes, load(LANES, a + v * LANES), to + v * hidden);
}

/// b, then x · W added to it.
KERNEL void input_codes(int8_factor x, size_t rows, const REAL *panel, REAL *a) {
  for (size_t r = 0; r < rows; r += 1) __builtin_memcpy(a + r * PANEL_ROW, panel, PANEL_ROW * sizeof *a);
  multiply_codes(x, rows, panel + PANEL_ROW, panel + 3 * PANEL_ROW, panel + PANEL_CODES, a);
}

static void int8_input_product(const gatewise_input_product *p) {
  size_t I = p->inputs, H = p->hidden, panel = int8_panel(I, H);
  const REAL *packed = p->packed;
  REAL *gates = p->gates;
  int8_factor x = quantize_rows(p->rows, I, p->x, p->scratch, scratch_row(I, 0));
  for (size_t j = p->first; j < p->end; j += LANES) {
    REAL a[CODE_ROWS * PANEL_ROW];
    for (size_t row = 0, count; row < p->rows; row += count) {
      count = next_part(p->rows - row, CODE_ROWS);
      input_codes(rows_from(x, row), count, packed + j / LANES * panel, a);
      store_gates(count, H, LANES_LEFT(H, j), a, gates + row * 4 * H + j);
    }
  }
}

/// Units j ..< j + lanes of every row.
KERNEL void int8_recurrent_columns(const gatewise_recurrent_step *s, int8_factor x, int8_factor y, size_t j,
                                   size_t lanes, bool peepholes) {
  size_t rows = s->step.rows, I = s->inputs, H = s->step.hidden;
  const REAL *inputs_done = s->inputs_done, *panel = (const REAL *)s->packed + j / LANES * int8_panel(I, H);
  const REAL *codes = panel + PANEL_CODES + code_groups(I) * PANEL_ROW;
  REAL a[CODE_ROWS * PANEL_ROW];
  for (size_t row = 0, count; row < rows; row += count) {
    count = next_part(rows - row, CODE_ROWS);
    if (inputs_done) load_gates(count, H, lanes, inputs_done + row * 4 * H + j, a);
    else input_codes(rows_from(x, row), count, panel, a);
    multiply_codes(rows_from(y, row), count, panel + 2 * PANEL_ROW, panel + 4 * PANEL_ROW, codes, a);
    for (size_t r = 0; r < count; r += 1)
      forward_columns(&s->step, row + r, j, lanes, a + r * PANEL_ROW, LANES, peepholes);
  }
}

KERNEL void int8_recurrent_panels(const gatewise_recurrent_step *s, int8_factor x, int8_factor y,
                                  bool peepholes) {
  size_t panels = parts_of(s->end - s->first, LANES);
  for (size_t n = 0; n < panels; n += 1) {
    size_t j = s->first + (s->reverses ? panels - 1 - n : n) * LANES;
    if (s->step.hidden - j >= LANES) int8_recurrent_columns(s, x, y, j, LANES, peepholes);
    else int8_recurrent_columns(s, x, y, j, s->step.hidden - j, peepholes);
  }
}

static void int8_recurrent_step(const gatewise_recurrent_step *s) {
  REAL *scratch = s->scratch;
  size_t rows = s->step.rows, I = s->inputs, H = s->step.hidden, stride = scratch_row(I, H);
  int8_factor x = {0};
  if (!s->inputs_done) x = quantize_rows(rows, I, s->x, scratch, stride);
  int8_factor y = quantize_rows(rows, H, s->y_previous, scratch + 1 + code_groups(I), stride);
  if (s->step.p_i) int8_recurrent_panels(s, x, y, true);
  else int8_recurrent_panels(s, x, y, false);
}
