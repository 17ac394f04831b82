// The part of the pre-activations that does not depend on the previous step: a = x · W + b, for many rows at once.

static void OF(input_product)(const gatewise_input_product *p) {
  size_t I = p->inputs, H = p->hidden;
  bool halved = p->storage == GATEWISE_BFLOAT16;
  const REAL *x = p->x, *packed = p->packed;
  REAL *gates = p->gates;
  for (size_t j = p->first; j < p->end; j += LANES) {
    const REAL *panel = packed + j / LANES * gate_panel(I, H, halved, LANES);
    TILE t = {.start = panel, .start_vector_stride = LANES, .panel = panel + 4 * LANES,
              .row_stride = 4 * H, .vector_stride = H};
    for (size_t row = 0, count; row < p->rows; row += count) {
      count = next_part(p->rows - row, TILE_ROWS);
      t.left[0] = (LEFT){x + row * I, I, I, 1};
      if (H - j >= LANES) {
        t.c = gates + row * 4 * H + j;
        multiply_gates(&t, count, halved);
      } else {
        // Unit H - 1 of a gate is followed by unit 0 of the next gate.
        REAL copy[TILE_ROWS * 4 * LANES];
        TILE inside = t;
        (inside.c = copy, inside.row_stride = 4 * LANES, inside.vector_stride = LANES);
        multiply_gates(&inside, count, halved);
        for (size_t v = 0; v < count * 4; v += 1)
          store(H - j, load(LANES, copy + v * LANES), gates + (row * 4 + v) * H + j);
      }
    }
  }
}
