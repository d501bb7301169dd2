#include "vm/stage.hpp"

#include <fmt/format.h>

#include "vm/guest_port.hpp"
#include "vm/screen.hpp"
#include "vm/shares.hpp"
#include "vm/verification.hpp"

namespace gantry::vm {

using base::Result;

namespace {

constexpr std::chrono::seconds kAgentTime{30};
constexpr std::chrono::seconds kDetachTime{5};

}  // namespace

std::chrono::milliseconds Stage::scaled(std::chrono::milliseconds time) const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time * settings_.timeout_factor);
}

Result<AgentClient*> Stage::agent() {
  if (!agent_) {
    GANTRY_TRY(auto socket, connect_to_agent(*machine_));
    GANTRY_TRY(agent_, AgentClient::connect(std::move(socket), *machine_->process,
                                            after(scaled(kAgentTime))));
  }
  return &*agent_;
}

Result<SshConnection*> Stage::ssh() {
  if (!ssh_) {
    auto access = settings_.ssh;
    const auto end = deadline();
    GANTRY_TRY(auto port, GuestPort::of(*machine_, access.port, settings_.timeout_factor));
    if (access.key.empty()) {
      GANTRY_TRY(access.key, own_ssh_key(access.keys));
      GANTRY_TRY(const bool listens, agent_listens(*machine_));
      if (agent_ || listens) {
        GANTRY_TRY(auto* const guest, agent());
        GANTRY_CHECK(authorize_ssh_key(*guest, access.user, access.key.native() + ".pub", end));
      }
    }
    GANTRY_CHECK(port.wait_until_listening(end));
    GANTRY_TRY(ssh_, SshConnection::open(*machine_, access, end));
  }
  return &*ssh_;
}

void Stage::disconnect() {
  if (ssh_) {
    ssh_->close();
    ssh_.reset();
  }
}

Result<void> Stage::detach() {
  if (settings_.shares.empty() || !agent_) {
    return {};
  }
  GANTRY_CHECK(detach_shares(*agent_, settings_.shares, after(scaled(kDetachTime))));
  settings_.shares.clear();
  return {};
}

Result<void> Stage::tell(const std::string& what, const std::function<Result<void>()>& work) {
  const auto start = std::chrono::steady_clock::now();
  const auto say = [this](const std::string& text) {
    if (settings_.progress) {
      settings_.progress(text);
    }
  };
  say(what + " … ");
  auto done = work();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  say(fmt::format("{}{:.1f} s\n", done ? "" : "failed after ", took.count()));
  return done;
}

void Stage::keep_screen() {
  if (!machine_->process->wait_for_end(after(std::chrono::seconds(0)))) {
    // The error to tell of is the one that has led here.
    static_cast<void>(save_screenshot(*machine_->monitor, machine_->directory,
                                      settings_.recording / kScreenPicture));
  }
}

}  // namespace gantry::vm
