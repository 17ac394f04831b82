// W, R and b of a layer, packed for the forward products.
//
// A panel belongs to LANES hidden units and has 1 + I + H rows: b, then W's, then R's, each the four vectors of these
// units' gate columns i, f, g, o. Zeros stand behind unit H - 1. Halved rows are two vectors: i with f, g with o.

static size_t JOIN(packed_count, REAL)(size_t inputs, size_t hidden, bool halved) {
  return parts_of(hidden, LANES) * gate_panel(inputs, hidden, halved, LANES);
}

/// The upper half of a number, rounded to nearest, ties to even; what is not a number stays so.
KERNEL U bfloat16(V x) {
  U bits = (U)x, rounded = bits + 0x7fff + (bits >> 16 & 1);
  return (x == x ? rounded : (bits | 0x400000)) >> 16;
}

/// The gate columns of units j ..< j + LANES of `rows` rows of a matrix [rows, 4H].
KERNEL REAL *pack_gate_columns(size_t rows, size_t hidden, size_t j, bool halved, const REAL *matrix, REAL *packed) {
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
  return packed;
}

static __attribute__((overloadable)) void pack_gates(const JOIN(gatewise_pack_gates, REAL) *p) {
  size_t I = p->inputs, H = p->hidden;
  for (size_t j = p->first; j < p->end; j += LANES) {
    REAL *panel = p->packed + j / LANES * gate_panel(I, H, p->halved, LANES);
    panel = pack_gate_columns(1, H, j, false, p->b, panel);
    panel = pack_gate_columns(I, H, j, p->halved, p->w, panel);
    panel = pack_gate_columns(H, H, j, p->halved, p->r, panel);
  }
}
