#pragma once

#include <libvirt/libvirt-qemu.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "base/result.hpp"

namespace gantry::vm {

/// What is used of libvirt. The library brings some fifty others, whose loading takes a tenth of
/// the time in which a clone starts, so it is loaded when it is first needed: by what builds, and
/// by no clone that QEMU starts without it.
struct Libvirt {
  decltype(&virConnectClose) connect_close;
  decltype(&virConnectGetDomainCapabilities) connect_get_domain_capabilities;
  decltype(&virConnectOpen) connect_open;
  decltype(&virDomainCreateXML) domain_create_xml;
  decltype(&virDomainDestroy) domain_destroy;
  decltype(&virDomainFree) domain_free;
  decltype(&virDomainGetUUIDString) domain_get_uuid_string;
  decltype(&virEventRegisterDefaultImpl) event_register_default_impl;
  decltype(&virEventRunDefaultImpl) event_run_default_impl;
  decltype(&virGetLastError) get_last_error;
  decltype(&virInitialize) initialize;
  decltype(&virSetErrorFunc) set_error_func;

  decltype(&virDomainQemuMonitorCommand) domain_qemu_monitor_command;
  decltype(&virDomainQemuMonitorCommandWithFiles) domain_qemu_monitor_command_with_files;
};

/// Loads the library unless it is there already. An Error that says what to install if it cannot be
/// had. From any number of threads at a time.
base::Result<void> load_libvirt();

/// Its functions, after load_libvirt().
const Libvirt& libvirt();

}  // namespace gantry::vm
