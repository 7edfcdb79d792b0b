/*
 * A fuzz target for the functions on text, in the form that libFuzzer calls.
 * The first bytes choose the separator and the shape of the rows; the rest is
 * the text. All buffers are exactly as large as they are said to be, so that
 * the address sanitizer sees a single byte too many.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ctest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t total_visited;

static int visit(const char *token, size_t length, size_t index) {
  if (strlen(token) != length || length == 0) {
    abort();
  }
  total_visited++;
  return index == 1000 ? -1 : (int)length;
}

static void *must_allocate(size_t size) {
  void *memory = malloc(size > 0 ? size : 1);
  if (memory == NULL) {
    abort();
  }
  return memory;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 3) {
    return 0;
  }
  char sep = (char)data[0];
  size_t rows_count = data[1] % 33;
  size_t row_bytes = data[2] % 33;
  size_t capacity = size - 3;
  char *text = must_allocate(capacity);
  memcpy(text, data + 3, capacity);
  char *rows = must_allocate(rows_count * row_bytes);

  size_t count = 0;
  int code = tokenize_bounded(sep, text, capacity, rows, rows_count, row_bytes, &count);
  if (count > rows_count) {
    abort();
  }
  for (size_t i = 0; i < count; i++) {
    if (memchr(rows + i * row_bytes, '\0', row_bytes) == NULL) {
      abort();
    }
  }

  if (memchr(text, '\0', capacity) != NULL) {
    visit_tokens(sep, text, rows, rows_count * row_bytes, visit);
    if (code == CTEST_OK && row_bytes <= CTEST_TOKEN_BYTES) {
      char(*t)[CTEST_TOKEN_BYTES] = must_allocate(count * sizeof *t);
      if ((size_t)tokenize(sep, text, t) != count) {
        abort();
      }
      free(t);
    }
    size_t length = strlen(text);
    if (titlecase_bounded(text, capacity) != CTEST_OK || strlen(text) != length) {
      abort();
    }
  } else if (titlecase_bounded(text, capacity) != CTEST_ERR_UNTERMINATED) {
    abort();
  }
  free(rows);
  free(text);
  return 0;
}
