/* Grades a photograph with an exported SavedModel, without Python.
 *
 *     grade SAVED_MODEL PHOTOGRAPH
 *
 * README.md says how to build it. Exit status: 0; 1 after one line on standard
 * error; 2 if the arguments are wrong. */

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tensorflow/c/c_api.h"

#define SIGNATURE "serving_bytes"
#define INPUT "photograph_bytes"
#define OUTPUT "grade_probabilities"
#define GRADES 5
#define MAX_BYTES (100L * 1000 * 1000)

static const char *const GRADE_NAMES[GRADES] = {
    "none", "mild", "moderate", "severe", "proliferative"};

/* Our own copy of standard error; TensorFlow's notices go nowhere. */
static FILE *screen;

static void separate_notices(void) {
  int copy = dup(STDERR_FILENO);
  screen = copy < 0 ? NULL : fdopen(copy, "w");
  if (!screen || !freopen("/dev/null", "w", stderr)) screen = stderr;
}

/* Writes one line about an error; always returns false. */
static bool fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("error: ", screen);
  vfprintf(screen, format, arguments);
  fputc('\n', screen);
  va_end(arguments);
  return false;
}

/* Fails with the first line of TensorFlow's reason. */
static bool fail_with(const char *what, const TF_Status *status) {
  const char *reason = TF_Message(status);
  return fail("%s: %.*s", what, (int)strcspn(reason, "\n"), reason);
}

/* === The photograph === */

typedef struct {
  char *bytes;
  size_t size;
} File;

static bool is_photograph(const File *file) {
  return (file->size > 3 && !memcmp(file->bytes, "\xff\xd8\xff", 3)) ||
         (file->size > 8 && !memcmp(file->bytes, "\x89PNG\r\n\x1a\n", 8));
}

static bool read_stream(FILE *stream, const char *path, File *file) {
  struct stat about;
  if (fstat(fileno(stream), &about))
    return fail("%s: %s", path, strerror(errno));
  if (!S_ISREG(about.st_mode)) return fail("%s: is not a file", path);
  if (about.st_size == 0) return fail("%s: the file is empty", path);
  if (about.st_size > MAX_BYTES)
    return fail("%s: larger than %ld MB", path, MAX_BYTES / 1000000);
  file->bytes = malloc((size_t)about.st_size);
  if (!file->bytes) return fail("%s: no memory", path);
  file->size = fread(file->bytes, 1, (size_t)about.st_size, stream);
  if (file->size != (size_t)about.st_size)
    return fail("%s: cannot be read to its end", path);
  if (!is_photograph(file))
    return fail("%s: not a JPEG or PNG photograph", path);
  return true;
}

static bool read_photograph(const char *path, File *file) {
  FILE *stream = fopen(path, "rb");
  if (!stream) return fail("%s: %s", path, strerror(errno));
  bool done = read_stream(stream, path, file);
  fclose(stream);
  return done;
}

/* === The signature: the few protocol buffer fields we need === */

typedef struct {
  const uint8_t *at, *end;
} Message;

