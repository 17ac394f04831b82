// OpenBLAS through its C interface: cblas_?gemm, cblas_?gemv and openblas_set_num_threads.
#include <cblas.h>
