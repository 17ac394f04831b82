// Elementwise kernels over `count` elements, one vector at a time; the last vector has `lanes` valid lanes.

static __attribute__((overloadable)) void sigmoid_all(size_t count, const REAL *x, REAL *y) {
  for (size_t n = 0; n < count; n += LANES) {
    size_t lanes = LANES_LEFT(count, n);
    store(lanes, sigmoid(load(lanes, x + n)), y + n);
  }
}

static __attribute__((overloadable)) void tanh_all(size_t count, const REAL *x, REAL *y) {
  for (size_t n = 0; n < count; n += LANES) {
    size_t lanes = LANES_LEFT(count, n);
    store(lanes, tanh_of(load(lanes, x + n)), y + n);
  }
}

static __attribute__((overloadable)) void add_all(size_t count, const REAL *x, REAL *y) {
  for (size_t n = 0; n < count; n += LANES) {
    size_t lanes = LANES_LEFT(count, n);
    store(lanes, load(lanes, y + n) + load(lanes, x + n), y + n);
  }
}

static __attribute__((overloadable)) void multiply_add_all(size_t count, const REAL *a, const REAL *b, REAL *y) {
  for (size_t n = 0; n < count; n += LANES) {
    size_t lanes = LANES_LEFT(count, n);
    store(lanes, load(lanes, y + n) + load(lanes, a + n) * load(lanes, b + n), y + n);
  }
}
