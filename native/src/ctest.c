#include "ctest.h"

#include <string.h>

static int is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

static char to_upper(char c) {
  return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/** A token's place in a text: length 0 means that there is none left. */
struct span {
  const char *start;
  size_t length;
};

static struct span next_token(char sep, const char *text) {
  struct span token = {text, 0};
  while (*token.start != '\0' && *token.start == sep) {
    token.start++;
  }
  while (token.start[token.length] != '\0' && token.start[token.length] != sep) {
    token.length++;
  }
  return token;
}

static void copy_token(char *row, struct span token, size_t length) {
  memcpy(row, token.start, length);
  row[length] = '\0';
}

struct Complex add(struct Complex a, struct Complex b) {
  struct Complex result = {a.x + b.x, a.y + b.y};
  return result;
}

void swap(struct Complex *a, struct Complex *b) {
  struct Complex held = *a;
  *a = *b;
  *b = held;
}

double sum(const double f[], int n) {
  double total = 0;
  for (int i = 0; i < n; i++) {
    total += f[i];
  }
  return total;
}

void titlecase(char *str) {
  int at_start = 1;
  for (; *str != '\0'; str++) {
    if (at_start) {
      *str = to_upper(*str);
    }
    at_start = is_space(*str);
  }
}

int tokenize(char sep, const char *str, char t[][CTEST_TOKEN_BYTES]) {
  int count = 0;
  for (;;) {
    struct span token = next_token(sep, str);
    if (token.length == 0) {
      return count;
    }
    size_t kept = token.length < CTEST_TOKEN_BYTES ? token.length : CTEST_TOKEN_BYTES - 1;
    copy_token(t[count], token, kept);
    count++;
    str = token.start + token.length;
  }
}

static void mult_strided(const double *a, const double *b, double *c, size_t n, size_t r,
                         size_t m, size_t stride) {
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j < m; j++) {
      double total = 0;
      for (size_t k = 0; k < r; k++) {
        total += a[i * stride + k] * b[k * stride + j];
      }
      c[i * stride + j] = total;
    }
  }
}

void mult(const double a[][CTEST_MATRIX_STRIDE], const double b[][CTEST_MATRIX_STRIDE],
          double c[][CTEST_MATRIX_STRIDE], int n, int r, int m) {
  if (n < 1 || r < 1 || m < 1) {
    return;
  }
  mult_strided((const double *)a, (const double *)b, (double *)c, (size_t)n, (size_t)r, (size_t)m,
               CTEST_MATRIX_STRIDE);
}

int sum_bounded(const double values[], size_t length, size_t n, double *result) {
  if (result == NULL || (values == NULL && n > 0)) {
    return CTEST_ERR_ARGUMENT;
  }
  if (n > length) {
    return CTEST_ERR_BOUNDS;
  }
  double total = 0;
  for (size_t i = 0; i < n; i++) {
    total += values[i];
  }
  *result = total;
  return CTEST_OK;
}

int titlecase_bounded(char *text, size_t capacity) {
  if (text == NULL) {
    return CTEST_ERR_ARGUMENT;
  }
  if (memchr(text, '\0', capacity) == NULL) {
    return CTEST_ERR_UNTERMINATED;
  }
  titlecase(text);
  return CTEST_OK;
}

int tokenize_bounded(char sep, const char *text, size_t capacity, char *rows, size_t rows_count,
                     size_t row_bytes, size_t *count) {
  if (count == NULL) {
    return CTEST_ERR_ARGUMENT;
  }
  *count = 0;
  if (text == NULL || rows == NULL || row_bytes == 0) {
    return CTEST_ERR_ARGUMENT;
  }
  if (memchr(text, '\0', capacity) == NULL) {
    return CTEST_ERR_UNTERMINATED;
  }
  for (;;) {
    struct span token = next_token(sep, text);
    if (token.length == 0) {
      return CTEST_OK;
    }
    if (*count == rows_count) {
      return CTEST_ERR_TOO_MANY_TOKENS;
    }
    char *row = rows + *count * row_bytes;
    if (token.length >= row_bytes) {
      row[0] = '\0';
      return CTEST_ERR_TOKEN_TOO_LONG;
    }
    copy_token(row, token, token.length);
    (*count)++;
    text = token.start + token.length;
  }
}

/** Tells whether an array of length doubles holds rows * columns at stride. */
static int fits(size_t length, size_t rows, size_t columns, size_t stride) {
  return length >= columns && (length - columns) / stride >= rows - 1;
}

int mult_bounded(const double *a, size_t a_length, const double *b, size_t b_length, double *c,
                 size_t c_length, size_t n, size_t r, size_t m, size_t stride) {
  if (a == NULL || b == NULL || c == NULL || n == 0 || r == 0 || m == 0 || r > stride ||
      m > stride) {
    return CTEST_ERR_ARGUMENT;
  }
  if (!fits(a_length, n, r, stride) || !fits(b_length, r, m, stride) ||
      !fits(c_length, n, m, stride)) {
    return CTEST_ERR_BOUNDS;
  }
  mult_strided(a, b, c, n, r, m, stride);
  return CTEST_OK;
}

int add_into(const struct Complex *a, const struct Complex *b, struct Complex *result) {
  if (a == NULL || b == NULL || result == NULL) {
    return CTEST_ERR_ARGUMENT;
  }
  *result = add(*a, *b);
  return CTEST_OK;
}

long long visit_tokens(char sep, const char *text, char *scratch, size_t scratch_bytes,
                       token_visitor visit) {
  if (text == NULL || scratch == NULL || visit == NULL) {
    return -CTEST_ERR_ARGUMENT;
  }
  long long total = 0;
  for (size_t index = 0;; index++) {
    struct span token = next_token(sep, text);
    if (token.length == 0) {
      return total;
    }
    if (token.length >= scratch_bytes) {
      return -CTEST_ERR_TOKEN_TOO_LONG;
    }
    copy_token(scratch, token, token.length);
    int answer = visit(scratch, token.length, index);
    if (answer < 0) {
      return total;
    }
    total += answer;
    text = token.start + token.length;
  }
}
