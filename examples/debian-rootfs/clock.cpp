#include <ctime>
#include <iomanip>
#include <iostream>

int main() {
  const std::time_t now = std::time(nullptr);
  std::cout << std::put_time(std::localtime(&now), "%Y-%m-%d %H:%M:%S %Z") << '\n';
}
