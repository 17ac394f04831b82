// W, R and b of a layer in 8 bits, packed for the forward products.
//
// A panel belongs to LANES hidden units. Its rows are the four vectors of these units' gate columns i, f, g, o: b; the
// scales of W's columns, and of R's; the initial values of the sums over W's rows, and over R's; then W's codes and
// R's, four rows of the matrix to a row of the panel, a column's four codes in one lane. Missing rows and units are
// zeros.
#define PANEL_ROW (4 * LANES)
#define PANEL_CODES (5 * PANEL_ROW)

/// Elements of a panel.
KERNEL size_t int8_panel(size_t inputs, size_t hidden) {
  return PANEL_CODES + (code_groups(inputs) + code_groups(hidden)) * PANEL_ROW;
}

static size_t int8_packed_count(size_t inputs, size_t hidden) {
  return parts_of(hidden, LANES) * int8_panel(inputs, hidden);
}

// Where the panels of a matrix [rows, 4H] hold it.
typedef struct {
  const REAL *matrix;
  size_t rows;
  REAL *scales, *starts, *codes;  // of the first panel
} int8_matrix;

/// `gate` of units j ... of row k; zeros beyond the last row and the last unit.
KERNEL V gate_columns(const gatewise_pack_gates *p, const int8_matrix *m, size_t k, size_t gate, size_t j) {
  return k < m->rows ? load(LANES_LEFT(p->hidden, j), m->matrix + (k * 4 + gate) * p->hidden + j) : (V)0;
}

/// Packs rows 4 group ... 4 group + 3 of one vector of columns, whose largest magnitudes are `largest`, and returns the
/// sums of the codes.
KERNEL U pack_group(const gatewise_pack_gates *p, const int8_matrix *m, size_t group, size_t gate, size_t j,
                    V largest, REAL *packed) {
  V unit = codes_a_unit(largest);
  U four = 0, sum = 0;
  #pragma clang loop unroll(full)
  for (size_t n = 0; n < 4; n += 1) {
    U codes = code(gate_columns(p, m, 4 * group + n, gate, j), unit);
    // The code is in the lowest bits; the bits of ROUND lie above it.
    sum += codes - (U)(V)ROUND;
    four |= (codes & 0xff) << (8 * n);
  }
  store(LANES, (V)four, packed);
  return sum;
}

/// Packs one matrix for all requested units. Its rows are read in order; until the codes are done, the places of the
/// scales hold the largest magnitudes.
KERNEL void pack_int8_matrix(const gatewise_pack_gates *p, const int8_matrix *m) {
  size_t panel = int8_panel(p->inputs, p->hidden), groups = code_groups(m->rows);
  // k = 0 means "before the first row".
  for (size_t k = 0; k <= m->rows; k += 1) {
    for (size_t j = p->first; j < p->end; j += LANES) {
      for (size_t gate = 0; gate < 4; gate += 1) {
        size_t at = j / LANES * panel + gate * LANES;
        U largest = k == 0 ? (U)0 : (U)load(LANES, m->scales + at);
        if (k > 0) largest = larger_magnitude(largest, gate_columns(p, m, k - 1, gate, j));
        else store(LANES, (V)0, m->starts + at);
        store(LANES, (V)largest, m->scales + at);
      }
    }
  }
  for (size_t group = 0; group <= groups; group += 1) {
    for (size_t j = p->first; j < p->end; j += LANES) {
      for (size_t gate = 0; gate < 4; gate += 1) {
        size_t at = j / LANES * panel + gate * LANES;
        V largest = load(LANES, m->scales + at);
        if (group == groups) {
          store(LANES, scale_of(largest), m->scales + at);
          continue;
        }
        U sum = pack_group(p, m, group, gate, j, largest, m->codes + at + group * PANEL_ROW);
        store(LANES, (V)((U)load(LANES, m->starts + at) - CODE_OFFSET * sum), m->starts + at);
      }
    }
  }
}

static void int8_pack_gates(const gatewise_pack_gates *p) {
  size_t panel = int8_panel(p->inputs, p->hidden);
  const REAL *b = p->b;
  REAL *packed = p->packed;
  for (size_t j = p->first; j < p->end; j += LANES)
    for (size_t gate = 0; gate < 4; gate += 1)
      store(LANES, load(LANES_LEFT(p->hidden, j), b + gate * p->hidden + j),
            packed + j / LANES * panel + gate * LANES);
  REAL *codes = packed + PANEL_CODES;
  const int8_matrix w = {p->w, p->inputs, packed + PANEL_ROW, packed + 3 * PANEL_ROW, codes};
  const int8_matrix r = {p->r, p->hidden, packed + 2 * PANEL_ROW, packed + 4 * PANEL_ROW,
                         codes + code_groups(p->inputs) * PANEL_ROW};
  pack_int8_matrix(p, &w);
  pack_int8_matrix(p, &r);
}
