// The performance of several processes on this machine, a reference for training. Started by mpirun, it prints one
// number, or a line per size.
//
//   machine sgemm SECONDS    GF/s of single-thread SGEMM 2048³ in every process at once, together
//   machine allreduce        bytes and the seconds of their all-reduce (sum of floats), the median of several runs
//
// A collective may take long if processes share a core: the others sleep then.
#include <cblas.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { side = 2048, most_tries = 41 };

static double *sorted(double *values, int count) {
  for (int i = 1; i < count; i++)
    for (int j = i; j > 0 && values[j] < values[j - 1]; j--) {
      double value = values[j];
      values[j] = values[j - 1];
      values[j - 1] = value;
    }
  return values;
}

static void sgemm(double seconds, int rank) {
  size_t count = (size_t)side * side;
  float *a = malloc(3 * count * sizeof *a), *b = a + count, *c = b + count;
  for (size_t i = 0; i < 3 * count; i++) a[i] = (float)(i % 7);
  double rate, together;
  for (int run = 0; run < 2; run++) {  // The first run is the warm-up.
    int products = 0;
    double began, took;
    MPI_Barrier(MPI_COMM_WORLD);
    began = MPI_Wtime();
    do {
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, side, side, side, 1, a, side, b, side, 0, c, side);
      products++;
      took = MPI_Wtime() - began;
    } while (took < (run == 0 ? 0.2 : seconds));
    rate = 2e-9 * side * side * side * products / took;
  }
  MPI_Reduce(&rate, &together, 1, MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD);
  if (rank == 0) printf("%.2f\n", together);
  free(a);
}

static void allreduce(int rank) {
  int most = 16 << 20;
  float *numbers = calloc(1, most);
  for (int bytes = 8; bytes <= most; bytes *= 8) {
    double tries[most_tries];
    for (int i = 0; i < most_tries; i++) {
      MPI_Barrier(MPI_COMM_WORLD);
      double began = MPI_Wtime();
      MPI_Allreduce(MPI_IN_PLACE, numbers, bytes / 4, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
      double own = MPI_Wtime() - began;
      MPI_Allreduce(&own, &tries[i], 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
    }
    if (rank == 0) printf("%d %.9f\n", bytes, sorted(tries, most_tries)[most_tries / 2]);
  }
  free(numbers);
}

int main(int count, char **arguments) {
  int rank;
  MPI_Init(&count, &arguments);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (count == 3 && strcmp(arguments[1], "sgemm") == 0) sgemm(atof(arguments[2]), rank);
  else if (count == 2 && strcmp(arguments[1], "allreduce") == 0) allreduce(rank);
  else {
    fprintf(stderr, "machine: sgemm SECONDS, or allreduce\n");
    MPI_Abort(MPI_COMM_WORLD, 64);
  }
  MPI_Finalize();
  return 0;
}
