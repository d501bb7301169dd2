#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

int main() {
  const char* const kitchen = std::getenv("KITCHEN");
  std::ifstream menu(std::string(kitchen != nullptr ? kitchen : ".") + "/menu.txt");
  std::string dish;
  if (!std::getline(menu, dish)) {
    std::cerr << "cook: there is no menu\n";
    return 1;
  }
  std::cout << "Cooking " << dish << '\n';
}
