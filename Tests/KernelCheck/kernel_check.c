// Compares every kernel of every instruction set that this processor runs with plain loops in wider arithmetic, in
// Float and Double: the checks of Tests/GatewiseTests/Kernels, for processors that the tests cannot run on.
// scripts/check/neon builds it for 64-bit ARM. Prints the largest error of each kernel; exit status 1 if one exceeds
// the bound of the tests.
#include "gatewise_int8.h"

int kernel_check_float(const char *set, const gatewise_kernels *kernels);
int kernel_check_int8(const char *set, const gatewise_kernels *float_kernels,
                      const gatewise_int8_kernels *kernels);
int kernel_check_double(const char *set, const gatewise_kernels *kernels);

int main(void) {
  static const char *const names[] = {"portable", "neon", "avx2", "avx512"};
  int failed = 0;
  for (gatewise_isa isa = GATEWISE_ISA_PORTABLE; isa <= GATEWISE_ISA_AVX512; isa += 1) {
    if (!gatewise_isa_supported(isa)) continue;
    failed |= kernel_check_float(names[isa], gatewise_kernels_for_float(isa));
    failed |= kernel_check_int8(names[isa], gatewise_kernels_for_float(isa), gatewise_int8_kernels_for(isa));
    failed |= kernel_check_double(names[isa], gatewise_kernels_for_double(isa));
  }
  return failed;
}
