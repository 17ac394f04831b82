// dot4 of kernels_int8.h in plain vector code, for sets without an instruction for it. A lane of 32 bits holds four
// codes, one of 16 bits an even and an odd one; two products of codes fit in 16 bits, 2 · 127² of 32,767.
#define CODE_OFFSET 0

KERNEL bits_float dot4(bits_float sum, bits_float x, bits_float w) {
  halves even = ((halves)(x << 8) >> 8) * ((halves)(w << 8) >> 8);
  halves odd  = ((halves)x >> 8) * ((halves)w >> 8);
  ints pairs  = (ints)(even + odd);
  return sum + (bits_float)((pairs << 16 >> 16) + (pairs >> 16));
}
