#include <stdio.h>
#include <sys/utsname.h>

#include "HELLO_version.h"

int main(void) {
  struct utsname machine;
  if (uname(&machine) != 0) {
    perror("uname");
    return 1;
  }
  printf("hello %s on %s\n", HELLO_VERSION, machine.machine);
  return 0;
}
