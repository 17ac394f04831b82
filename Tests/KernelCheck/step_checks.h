// forward_step and backward_step.

/// The activations, c and h of one unit: the book's Equations, Forward. p: p_i, p_f, p_o, or NULL.
static void plain_unit(const WIDE a[4], WIDE c_previous, const WIDE *p, WIDE unit[6]) {
  unit[0] = plain_sigmoid(a[0] + (p ? p[0] * c_previous : 0));
  unit[1] = plain_sigmoid(a[1] + (p ? p[1] * c_previous : 0));
  unit[2] = WIDE_(tanh)(a[2]);
  unit[4] = unit[1] * c_previous + unit[0] * unit[2];
  unit[3] = plain_sigmoid(a[3] + (p ? p[2] * unit[4] : 0));
  unit[5] = unit[3] * WIDE_(tanh)(unit[4]);
}

static WIDE plain_bounded(WIDE delta, WIDE bound) {
  return bound > 0 ? WIDE_(fmax)(-bound, WIDE_(fmin)(delta, bound)) : delta;
}

/// The deltas of one unit and dc for the previous step: the book's Equations, Backward. Deltas are clamped to ±bound if
/// that is above 0.
static void plain_deltas(const WIDE y[4], WIDE c_previous, WIDE c, WIDE dh, WIDE dc, const WIDE *p, WIDE bound,
                         WIDE unit[5]) {
  WIDE i = y[0], f = y[1], g = y[2], o = y[3], tanh_c = WIDE_(tanh)(c);
  unit[3] = plain_bounded(dh * tanh_c * o * (1 - o), bound);
  dc += dh * o * (1 - tanh_c * tanh_c) + (p ? p[2] * unit[3] : 0);
  unit[1] = plain_bounded(dc * c_previous * f * (1 - f), bound);
  unit[0] = plain_bounded(dc * g * i * (1 - i), bound);
  unit[2] = plain_bounded(dc * i * (1 - g * g), bound);
  unit[4] = dc * f + (p ? p[0] * unit[0] + p[1] * unit[1] : 0);
}

/// In ulp of 1.
static void take_of_1(double *worst, REAL found, WIDE reference) {
  take(worst, (double)(WIDE_(fabs)(found - reference) / EPSILON));
}

/// Checks one step of `rows` sequences in both directions; adds to `worst` of the forward and of the backward step.
static void check_step(const gatewise_kernels *kernels, size_t rows, size_t H, bool peepholes, REAL bound,
                       double worst[2]) {
  const REAL *a = operand(rows * 4 * H, 4), *c_previous = operand(rows * H, 2), *dh = operand(rows * H, 1);
  const REAL *p_i = NULL, *p_f = NULL, *p_o = NULL;
  if (peepholes) {
    p_i = operand(H, 1);
    p_f = operand(H, 1);
    p_o = operand(H, 1);
  }
  REAL *gates = copy_of(rows * 4 * H, a), *c = unset(rows * H), *h = unset(rows * H);
  gatewise_forward_step forward = {rows, H, gates, c_previous, c, h, p_i, p_f, p_o};
  kernels->forward_step(&forward);

  gatewise_forward_step in_place = forward;
  in_place.gates = copy_of(rows * 4 * H, a);
  in_place.c_previous = in_place.c = copy_of(rows * H, c_previous);
  kernels->forward_step(&in_place);
  expect(same(rows * 4 * H, in_place.gates, gates) && same(rows * H, in_place.c, c), "forward_step in place");

  const REAL *dc_before = operand(rows * H, 1);
  REAL *delta = unset(rows * 4 * H), *dc = copy_of(rows * H, dc_before);
  gatewise_backward_step backward = {rows, H, 0, H, gates, delta, c_previous, c, dh, dc, p_i, p_f, p_o,
                                         bound};
  kernels->backward_step(&backward);

  gatewise_backward_step parts = backward;
  parts.gates = parts.delta = copy_of(rows * 4 * H, gates);
  parts.dc = copy_of(rows * H, dc_before);
  (parts.first = H / 3, parts.end = H);
  kernels->backward_step(&parts);
  (parts.first = 0, parts.end = H / 3);
  kernels->backward_step(&parts);
  expect(same(rows * 4 * H, parts.delta, delta) && same(rows * H, parts.dc, dc), "backward_step in two parts in place");

  for (size_t n = 0; n < rows * H; n += 1) {
    size_t j = n % H;
    WIDE p[3] = {peepholes ? p_i[j] : 0, peepholes ? p_f[j] : 0, peepholes ? p_o[j] : 0}, in[4], y[4], unit[6];
    for (size_t gate = 0; gate < 4; gate += 1) in[gate] = a[(n / H * 4 + gate) * H + j];
    for (size_t gate = 0; gate < 4; gate += 1) y[gate] = gates[(n / H * 4 + gate) * H + j];
    plain_unit(in, c_previous[n], peepholes ? p : NULL, unit);
    for (size_t gate = 0; gate < 4; gate += 1) take_of_1(&worst[0], gates[(n / H * 4 + gate) * H + j], unit[gate]);
    take_of_1(&worst[0], c[n], unit[4]);
    take_of_1(&worst[0], h[n], unit[5]);
    plain_deltas(y, c_previous[n], c[n], dh[n], dc_before[n], peepholes ? p : NULL, bound, unit);
    for (size_t gate = 0; gate < 4; gate += 1) take_of_1(&worst[1], delta[(n / H * 4 + gate) * H + j], unit[gate]);
    take_of_1(&worst[1], dc[n], unit[4]);
  }
  expect(guards_hold(0), "a step writes before its arrays");
}

static void check_steps(const gatewise_kernels *kernels) {
  double worst[2] = {0, 0};
  for (size_t H = 1; H <= 40; H += 1) {
    check_step(kernels, 1 + H % 5, H, false, 0, worst);
    check_step(kernels, 1 + H % 5, H, true, 0, worst);
    check_step(kernels, 1 + H % 5, H, false, (REAL)0.01, worst);
    check_step(kernels, 1 + H % 5, H, true, (REAL)0.01, worst);
  }
  report("forward_step", worst[0], 4, "ulp of 1");
  report("backward_step", worst[1], 8, "ulp of 1");
}
