// Elementwise kernels over `count` elements, one vector at a time; the last vector has `lanes` valid lanes.

static void OF(sigmoid_all)(size_t count, const void *from, void *to) {
  const REAL *x = from;
  REAL *y = to;
  for (size_t n = 0; n < count; n += LANES) {
    size_t lanes = LANES_LEFT(count, n);
    store(lanes, sigmoid(load(lanes, x + n)), y + n);
  }
}

static void OF(tanh_all)(size_t count, const void *from, void *to) {
  const REAL *x = from;
  REAL *y = to;
  for (size_t n = 0; n < count; n += LANES) {
    size_t lanes = LANES_LEFT(count, n);
    store(lanes, tanh_of(load(lanes, x + n)), y + n);
  }
}

static void OF(add_all)(size_t count, const void *from, void *to) {
  const REAL *x = from;
  REAL *y = to;
  for (size_t n = 0; n < count; n += LANES) {
    size_t lanes = LANES_LEFT(count, n);
    store(lanes, load(lanes, y + n) + load(lanes, x + n), y + n);
  }
}

static void OF(multiply_add_all)(size_t count, const void *factor, const void *other, void *to) {
  const REAL *a = factor, *b = other;
  REAL *y = to;
  for (size_t n = 0; n < count; n += LANES) {
    size_t lanes = LANES_LEFT(count, n);
    store(lanes, load(lanes, y + n) + load(lanes, a + n) * load(lanes, b + n), y + n);
  }
}
