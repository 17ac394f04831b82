// One step forward: the book's Equations, Forward, from the pre-activations on.
/// Columns j ..< j + lanes of one row.
KERNEL void forward_columns(const JOIN(gatewise_forward_step, REAL) *s, size_t row, size_t j, size_t lanes,
                            bool peepholes) {
  size_t H = s->hidden;
  REAL *gates = s->gates + row * 4 * H + j;
  V c_previous = load(lanes, s->c_previous + row * H + j);

  V a_i = load(lanes, gates);
  V a_f = load(lanes, gates + H);
  V a_g = load(lanes, gates + 2 * H);
  V a_o = load(lanes, gates + 3 * H);
  if (peepholes) {
    a_i = a_i + load(lanes, s->p_i + j) * c_previous;
    a_f = a_f + load(lanes, s->p_f + j) * c_previous;
  }
  V i = sigmoid(a_i);
  V f = sigmoid(a_f);
  V g = tanh_of(a_g);
  V c = f * c_previous + i * g;
  if (peepholes) {
    a_o = a_o + load(lanes, s->p_o + j) * c;
  }
  V o = sigmoid(a_o);
  V h = o * tanh_of(c);

  store(lanes, i, gates);
  store(lanes, f, gates + H);
  store(lanes, g, gates + 2 * H);
  store(lanes, o, gates + 3 * H);
  store(lanes, c, s->c + row * H + j);
  store(lanes, h, s->h + row * H + j);
}

KERNEL void forward_rows(const JOIN(gatewise_forward_step, REAL) *s, bool peepholes) {
  for (size_t row = 0; row < s->rows; row += 1) {
    size_t j = 0;
    for (; j + LANES <= s->hidden; j += LANES) forward_columns(s, row, j, LANES, peepholes);
    if (j < s->hidden) forward_columns(s, row, j, s->hidden - j, peepholes);
  }
}

static __attribute__((overloadable)) void forward_step(const JOIN(gatewise_forward_step, REAL) *s) {
  if (s->p_i) forward_rows(s, true);
  else forward_rows(s, false);
}
