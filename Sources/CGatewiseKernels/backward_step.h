// One step of the backward pass: the book's Equations, Backward.

/// δ clamped to ± bound; NaN is kept.
KERNEL V bounded(V delta, REAL bound) {
  V b = (V)bound;
  return delta > b ? b : delta < -b ? -b : delta;
}

/// Columns j ..< j + lanes of one row. dc is read as step t+1 left it and written as step t-1 needs it.
KERNEL void OF(backward_columns)(const gatewise_backward_step *s, size_t row, size_t j, size_t lanes,
                             bool peepholes, bool bounds) {
  size_t H = s->hidden;
  const REAL *c_before = s->c_previous, *c_after = s->c, *dh_t = s->dh, *p_i = s->p_i, *p_f = s->p_f, *p_o = s->p_o;
  REAL *dc_t = s->dc, bound = (REAL)s->bound;
  const REAL *gates = (const REAL *)s->gates + row * 4 * H + j;
  REAL *delta = (REAL *)s->delta + row * 4 * H + j;

  V i = load(lanes, gates);
  V f = load(lanes, gates + H);
  V g = load(lanes, gates + 2 * H);
  V o = load(lanes, gates + 3 * H);
  V c_previous = load(lanes, c_before + row * H + j);
  V dh         = load(lanes, dh_t + row * H + j);
  V dc         = load(lanes, dc_t + row * H + j);
  V tanh_c     = tanh_of(load(lanes, c_after + row * H + j));

  V dh_o    = dh * o;
  V delta_o = dh_o * tanh_c * (1 - o);
  if (bounds) delta_o = bounded(delta_o, bound);
  dc = dc + dh_o * (1 - tanh_c * tanh_c);
  if (peepholes) {
    dc = dc + load(lanes, p_o + j) * delta_o;
  }
  V dc_f    = dc * f;
  V dc_i    = dc * i;
  V delta_f = dc_f * c_previous * (1 - f);
  V delta_i = dc_i * g * (1 - i);
  V delta_g = dc_i * (1 - g * g);
  if (bounds) {
    delta_f = bounded(delta_f, bound);
    delta_i = bounded(delta_i, bound);
    delta_g = bounded(delta_g, bound);
  }
  dc = dc_f;
  if (peepholes) {
    dc = dc + load(lanes, p_i + j) * delta_i;
    dc = dc + load(lanes, p_f + j) * delta_f;
  }

  store(lanes, delta_i, delta);
  store(lanes, delta_f, delta + H);
  store(lanes, delta_g, delta + 2 * H);
  store(lanes, delta_o, delta + 3 * H);
  store(lanes, dc, dc_t + row * H + j);
}

KERNEL void OF(backward_rows)(const gatewise_backward_step *s, bool peepholes, bool bounds) {
  for (size_t row = 0; row < s->rows; row += 1) {
    size_t j = s->first;
    for (; j + LANES <= s->end; j += LANES) OF(backward_columns)(s, row, j, LANES, peepholes, bounds);
    if (j < s->end) OF(backward_columns)(s, row, j, s->end - j, peepholes, bounds);
  }
}

static void OF(backward_step)(const gatewise_backward_step *s) {
  if (s->bound > 0) {
    if (s->p_i) OF(backward_rows)(s, true, true);
    else OF(backward_rows)(s, false, true);
  } else {
    if (s->p_i) OF(backward_rows)(s, true, false);
    else OF(backward_rows)(s, false, false);
  }
}
