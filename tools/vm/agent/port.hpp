#pragma once

#include <string>
#include <string_view>

#include "vm/agent/fd.hpp"

namespace gantry::vm::agent {

/// Where the host is heard.
class Port {
 public:
  /// The virtio-serial port of this name. Waits until there is one.
  static Port named(const std::string& name);

  /// A device that is there. Waits until it can be opened.
  static Port at(const std::string& path);

  /// A socket that is already connected: when the host goes, it does not come back.
  static Port on(int fd);

  /// Only the port of a virtual machine is: what changes the whole machine is not done for others.
  bool is_virtio() const { return is_virtio_; }

  int fd() const { return fd_.get(); }

  /// Bytes; 0: none for now; -1: the host is gone.
  long read(char* to, std::size_t size) const;
  long write(std::string_view bytes) const;

  /// Waits until the host is there again. False if it never will be.
  bool wait_for_host();

 private:
  Port(std::string name, std::string path, bool is_virtio)
      : name_(std::move(name)), path_(std::move(path)), is_virtio_(is_virtio) {}
  void open();

  std::string name_;
  std::string path_;
  bool is_virtio_ = false;
  Fd fd_;
};

}  // namespace gantry::vm::agent
