#include "cli/program.hpp"

#include <vector>

#include "cli/version.hpp"

namespace gantry::cli {

namespace {

std::vector<manual::Fact> exit_codes() {
  return {
      {"0", "success"},
      {"1", "an error, or a check that did not hold"},
      {"2", "the command line was wrong"},
      {"77", "a test that this machine cannot run; the output says why"},
      {"130", "interrupted by Ctrl-C (128 and the signal's number)"},
  };
}

std::vector<manual::Fact> environment() {
  return {
      {"SOURCE_DATE_EPOCH",
       "Seconds since 1970: no file in a layer is younger, and it is the image's creation time."},
      {"GANTRY_CACHE_DIR",
       "The cache of layers and of simulations that all build trees of a user share; empty turns "
       "it "
       "off. Default: $XDG_CACHE_HOME/gantry, else ~/.cache/gantry."},
      {"GANTRY_CACHE_SIZE",
       "The bound of either, 10G by default; what was unused longest goes first."},
      {"GANTRY_CA_FILE, GANTRY_CLIENT_CERTIFICATE, GANTRY_CLIENT_KEY",
       "As --ca-file, --client-certificate and --client-key, for the targets of a build too."},
      {"GANTRY_PLAIN_HTTP",
       "Registries without TLS, as HOST[:PORT] with commas between them: as --plain-http for "
       "each."},
      {"GANTRY_ENGINE", "docker or podman: which of them images are loaded into."},
      {"GANTRY_KEY_PASSWORD, GANTRY_KEY_PASSWORD_FILE",
       "The password of the key that signs, or the file that holds it."},
  };
}

}  // namespace

manual::Program program_facts() {
  return {kVersion, "", exit_codes(), environment()};
}

}  // namespace gantry::cli
