#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>

#include "base/interrupt.hpp"
#include "registry/http.hpp"
#include "registry/http_transfer.hpp"
#include "registry/libcurl.hpp"

namespace gantry::registry {

using base::Error;
using base::Result;

namespace {

/// How soon an interrupt or a stalled transfer is noticed.
constexpr int kLook = 100;     // milliseconds
constexpr int kIdle = 60'000;  // milliseconds

struct FreeMulti {
  void operator()(CURLM* multi) const { libcurl().multi_cleanup(multi); }
};
struct FreeEasy {
  void operator()(CURL* easy) const { libcurl().easy_cleanup(easy); }
};
using Easy = std::unique_ptr<CURL, FreeEasy>;

/// The thread that drives the handles is never chosen for a signal: a write to a connection that
/// the peer has closed must not end the process.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

class HttpClient::Engine {
 public:
  Engine(HttpOptions options, CURLM* multi)
      : options_(std::move(options)), multi_(multi), thread_([this] { run(); }) {}

  ~Engine() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    libcurl().multi_wakeup(multi_.get());
    thread_.join();
  }

  HttpOutcome perform(const HttpRequest& request) {
    auto easy = acquire();
    if (easy == nullptr) {
      return {Error{"out of memory", shown(request.url), ""}, false};
    }
    HttpTransfer transfer(easy.get(), request, options_);
    if (auto prepared = transfer.prepare(); !prepared) {
      return {std::move(prepared).error(), false};
    }
    auto outcome = wait_for(transfer);
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(easy));
    return outcome;
  }

 private:
  struct Job {
    HttpTransfer& transfer;
    std::optional<HttpOutcome> outcome;
    std::condition_variable done;
  };

  Easy acquire() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) {
      return Easy(libcurl().easy_init());
    }
    auto easy = std::move(idle_.back());
    idle_.pop_back();
    return easy;
  }

  HttpOutcome wait_for(HttpTransfer& transfer) {
    Job job{transfer, std::nullopt, {}};
    std::unique_lock lock(mutex_);
    waiting_.push_back(&job);
    libcurl().multi_wakeup(multi_.get());
    job.done.wait(lock, [&] { return job.outcome.has_value(); });
    return *std::move(job.outcome);
  }

  void run() {
    block_signals();
    while (begin_waiting()) {
      int running = 0;
      libcurl().multi_perform(multi_.get(), &running);
      end_finished();
      end_overdue();
      libcurl().multi_poll(multi_.get(), nullptr, 0, active_.empty() ? kIdle : kLook, nullptr);
    }
  }

  /// False when it is time to stop: nobody waits for anything any more.
  bool begin_waiting() {
    std::vector<Job*> jobs;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) {
        return false;
      }
      jobs.swap(waiting_);
    }
    for (auto* const job : jobs) {
      libcurl().easy_setopt(job->transfer.easy(), CURLOPT_PRIVATE, job);
      job->transfer.start();
      active_.push_back(job);
      if (libcurl().multi_add_handle(multi_.get(), job->transfer.easy()) != CURLM_OK) {
        end(*job, job->transfer.finish(CURLE_OUT_OF_MEMORY));
      }
    }
    return true;
  }

  void end_finished() {
    int left = 0;
    while (const auto* const message = libcurl().multi_info_read(multi_.get(), &left)) {
      if (message->msg == CURLMSG_DONE) {
        Job* job = nullptr;
        libcurl().easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &job);
        const auto code = message->data.result;  // gone once the handle is removed
        end(*job, job->transfer.finish(code));
      }
    }
  }

  void end_overdue() {
    const auto now = HttpTransfer::Clock::now();
    const bool interrupted = base::interrupted();
    for (auto* const job : std::vector<Job*>(active_)) {
      if (interrupted) {
        end(*job, job->transfer.finish_interrupted());
      } else if (job->transfer.stalled(now)) {
        end(*job, job->transfer.finish_stalled());
      }
    }
  }

  void end(Job& job, HttpOutcome outcome) {
    libcurl().multi_remove_handle(multi_.get(), job.transfer.easy());
    std::erase(active_, &job);
    const std::lock_guard lock(mutex_);
    job.outcome = std::move(outcome);
    job.done.notify_one();  // under the lock: the job is gone once its owner has it
  }

  const HttpOptions options_;
  std::mutex mutex_;  // guards the four below
  bool stopping_ = false;
  std::vector<Job*> waiting_;
  std::unique_ptr<CURLM, FreeMulti> multi_;
  std::vector<Easy> idle_;    // destroyed before multi_, whose connections they may name
  std::vector<Job*> active_;  // of the thread alone
  std::thread thread_;        // last: it uses all of the above
};

HttpClient::HttpClient(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;
HttpClient::~HttpClient() = default;

Result<HttpClient> HttpClient::create(HttpOptions options) {
  GANTRY_CHECK(load_libcurl());
  CURLM* const multi = libcurl().multi_init();
  if (multi == nullptr) {
    return Error{"out of memory", "", ""};
  }
  libcurl().multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS,
                         static_cast<long>(options.connections_per_host));
  try {
    return HttpClient(std::make_unique<Engine>(std::move(options), multi));
  } catch (const std::system_error& failure) {
    return Error{std::string("cannot start a thread: ") + failure.what(), "",
                 "allow more processes (ulimit -u)"};
  }
}

HttpOutcome HttpClient::perform(const HttpRequest& request) {
  return engine_->perform(request);
}

}  // namespace gantry::registry
