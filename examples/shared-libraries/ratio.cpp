#include <iostream>

#include "squeeze.hpp"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: ratio <text>\n";
    return 2;
  }
  const std::string text = argv[1];
  std::cout << text.size() << " bytes become " << squeezed_size(text) << " with " << squeezer()
            << '\n';
}
