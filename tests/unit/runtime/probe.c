/* A static program to run inside sandboxes: does and tells what its arguments ask for, in order. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

static int by_name(const struct dirent** a, const struct dirent** b) {
  return strcmp((*a)->d_name, (*b)->d_name);
}

static void list(const char* path) {
  struct dirent** names = NULL;
  const int count = scandir(path, &names, NULL, by_name);
  for (int i = 0; i < count; ++i) {
    if (names[i]->d_name[0] != '.') {
      printf("%s ", names[i]->d_name);
    }
  }
  printf("\n");
}

static void show(const char* path) {
  char buffer[4096];
  const int fd = open(path, O_RDONLY);
  if (fd < 0) {
    printf("%s: %s\n", path, strerror(errno));
    return;
  }
  ssize_t count = 0;
  while ((count = read(fd, buffer, sizeof buffer)) > 0) {
    fwrite(buffer, 1, (size_t)count, stdout);
  }
  close(fd);
}

static void tell(const char* what, int result) {
  printf("%s: %s\n", what, result == 0 ? "done" : strerror(errno));
}

static void ids(const char* unused) {
  (void)unused;
  gid_t groups[64];
  const int count = getgroups(64, groups);
  printf("uid=%u gid=%u groups=", getuid(), getgid());
  for (int i = 0; i < count; ++i) {
    printf("%s%u", i == 0 ? "" : ",", groups[i]);
  }
  printf("\n");
}

static void privileges(const char* unused) {
  (void)unused;
  char line[256];
  FILE* status = fopen("/proc/self/status", "r");
  while (status != NULL && fgets(line, sizeof line, status) != NULL) {
    if (strncmp(line, "CapEff", 6) == 0 || strncmp(line, "CapBnd", 6) == 0 ||
        strncmp(line, "NoNewPrivs", 10) == 0) {
      fputs(line, stdout);
    }
  }
  struct rlimit limit;
  getrlimit(RLIMIT_NPROC, &limit);
  printf("nproc=%lu\n", (unsigned long)limit.rlim_max);
}

static void loopback(const char* unused) {
  (void)unused;
  struct ifreq request;
  memset(&request, 0, sizeof request);
  strcpy(request.ifr_name, "lo");
  ioctl(socket(AF_INET, SOCK_DGRAM, 0), SIOCGIFFLAGS, &request);
  printf("lo %s\n", (request.ifr_flags & IFF_UP) != 0 ? "up" : "down");
}

/* A grandchild that outlives its parent: the first process must reap it. */
static void orphan(const char* path) {
  if (fork() == 0) {
    setsid();
    if (fork() == 0) {
      usleep(50000);
      close(open(path, O_CREAT | O_WRONLY, 0644));
      _exit(0);
    }
    _exit(0);
  }
  wait(NULL);
  usleep(300000);
}

/* Processes that stay behind: they must be gone when the sandbox is. */
static void leave_behind(const char* path) {
  if (fork() == 0) {
    setsid();
    signal(SIGTERM, SIG_IGN);
    for (int second = 0; second < 30; ++second) {
      sleep(1);
    }
    close(open(path, O_CREAT | O_WRONLY, 0644));
    _exit(0);
  }
}

static void on_signal(int signal) {
  printf("got %d\n", signal);
  fflush(stdout);
  _exit(40 + signal);
}

static void wait_for_signal(const char* unused) {
  (void)unused;
  signal(SIGTERM, on_signal);
  signal(SIGINT, on_signal);
  signal(SIGUSR1, on_signal);
  puts("ready");
  fflush(stdout);
  for (;;) {
    pause();
  }
}

static void disk(const char* unused) {
  (void)unused;
  tell("mknod", mknod("/disk", S_IFBLK | 0600, makedev(7, 0)));
  const int made = open("/disk", O_RDONLY);
  printf("open made device: %s\n", made < 0 ? strerror(errno) : "done");
  mknod("/dev/disk", S_IFBLK | 0600, makedev(7, 0));
  const int in_dev = open("/dev/disk", O_RDONLY);
  printf("open device in /dev: %s\n", in_dev < 0 ? strerror(errno) : "done");
}

static void leave_with(const char* code) {
  fflush(stdout);
  _exit(atoi(code));
}

static void doze(const char* unused) {
  (void)unused;
  sleep(1);
}

static void raise_signal(const char* number) {
  fflush(stdout);
  kill(getpid(), atoi(number));
}

static void say(const char* text) {
  printf("%s\n", text);
}

static void complain(const char* text) {
  fprintf(stderr, "%s\n", text);
}

static void write_to(const char* path) {
  const int fd = open(path, O_WRONLY);
  tell("write", fd < 0 || write(fd, "1", 1) != 1 ? -1 : 0);
}

static void create(const char* path) {
  tell("create", open(path, O_CREAT | O_WRONLY, 0644) < 0 ? -1 : 0);
}

static void descriptor(const char* number) {
  printf("fd %s %s\n", number, fcntl(atoi(number), F_GETFD) < 0 ? "closed" : "open");
}

static void environment(const char* unused) {
  (void)unused;
  for (char** variable = environ; *variable != NULL; ++variable) {
    puts(*variable);
  }
}

static void where(const char* unused) {
  (void)unused;
  char name[65] = "";
  char directory[4096] = "";
  gethostname(name, sizeof name);
  printf("host=%s cwd=%s pid=%d\n", name, getcwd(directory, sizeof directory), getpid());
}

static void change_root(const char* path) {
  tell("chroot", chroot(path));
}

static void remount(const char* path) {
  tell("remount", mount(NULL, path, NULL, MS_REMOUNT | MS_BIND, NULL));
}

static void become(const char* uid) {
  tell("become", setuid((uid_t)atoi(uid)));
}

static const struct {
  const char* name;
  int operands;
  void (*act)(const char*);
} verbs[] = {
    {"become", 1, become},
    {"chroot", 1, change_root},
    {"complain", 1, complain},
    {"create", 1, create},
    {"descriptor", 1, descriptor},
    {"disk", 0, disk},
    {"doze", 0, doze},
    {"environment", 0, environment},
    {"exit", 1, leave_with},
    {"ids", 0, ids},
    {"leave", 1, leave_behind},
    {"list", 1, list},
    {"loopback", 0, loopback},
    {"orphan", 1, orphan},
    {"privileges", 0, privileges},
    {"raise", 1, raise_signal},
    {"remount", 1, remount},
    {"say", 1, say},
    {"show", 1, show},
    {"wait", 0, wait_for_signal},
    {"where", 0, where},
    {"write", 1, write_to},
};

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    size_t verb = 0;
    while (verb < sizeof verbs / sizeof verbs[0] && strcmp(verbs[verb].name, argv[i]) != 0) {
      ++verb;
    }
    if (verb == sizeof verbs / sizeof verbs[0] || i + verbs[verb].operands >= argc) {
      fprintf(stderr, "probe: what is '%s'?\n", argv[i]);
      return 99;
    }
    i += verbs[verb].operands;
    verbs[verb].act(argv[i]);
    fflush(stdout);
  }
  return 0;
}
