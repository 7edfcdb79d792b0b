/* Each test is a function; the program reports the counts as vitest does. */
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctest.h"

static int failures;

#define CHECK(condition)                                                    \
  do {                                                                      \
    if (!(condition)) {                                                     \
      fprintf(stderr, "  %s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      failures++;                                                           \
    }                                                                       \
  } while (0)

static const char SENTENCE[] = "the advantages of script languages over OTHER languages";

static void add_adds_both_parts(void) {
  struct Complex r = add((struct Complex){3.1, 4.2}, (struct Complex){1.9, 2.8});
  CHECK(r.x == 5.0);
  CHECK(r.y == 7.0);
}

static void add_into_may_store_in_an_operand_and_refuses_null(void) {
  struct Complex a = {1, 2}, b = {3, 4};
  CHECK(add_into(&a, &b, &a) == CTEST_OK);
  CHECK(a.x == 4 && a.y == 6);
  CHECK(add_into(NULL, &b, &a) == CTEST_ERR_ARGUMENT);
  CHECK(add_into(&a, NULL, &a) == CTEST_ERR_ARGUMENT);
  CHECK(add_into(&a, &b, NULL) == CTEST_ERR_ARGUMENT);
}

static void swap_exchanges_and_leaves_one_with_itself(void) {
  struct Complex a = {3, 4}, b = {2, 7};
  swap(&a, &b);
  CHECK(a.x == 2 && a.y == 7 && b.x == 3 && b.y == 4);
  swap(&a, &a);
  CHECK(a.x == 2 && a.y == 7);
}

static void sum_adds_n_values_and_none_for_a_count_below_one(void) {
  const double f[] = {1, 2, 1, 6, 4, 2, 7, 3, 1, 5};
  CHECK(sum(f, 10) == 32.0);
  CHECK(sum(f, 0) == 0.0);
  CHECK(sum(f, -3) == 0.0);
}

static void sum_bounded_refuses_a_count_above_the_length(void) {
  const double f[] = {1, 2, 3};
  double result = -1;
  CHECK(sum_bounded(f, 3, 4, &result) == CTEST_ERR_BOUNDS);
  CHECK(result == -1);
  CHECK(sum_bounded(f, 3, 3, &result) == CTEST_OK && result == 6);
  CHECK(sum_bounded(NULL, 0, 0, &result) == CTEST_OK && result == 0);
  CHECK(sum_bounded(NULL, 3, 3, &result) == CTEST_ERR_ARGUMENT);
  CHECK(sum_bounded(f, 3, 3, NULL) == CTEST_ERR_ARGUMENT);
}

static void titlecase_raises_first_letters_only(void) {
  char text[] = "the advantages of script languages over OTHER languages";
  titlecase(text);
  CHECK(strcmp(text, "The Advantages Of Script Languages Over OTHER Languages") == 0);
  char odd[] = "  x\ty\n\xc3\xa4" "b 1a";
  titlecase(odd);
  CHECK(strcmp(odd, "  X\tY\n\xc3\xa4" "b 1a") == 0);
  char empty[] = "";
  titlecase(empty);
  CHECK(empty[0] == '\0');
}

static void titlecase_bounded_refuses_text_without_an_end(void) {
  char text[3] = {'a', 'b', 'c'};
  CHECK(titlecase_bounded(text, sizeof text) == CTEST_ERR_UNTERMINATED);
  CHECK(text[0] == 'a');
  CHECK(titlecase_bounded(NULL, 3) == CTEST_ERR_ARGUMENT);
  char fine[] = "ab";
  CHECK(titlecase_bounded(fine, sizeof fine) == CTEST_OK && fine[0] == 'A');
}

static void tokenize_fills_a_row_for_each_token(void) {
  char t[20][CTEST_TOKEN_BYTES];
  CHECK(tokenize(' ', SENTENCE, t) == 8);
  CHECK(strcmp(t[0], "the") == 0);
  CHECK(strcmp(t[7], "languages") == 0);
  CHECK(tokenize(',', ",,a,,b,", t) == 2);
  CHECK(strcmp(t[1], "b") == 0);
  CHECK(tokenize(' ', "", t) == 0);
}

static void tokenize_cuts_a_long_token(void) {
  char t[1][CTEST_TOKEN_BYTES];
  CHECK(tokenize(' ', "abcdefghijklmnopqrstuvwxyz", t) == 1);
  CHECK(strcmp(t[0], "abcdefghijklmnopqrs") == 0);
}

static void tokenize_bounded_reports_what_does_not_fit(void) {
  char rows[2 * 4];
  size_t count = 99;
  const char two[] = "abc de";
  CHECK(tokenize_bounded(' ', two, sizeof two, rows, 2, 4, &count) == CTEST_OK && count == 2);
  CHECK(strcmp(rows + 4, "de") == 0);
  CHECK(tokenize_bounded(' ', two, sizeof two, rows, 1, 4, &count) == CTEST_ERR_TOO_MANY_TOKENS);
  CHECK(count == 1);
  CHECK(tokenize_bounded(' ', two, sizeof two, rows, 2, 3, &count) == CTEST_ERR_TOKEN_TOO_LONG);
  CHECK(count == 0 && rows[0] == '\0');
  CHECK(tokenize_bounded(' ', two, 3, rows, 2, 4, &count) == CTEST_ERR_UNTERMINATED);
  CHECK(tokenize_bounded(' ', NULL, 0, rows, 2, 4, &count) == CTEST_ERR_ARGUMENT);
  CHECK(tokenize_bounded(' ', two, sizeof two, NULL, 2, 4, &count) == CTEST_ERR_ARGUMENT);
  CHECK(tokenize_bounded(' ', two, sizeof two, rows, 2, 0, &count) == CTEST_ERR_ARGUMENT);
  CHECK(tokenize_bounded(' ', two, sizeof two, rows, 2, 4, NULL) == CTEST_ERR_ARGUMENT);
}

static void mult_multiplies_within_rows_of_100(void) {
  static double a[2][CTEST_MATRIX_STRIDE] = {{1, 2, 3, 4, 5}, {11, 12, 13, 14, 15}};
  static double b[5][CTEST_MATRIX_STRIDE] = {{1, 2}, {2, 3}, {4, 5}, {6, 7}, {8, 9}};
  static double c[2][CTEST_MATRIX_STRIDE];
  c[0][2] = -1;
  mult((const double(*)[CTEST_MATRIX_STRIDE])a, (const double(*)[CTEST_MATRIX_STRIDE])b, c, 2, 5, 2);
  CHECK(c[0][0] == 81 && c[0][1] == 96 && c[1][0] == 291 && c[1][1] == 356);
  CHECK(c[0][2] == -1);
  mult((const double(*)[CTEST_MATRIX_STRIDE])a, (const double(*)[CTEST_MATRIX_STRIDE])b, c, 0, 5, 2);
  CHECK(c[0][0] == 81);
}

static void mult_bounded_needs_whole_rows_but_no_padding_after_the_last(void) {
  const double a[] = {1, 2, 0, 3, 4}; /* 2 x 2 at a stride of 3 */
  const double b[] = {5, 6, 0, 7, 8};
  double c[5] = {0};
  CHECK(mult_bounded(a, 5, b, 5, c, 5, 2, 2, 2, 3) == CTEST_OK);
  CHECK(c[0] == 19 && c[1] == 22 && c[2] == 0 && c[3] == 43 && c[4] == 50);
  CHECK(mult_bounded(a, 4, b, 5, c, 5, 2, 2, 2, 3) == CTEST_ERR_BOUNDS);
  CHECK(mult_bounded(a, 5, b, 4, c, 5, 2, 2, 2, 3) == CTEST_ERR_BOUNDS);
  CHECK(mult_bounded(a, 5, b, 5, c, 4, 2, 2, 2, 3) == CTEST_ERR_BOUNDS);
  CHECK(mult_bounded(a, 5, b, 5, c, 5, 2, 2, 2, 1) == CTEST_ERR_ARGUMENT);
  CHECK(mult_bounded(a, 5, b, 5, c, 5, 0, 2, 2, 3) == CTEST_ERR_ARGUMENT);
  CHECK(mult_bounded(NULL, 5, b, 5, c, 5, 2, 2, 2, 3) == CTEST_ERR_ARGUMENT);
  CHECK(mult_bounded(a, 5, b, 5, c, 5, (size_t)-1, 2, 2, (size_t)-1) == CTEST_ERR_BOUNDS);
}

static size_t visited;

static int answer_length(const char *token, size_t length, size_t index) {
  CHECK(strlen(token) == length);
  CHECK(index == visited);
  visited++;
  return (int)length;
}

static int stop_at_third(const char *token, size_t length, size_t index) {
  (void)token;
  (void)length;
  return index == 2 ? -1 : 1;
}

static void visit_tokens_sums_the_answers_until_one_is_negative(void) {
  char scratch[32];
  visited = 0;
  CHECK(visit_tokens(' ', SENTENCE, scratch, sizeof scratch, answer_length) == 48);
  CHECK(visited == 8);
  CHECK(visit_tokens(' ', SENTENCE, scratch, sizeof scratch, stop_at_third) == 2);
  CHECK(visit_tokens(' ', SENTENCE, scratch, 5, stop_at_third) == -CTEST_ERR_TOKEN_TOO_LONG);
  CHECK(visit_tokens(' ', NULL, scratch, 5, stop_at_third) == -CTEST_ERR_ARGUMENT);
  CHECK(visit_tokens(' ', "", scratch, 0, stop_at_third) == 0);
}

#define TEST(name) {#name, name}

int main(int argc, char **argv) {
  const struct {
    const char *name;
    void (*run)(void);
  } tests[] = {
      TEST(add_adds_both_parts),
      TEST(add_into_may_store_in_an_operand_and_refuses_null),
      TEST(swap_exchanges_and_leaves_one_with_itself),
      TEST(sum_adds_n_values_and_none_for_a_count_below_one),
      TEST(sum_bounded_refuses_a_count_above_the_length),
      TEST(titlecase_raises_first_letters_only),
      TEST(titlecase_bounded_refuses_text_without_an_end),
      TEST(tokenize_fills_a_row_for_each_token),
      TEST(tokenize_cuts_a_long_token),
      TEST(tokenize_bounded_reports_what_does_not_fit),
      TEST(mult_multiplies_within_rows_of_100),
      TEST(mult_bounded_needs_whole_rows_but_no_padding_after_the_last),
      TEST(visit_tokens_sums_the_answers_until_one_is_negative),
  };
  const int total = (int)(sizeof tests / sizeof tests[0]);
  int passed = 0;
  for (int i = 0; i < total; i++) {
    int before = failures;
    tests[i].run();
    int ok = failures == before;
    passed += ok;
    printf("%s %s\n", ok ? "ok    " : "not ok", tests[i].name);
  }
  printf("%d of %d passed\n", passed, total);
  if (argc > 1) {
    FILE *report = fopen(argv[1], "w");
    if (report == NULL) {
      perror(argv[1]);
      return EXIT_FAILURE;
    }
    fprintf(report,
            "{\"numTotalTests\":%d,\"numPassedTests\":%d,\"numFailedTests\":%d,\"success\":%s}\n",
            total, passed, total - passed, passed == total ? "true" : "false");
    if (fclose(report) != 0) {
      perror(argv[1]);
      return EXIT_FAILURE;
    }
  }
  return passed == total ? EXIT_SUCCESS : EXIT_FAILURE;
}
