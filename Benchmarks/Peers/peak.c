// The rate of fused multiply-adds in registers, an upper bound of any product. Usage: peak THREADS. Prints GF/s in
// Float.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#if defined(__AVX512F__)
enum { BYTES = 64, CHAINS = 24 };
#elif defined(__AVX__)
enum { BYTES = 32, CHAINS = 12 };
#else
enum { BYTES = 16, CHAINS = 24 };
#endif
typedef float vector __attribute__((vector_size(BYTES)));
enum { ROUNDS = 4000000, TRIES = 5 };

static volatile float seed = 0.5f;

// CHAINS independent sums, enough to keep every unit busy during the latency of the first.
static void *run(void *unused) {
  vector factor = {0}, term = {0}, sums[CHAINS];
  factor += seed, term += seed;
  for (int k = 0; k < CHAINS; ++k) sums[k] = term * (float)k;
  for (int round = 0; round < ROUNDS; ++round) {
#pragma clang loop unroll(full)
    for (int k = 0; k < CHAINS; ++k) sums[k] = sums[k] * factor + term;
  }
  float sum = 0;
  for (int k = 0; k < CHAINS; ++k) sum += sums[k][0];
  seed = sum > 0 ? 0.5f : 0.25f;
  return unused;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

int main(int count, char **arguments) {
  int threads = count == 2 ? atoi(arguments[1]) : 0;
  if (threads < 1 || threads > 1024) return fprintf(stderr, "usage: peak THREADS\n"), 64;
  double best = 0;
  for (int try = 0; try < TRIES; ++try) {
    pthread_t others[1024];
    double began = now();
    for (int n = 1; n < threads; ++n) pthread_create(&others[n], NULL, run, NULL);
    run(NULL);
    for (int n = 1; n < threads; ++n) pthread_join(others[n], NULL);
    double operations = 2.0 * (BYTES / sizeof(float)) * CHAINS * ROUNDS * threads;
    double rate = operations / (now() - began) * 1e-9;
    if (rate > best) best = rate;
  }
  printf("%.1f\n", best);
}
