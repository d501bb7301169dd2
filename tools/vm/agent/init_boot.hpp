#pragma once

#include "vm/agent/init_settings.hpp"

namespace gantry::vm::init {

/// Mounts what the kernel shows of itself (/dev, /proc, /sys) in the initramfs.
void mount_kernel_file_systems();

void load_modules(const std::vector<std::string>& files);

/// Waits for the device and makes it the root of all, with the kernel's file systems in it. False,
/// and a message, if that fails.
bool enter_root(const Settings& settings);

/// /dev/pts, /dev/shm and /run, and /tmp where the image has nothing in it.
void mount_temporary_file_systems();

/// The loopback device, and the first other one by the defaults of QEMU's user network; and the
/// files in /etc that say so, where the image has none.
void configure_network(const std::string& hostname);

/// Ends the machine; what is not on the disk yet is written first.
[[noreturn]] void power_off();

}  // namespace gantry::vm::init
