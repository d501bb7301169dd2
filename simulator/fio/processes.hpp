#pragma once

#include <sys/types.h>

namespace gantry::fio {

/// The calling process ends when this one, which has forked it, does.
void end_with(pid_t parent);

/// Is told, in fio's main process, of each process of a job that was ended by a signal.
using Mourner = void (*)(pid_t process, int signal);
void set_mourner(Mourner mourner);

}  // namespace gantry::fio
