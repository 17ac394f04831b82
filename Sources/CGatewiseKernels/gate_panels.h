// W, R and b of a layer, packed for the forward products.
//
// A panel belongs to LANES hidden units and has 1 + I + H rows: b, then W's rows, then R's, each the four vectors of
// these units' gate columns i, f, g, o. Units beyond H - 1 are zeros. Halved rows are two vectors: i with f, g with o.

// Rows that are packed into all panels before the next ones.
#define PACKED_ROWS 8

static size_t OF(packed_count)(size_t inputs, size_t hidden, gatewise_storage storage) {
  return parts_of(hidden, LANES) * gate_panel(inputs, hidden, storage == GATEWISE_BFLOAT16, LANES);
}

/// The upper half of a number, rounded to nearest, ties to even; NaN stays NaN.
KERNEL U bfloat16(V x) {
  U bits = (U)x, rounded = bits + 0x7fff + (bits >> 16 & 1);
  return (x == x ? rounded : (bits | 0x400000)) >> 16;
}

/// The gate columns of units j ..< j + LANES of `rows` rows of a matrix [rows, 4H].
KERNEL void pack_gate_columns(size_t rows, size_t hidden, size_t j, bool halved, const REAL *matrix, REAL *packed) {
  size_t lanes = LANES_LEFT(hidden, j);
  for (size_t gate = 0; gate < rows * 4; gate += 1, matrix += hidden) {
    V x = load(lanes, matrix + j);
    if (sizeof(REAL) == 4 && halved) {
      if (gate % 2 == 0) {
        store(LANES, (V)bfloat16(x), packed);
        continue;
      }
      x = (V)((U)load(LANES, packed) | bfloat16(x) << 16);
    }
    store(LANES, x, packed);
    packed += LANES;
  }
}

/// Packs rows of a matrix [rows, 4H] for all requested units, starting `before` elements into their panels. It takes
/// some rows at a time: they are read in order and still lie in the cache when the next panel needs its part of them.
KERNEL void pack_gate_rows(const gatewise_pack_gates *p, size_t rows, bool halved, const REAL *matrix,
                           size_t before) {
  size_t H = p->hidden, panel = gate_panel(p->inputs, H, p->storage == GATEWISE_BFLOAT16, LANES);
  REAL *packed = p->packed;
  for (size_t k = 0, count; k < rows; k += count) {
    count = rows - k < PACKED_ROWS ? rows - k : PACKED_ROWS;
    for (size_t j = p->first; j < p->end; j += LANES)
      pack_gate_columns(count, H, j, halved, matrix + k * 4 * H,
                        packed + j / LANES * panel + before + gate_rows(k, halved, LANES));
  }
}

static void OF(pack_gates)(const gatewise_pack_gates *p) {
  bool halved = p->storage == GATEWISE_BFLOAT16;
  const REAL *w = p->w, *r = p->r, *b = p->b;
  size_t bias = gate_rows(1, false, LANES), inputs = gate_rows(p->inputs, halved, LANES);
  pack_gate_rows(p, 1, false, b, 0);
  pack_gate_rows(p, p->inputs, halved, w, bias);
  pack_gate_rows(p, p->hidden, halved, r, bias + inputs);
}
