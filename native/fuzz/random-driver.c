/*
 * Runs the fuzz target on random inputs where libFuzzer is missing (gcc has
 * none): fuzz-text [inputs] [seed]. The same seed gives the same inputs.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t state;

static uint64_t next_random(void) { /* xorshift64 */
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

int main(int argc, char **argv) {
  unsigned long inputs = argc > 1 ? strtoul(argv[1], NULL, 10) : 200000;
  unsigned long seed = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
  state = seed * 2654435761u + 88172645463325252u;
  static uint8_t data[256];
  /* Few different bytes, so that separators and ends are frequent. */
  static const char alphabet[] = " ,ab\0\tz\xc3";
  for (unsigned long i = 0; i < inputs; i++) {
    size_t size = next_random() % sizeof data;
    for (size_t j = 0; j < size; j++) {
      uint64_t r = next_random();
      data[j] = (r & 3) == 0 ? (uint8_t)(r >> 8) : (uint8_t)alphabet[(r >> 8) % 8];
    }
    LLVMFuzzerTestOneInput(data, size);
  }
  printf("%lu random inputs from seed %lu\n", inputs, seed);
  return 0;
}
