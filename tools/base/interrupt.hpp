#pragma once

namespace gantry::base {

/// Makes SIGINT, SIGTERM and SIGHUP set a flag instead of ending the process at once, so that long
/// loops can stop, clean up and return an Error. A second signal, at
/// least 0.2 s later, ends the process as usual.
void catch_interrupts();

/// As if SIGHUP had come when the process that started us ends: a build tool that is killed passes
/// nothing on. After catch_interrupts().
void stop_with_parent();

/// True once such a signal has come.
bool interrupted();

/// As if this signal had come: for one that was taken some other way.
void note_interrupt(int signal);

/// The number of the signal that came; 0 if none did.
int interrupt_signal();

}  // namespace gantry::base