static bool read_varint(Message *message, uint64_t *value) {
  *value = 0;
  for (int shift = 0; shift < 64 && message->at < message->end; shift += 7) {
    uint8_t byte = *message->at++;
    *value |= (uint64_t)(byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

/* Reads the next field of a message. `content` is empty for numbers. */
static bool next_field(Message *message, uint64_t *number, Message *content) {
  uint64_t key, size = 0;
  if (!read_varint(message, &key)) return false;
  *number = key >> 3;
  switch (key & 7) {
    case 0:
      if (!read_varint(message, &size)) return false;
      size = 0;
      break;
    case 1:
      size = 8;
      break;
    case 2:
      if (!read_varint(message, &size)) return false;
      break;
    case 5:
      size = 4;
      break;
    default:
      return false;
  }
  if (size > (uint64_t)(message->end - message->at)) return false;
  content->at = message->at;
  message->at += size;
  content->end = message->at;
  return true;
}

static bool find_field(Message message, uint64_t wanted, Message *content) {
  uint64_t number;
  while (next_field(&message, &number, content))
    if (number == wanted) return true;
  return false;
}

/* Finds a map field's value for a key: entries of key (1), value (2). */
static bool find_entry(Message message, uint64_t map, const char *key,
                       Message *value) {
  uint64_t number;
  Message entry, name;
  while (next_field(&message, &number, &entry)) {
    if (number != map || !find_field(entry, 1, &name)) continue;
    if ((size_t)(name.end - name.at) == strlen(key) &&
        !memcmp(name.at, key, strlen(key)))
      return find_field(entry, 2, value);
  }
  return false;
}

/* Finds a tensor of the signature in the graph: map 1 is inputs, 2 outputs. */
static bool find_tensor(TF_Graph *graph, Message signature, uint64_t map,
                        const char *key, TF_Output *tensor) {
  Message info, name;
  char text[256];
  if (!find_entry(signature, map, key, &info) ||
      !find_field(info, 1, &name) ||
      (size_t)(name.end - name.at) >= sizeof text)
    return fail("the signature " SIGNATURE " has no tensor %s", key);
  memcpy(text, name.at, (size_t)(name.end - name.at));
  text[name.end - name.at] = '\0';
  char *colon = strrchr(text, ':');
  if (colon) *colon = '\0';
  tensor->index = colon ? atoi(colon + 1) : 0;
  tensor->oper = TF_GraphOperationByName(graph, text);
  if (!tensor->oper) return fail("the graph has no operation %s", text);
  return true;
}

/* === The model === */

typedef struct {
  TF_Graph *graph;
  TF_Session *session;
  TF_Output input, output;
} Model;

static bool find_signature(const char *path, const TF_Buffer *meta_graph,
                           Model *model) {
  const uint8_t *start = meta_graph->data;
  Message whole = {start, start + meta_graph->length}, signature;
  if (!find_entry(whole, 5, SIGNATURE, &signature))
    return fail("%s: no signature " SIGNATURE, path);
  return find_tensor(model->graph, signature, 1, INPUT, &model->input) &&
         find_tensor(model->graph, signature, 2, OUTPUT, &model->output);
}

static bool load_model(const char *path, Model *model, TF_Status *status) {
  const char *tags[] = {"serve"};
  TF_SessionOptions *options = TF_NewSessionOptions();
  TF_Buffer *meta_graph = TF_NewBuffer();
  model->graph = TF_NewGraph();
  model->session = TF_LoadSessionFromSavedModel(
      options, NULL, path, tags, 1, model->graph, meta_graph, status);
  bool done = TF_GetCode(status) == TF_OK
                  ? find_signature(path, meta_graph, model)
                  : fail_with(path, status);
  TF_DeleteBuffer(meta_graph);
  TF_DeleteSessionOptions(options);
  return done;
}

static void free_model(Model *model, TF_Status *status) {
  if (model->session) {
    TF_CloseSession(model->session, status);
    TF_DeleteSession(model->session, status);
  }
  if (model->graph) TF_DeleteGraph(model->graph);
}

/* === The grade === */

/* Copies the probabilities out of the answer `[1, 5]` float32. */
static bool read_answer(const TF_Tensor *answer, float *probabilities) {
  if (TF_TensorType(answer) != TF_FLOAT ||
      TF_TensorByteSize(answer) != GRADES * sizeof(float))
    return fail("the output " OUTPUT " is not %d float32 values", GRADES);
  memcpy(probabilities, TF_TensorData(answer), GRADES * sizeof(float));
  return true;
}

static bool run_model(const Model *model, const char *path, const File *file,
                      float *probabilities, TF_Status *status) {
  const int64_t one[] = {1};
  TF_Tensor *given = TF_AllocateTensor(TF_STRING, one, 1, sizeof(TF_TString));
  TF_TString *content = TF_TensorData(given);
  TF_Tensor *answer = NULL;
  TF_StringInit(content);
  TF_StringCopy(content, file->bytes, file->size);
  TF_SessionRun(model->session, NULL, &model->input, &given, 1,
                &model->output, &answer, 1, NULL, 0, NULL, status);
  bool done = TF_GetCode(status) == TF_OK ? read_answer(answer, probabilities)
                                          : fail_with(path, status);
  if (answer) TF_DeleteTensor(answer);
  /* Deleting the tensor does not free the string's own memory. */
  TF_StringDealloc(content);
  TF_DeleteTensor(given);
  return done;
}

static void print_grade(const float *probabilities) {
  int grade = 0;
  for (int i = 1; i < GRADES; ++i)
    if (probabilities[i] > probabilities[grade]) grade = i;
  printf("grade %d (%s)\n", grade, GRADE_NAMES[grade]);
  for (int i = 0; i < GRADES; ++i)
    printf("%d %-13s %.9g\n", i, GRADE_NAMES[i], probabilities[i]);
}

static bool grade(const char *saved_model, const char *photograph) {
  File file = {0};
  Model model = {0};
  float probabilities[GRADES];
  TF_Status *status = TF_NewStatus();
  bool done = read_photograph(photograph, &file) &&
              load_model(saved_model, &model, status) &&
              run_model(&model, photograph, &file, probabilities, status);
  if (done) print_grade(probabilities);
  free_model(&model, status);
  TF_DeleteStatus(status);
  free(file.bytes);
  return done;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: %s SAVED_MODEL PHOTOGRAPH\n", argv[0]);
    return 2;
  }
  separate_notices();
  bool done = grade(argv[1], argv[2]);
  if (screen != stderr) fclose(screen);
  return done ? 0 : 1;
}
