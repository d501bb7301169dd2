#include "vm/tool/program.hpp"

#include <vector>

#include "vm/tool/version.hpp"

namespace gantry::vm {

namespace {

std::vector<manual::Fact> exit_codes() {
  return {
      {"0", "success"},
      {"1", "an error, or a checkpoint that is not as it was saved"},
      {"2", "the command line was wrong"},
      {"130", "interrupted by Ctrl-C (128 and the signal's number)"},
      {"any", "of run, exec and push --smoke: that of the command"},
  };
}

std::vector<manual::Fact> environment() {
  return {
      {"GANTRY_CACHE_DIR",
       "Where the answer of probe and libvirt's knowledge of QEMU are kept. Default: "
       "$XDG_CACHE_HOME/gantry, else ~/.cache/gantry."},
      {"GANTRY_NO_CACHE", "1: as --no-cache for each build."},
      {"GANTRY_PLAYWRIGHT", "The directory of the playwright-core that browser steps use."},
      {"GANTRY_SSD", "The gantry-ssd whose simulated drives guests have."},
      {"GANTRY_CA_FILE, GANTRY_CLIENT_CERTIFICATE, GANTRY_CLIENT_KEY, GANTRY_PLAIN_HTTP",
       "Of registries, as for gantry image publish."},
      {"XDG_RUNTIME_DIR", "Where machines that run have their directories; else /tmp/gantry-UID."},
  };
}

}  // namespace

manual::Program program_facts() {
  return {kVersion, " of gantry vm", exit_codes(), environment()};
}

}  // namespace gantry::vm
