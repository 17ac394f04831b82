// One step forward: the book's Equations, Forward, from the pre-activations on.
/// Columns j ..< j + lanes of one row; the pre-activations of gate n are at a + n · a_stride.
KERNEL void forward_columns(const gatewise_forward_step *s, size_t row, size_t j, size_t lanes,
                            const REAL *a, size_t a_stride, bool peepholes) {
  size_t H = s->hidden;
  const REAL *c_before = s->c_previous, *p_i = s->p_i, *p_f = s->p_f, *p_o = s->p_o;
  REAL *c_after = s->c, *h_after = s->h;
  V c_previous = load(lanes, c_before + row * H + j);

  V a_i = load(lanes, a);
  V a_f = load(lanes, a + a_stride);
  V a_g = load(lanes, a + 2 * a_stride);
  V a_o = load(lanes, a + 3 * a_stride);
  if (peepholes) {
    a_i = a_i + load(lanes, p_i + j) * c_previous;
    a_f = a_f + load(lanes, p_f + j) * c_previous;
  }
  V i = sigmoid(a_i);
  V f = sigmoid(a_f);
  V g = tanh_of(a_g);
  V c = f * c_previous + i * g;
  if (peepholes) {
    a_o = a_o + load(lanes, p_o + j) * c;
  }
  V o = sigmoid(a_o);
  V h = o * tanh_of(c);

  store(lanes, c, c_after + row * H + j);
  store(lanes, h, h_after + row * H + j);
  if (!s->gates) return;
  REAL *gates = (REAL *)s->gates + row * 4 * H + j;
  store(lanes, i, gates);
  store(lanes, f, gates + H);
  store(lanes, g, gates + 2 * H);
  store(lanes, o, gates + 3 * H);
}

KERNEL void OF(forward_rows)(const gatewise_forward_step *s, bool peepholes) {
  size_t H = s->hidden;
  for (size_t row = 0; row < s->rows; row += 1) {
    const REAL *a = (const REAL *)s->gates + row * 4 * H;
    size_t j = 0;
    for (; j + LANES <= H; j += LANES) forward_columns(s, row, j, LANES, a + j, H, peepholes);
    if (j < H) forward_columns(s, row, j, H - j, a + j, H, peepholes);
  }
}

static void OF(forward_step)(const gatewise_forward_step *s) {
  if (s->p_i) OF(forward_rows)(s, true);
  else OF(forward_rows)(s, false);
}
