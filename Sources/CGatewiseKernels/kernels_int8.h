// The kernels for weights in 8 bits, in Float, and their table. Files of instruction sets include this after kernels.h
// and dot4, one step of the integer product:
//
//   ints dot4(ints sum, ints x, ints w)    sum + x_0 w_0 + x_1 w_1 + x_2 w_2 + x_3 w_3 in every lane, exactly,
//
// where x and w hold four codes per lane, w signed from -127 to 127, x likewise but with CODE_OFFSET added: a set whose
// instruction takes unsigned factors defines it as 128. CODE_ROWS is the number of rows of a tile.
#define REAL float
#define V vector_float
#define U bits_float
#define LANES (VECTOR_BYTES / sizeof(REAL))
#define LANES_LEFT(count, n) ((count) - (n) < LANES ? (count) - (n) : LANES)
#define SIGN  0x80000000u
#define ROUND 0x1.8p+23f  // x + ROUND holds x, rounded to nearest even, in its lowest bits

#include "int8_codes.h"
#include "int8_panels.h"
#include "int8_tile.h"
#include "int8_products.h"

const gatewise_int8_kernels JOIN(gatewise_int8_table, ISA) = {
  .packed_count   = int8_packed_count,
  .scratch_count  = int8_scratch_count,
  .pack_gates     = int8_pack_gates,
  .input_product  = int8_input_product,
  .recurrent_step = int8_recurrent_step,
};
