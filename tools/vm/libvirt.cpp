#include "vm/libvirt.hpp"

#include "base/dynamic_library.hpp"

namespace gantry::vm {

using base::DynamicLibrary;
using base::Result;

namespace {

[[gnu::used, gnu::section(".note.dlopen")]] alignas(4) constexpr base::DlopenNote kNote(
    R"([{"feature":"libvirt","description":"To build virtual machines","priority":"required",)"
    R"("soname":["libvirt.so.0"]},{"feature":"libvirt","description":"To build virtual machines",)"
    R"("priority":"required","soname":["libvirt-qemu.so.0"]}])");

constexpr const char* kPackage = "libvirt0";

Result<Libvirt> load() {
  GANTRY_TRY(const auto general, DynamicLibrary::load("libvirt.so.0", kPackage));
  GANTRY_TRY(const auto qemu, DynamicLibrary::load("libvirt-qemu.so.0", kPackage));
  Libvirt found{};
  if (!(general.find("virConnectClose", found.connect_close) &&
        general.find("virConnectGetDomainCapabilities", found.connect_get_domain_capabilities) &&
        general.find("virConnectOpen", found.connect_open) &&
        general.find("virDomainCreateXML", found.domain_create_xml) &&
        general.find("virDomainDestroy", found.domain_destroy) &&
        general.find("virDomainFree", found.domain_free) &&
        general.find("virDomainGetUUIDString", found.domain_get_uuid_string) &&
        general.find("virEventRegisterDefaultImpl", found.event_register_default_impl) &&
        general.find("virEventRunDefaultImpl", found.event_run_default_impl) &&
        general.find("virGetLastError", found.get_last_error) &&
        general.find("virInitialize", found.initialize) &&
        general.find("virSetErrorFunc", found.set_error_func))) {
    return general.unusable();
  }
  if (!(qemu.find("virDomainQemuMonitorCommand", found.domain_qemu_monitor_command) &&
        qemu.find("virDomainQemuMonitorCommandWithFiles",
                  found.domain_qemu_monitor_command_with_files))) {
    return qemu.unusable();
  }
  return found;
}

const Result<Libvirt>& loaded() {
  static const Result<Libvirt> kLoaded = load();
  return kLoaded;
}

}  // namespace

Result<void> load_libvirt() {
  return loaded() ? Result<void>() : Result<void>(loaded().error());
}

const Libvirt& libvirt() {
  return *loaded();
}

}  // namespace gantry::vm
