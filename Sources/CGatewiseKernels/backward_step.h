// One step of the backward pass: the book's Equations, Backward.

/// δ clamped to ± bound; NaN is kept.
KERNEL V bounded(V delta, REAL bound) {
  V b = (V)bound;
  return delta > b ? b : delta < -b ? -b : delta;
}

/// Columns j ..< j + lanes of one row. dc is read as step t+1 left it and written as step t-1 needs it.
KERNEL void backward_columns(const JOIN(gatewise_backward_step, REAL) *s, size_t row, size_t j, size_t lanes,
                             bool peepholes, bool bounds) {
  size_t H = s->hidden;
  const REAL *gates = s->gates + row * 4 * H + j;
  REAL *delta = s->delta + row * 4 * H + j;

  V i = load(lanes, gates);
  V f = load(lanes, gates + H);
  V g = load(lanes, gates + 2 * H);
  V o = load(lanes, gates + 3 * H);
  V c_previous = load(lanes, s->c_previous + row * H + j);
  V dh         = load(lanes, s->dh + row * H + j);
  V dc         = load(lanes, s->dc + row * H + j);
  V tanh_c     = tanh_of(load(lanes, s->c + row * H + j));

  V dh_o    = dh * o;
  V delta_o = dh_o * tanh_c * (1 - o);
  if (bounds) delta_o = bounded(delta_o, s->bound);
  dc = dc + dh_o * (1 - tanh_c * tanh_c);
  if (peepholes) {
    dc = dc + load(lanes, s->p_o + j) * delta_o;
  }
  V dc_f    = dc * f;
  V dc_i    = dc * i;
  V delta_f = dc_f * c_previous * (1 - f);
  V delta_i = dc_i * g * (1 - i);
  V delta_g = dc_i * (1 - g * g);
  if (bounds) {
    delta_f = bounded(delta_f, s->bound);
    delta_i = bounded(delta_i, s->bound);
    delta_g = bounded(delta_g, s->bound);
  }
  dc = dc_f;
  if (peepholes) {
    dc = dc + load(lanes, s->p_i + j) * delta_i;
    dc = dc + load(lanes, s->p_f + j) * delta_f;
  }

  store(lanes, delta_i, delta);
  store(lanes, delta_f, delta + H);
  store(lanes, delta_g, delta + 2 * H);
  store(lanes, delta_o, delta + 3 * H);
  store(lanes, dc, s->dc + row * H + j);
}

KERNEL void backward_rows(const JOIN(gatewise_backward_step, REAL) *s, bool peepholes, bool bounds) {
  for (size_t row = 0; row < s->rows; row += 1) {
    size_t j = s->first;
    for (; j + LANES <= s->end; j += LANES) backward_columns(s, row, j, LANES, peepholes, bounds);
    if (j < s->end) backward_columns(s, row, j, s->end - j, peepholes, bounds);
  }
}

static __attribute__((overloadable)) void backward_step(const JOIN(gatewise_backward_step, REAL) *s) {
  if (s->bound > 0) {
    if (s->p_i) backward_rows(s, true, true);
    else backward_rows(s, false, true);
  } else {
    if (s->p_i) backward_rows(s, true, false);
    else backward_rows(s, false, false);
  }
}
