// Syntax checked by g++ 12 -Wall -Wextra against the declarations of c_api.h; neither linked nor run.
//
// Alpha with a file of `indexnet export --format tflite`, through LiteRT's C interface.
//
//   g++ -std=c++17 -I HEADERS matting.cc -L LIBRARY -ltensorflowlite_c -o matting
//   matting matting.tflite pixels.f32 alpha.f32
//
// pixels.f32 holds height x width x 4 floats, red, green, blue and the trimap, each 0 to 255, in the size that
// the file was exported with; alpha.f32 gets height x width floats, 0 to 1.

#include <cstdio>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tensorflow/lite/c/c_api.h"

class Matting {
 public:
  explicit Matting(const std::string& file, int threads = 2)
      : model_(TfLiteModelCreateFromFile(file.c_str()), TfLiteModelDelete),
        options_(TfLiteInterpreterOptionsCreate(), TfLiteInterpreterOptionsDelete),
        interpreter_(nullptr, TfLiteInterpreterDelete) {
    if (!model_) throw std::runtime_error(file + " is no TFLite file.");
    TfLiteInterpreterOptionsSetNumThreads(options_.get(), threads);
    interpreter_.reset(TfLiteInterpreterCreate(model_.get(), options_.get()));
    if (!interpreter_) throw std::runtime_error(file + " cannot be run.");
    check(TfLiteInterpreterAllocateTensors(interpreter_.get()));
  }

  // Red, green, blue, trimap of every pixel in; alpha of every pixel out.
  std::vector<float> alpha(const std::vector<float>& pixels) {
    TfLiteTensor* input = TfLiteInterpreterGetInputTensor(interpreter_.get(), 0);
    check(TfLiteTensorCopyFromBuffer(input, pixels.data(), pixels.size() * sizeof(float)));
    check(TfLiteInterpreterInvoke(interpreter_.get()));
    const TfLiteTensor* output = TfLiteInterpreterGetOutputTensor(interpreter_.get(), 0);
    std::vector<float> alpha(TfLiteTensorByteSize(output) / sizeof(float));
    check(TfLiteTensorCopyToBuffer(output, alpha.data(), alpha.size() * sizeof(float)));
    return alpha;
  }

 private:
  static void check(TfLiteStatus status) {
    if (status != kTfLiteOk) throw std::runtime_error("LiteRT failed; is the input of the file's size?");
  }

  std::unique_ptr<TfLiteModel, decltype(&TfLiteModelDelete)> model_;
  std::unique_ptr<TfLiteInterpreterOptions, decltype(&TfLiteInterpreterOptionsDelete)> options_;
  std::unique_ptr<TfLiteInterpreter, decltype(&TfLiteInterpreterDelete)> interpreter_;
};

int main(int count, char** arguments) {
  if (count != 4) {
    std::fprintf(stderr, "usage: matting FILE.tflite PIXELS.f32 ALPHA.f32\n");
    return 1;
  }
  try {
    std::ifstream in(arguments[2], std::ios::binary | std::ios::ate);
    if (!in) throw std::runtime_error(std::string(arguments[2]) + " cannot be read.");
    std::vector<float> pixels(in.tellg() / sizeof(float));
    in.seekg(0);
    in.read(reinterpret_cast<char*>(pixels.data()), pixels.size() * sizeof(float));
    const std::vector<float> alpha = Matting(arguments[1]).alpha(pixels);
    std::ofstream out(arguments[3], std::ios::binary);
    out.write(reinterpret_cast<const char*>(alpha.data()), alpha.size() * sizeof(float));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "Error: %s\n", error.what());
    return 1;
  }
}
