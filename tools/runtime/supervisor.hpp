#pragma once

#include <chrono>
#include <csignal>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/file.hpp"
#include "base/result.hpp"

namespace gantry::runtime {

/// How a program that was run ended.
struct Outcome {
  int exit_code = 0;  ///< 128 + the signal's number if a signal ended it
  bool timed_out = false;
  int signal = 0;   ///< the last one that came to us meanwhile; 0: none
  std::string out;  ///< standard output, if captured
  std::string err;  ///< standard error, if captured
};

/// Where a program's standard streams lead.
enum class Streams {
  kInherit,  ///< to ours
  kCapture,  ///< input is empty, both outputs are kept
};

struct Supervision {
  Streams streams = Streams::kInherit;
  std::chrono::milliseconds timeout{0};  ///< 0: none
  std::filesystem::path directory = {};  ///< where it runs; empty: where we do
};

/// While one exists, the signals that end a program (and SIGCHLD) stay pending in this thread, so
/// that a child can be started without losing one.
class HeldSignals {
 public:
  HeldSignals();
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;
  ~HeldSignals();

  const sigset_t& held() const { return held_; }
  const sigset_t& before() const { return before_; }

 private:
  sigset_t held_;
  sigset_t before_;
};

/// The ends of captured streams; empty descriptors when they are not captured.
struct Capture {
  base::Fd out_read;
  base::Fd out_write;
  base::Fd err_read;
  base::Fd err_write;

  static base::Result<Capture> make(Streams streams);
};

/// Takes a signal to where it has to go.
using PassOn = std::function<void(int signal)>;

/// Waits for a child, gives every held signal to pass_on (the third interrupt kills the child
/// instead) and reads what it says. The child is gone when this returns.
Outcome supervise(pid_t child, const HeldSignals& signals, Capture capture,
                  std::chrono::milliseconds timeout, const PassOn& pass_on);

/// Runs a program of this machine (in a session of its own) as supervise does. Without a pass_on it
/// gets the signals itself. input is its standard input if its streams are captured.
base::Result<Outcome> run_supervised(const std::vector<std::string>& arguments,
                                     const Supervision& supervision, const PassOn& pass_on = {},
                                     base::Fd input = {});

/// Writes a program's standard input. A program that reads no more makes writing fail with EPIPE.
using Feed = std::function<base::Result<void>(int input)>;

struct FedOutcome {
  Outcome outcome;
  base::Result<void> fed;  ///< what feed came back with
};

/// As run_supervised, with captured streams, while feed writes the standard input in a thread of
/// its own.
base::Result<FedOutcome> run_fed(const std::vector<std::string>& arguments, const Feed& feed);

}  // namespace gantry::runtime
