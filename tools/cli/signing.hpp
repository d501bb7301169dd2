#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/result.hpp"
#include "cli/subject.hpp"
#include "supply/signature.hpp"

namespace gantry::cli {

/// The options that say with which key to sign.
struct SigningKeyOptions {
  std::string key;
  std::string password_file;

  /// name is the option of the key: "--key".
  CLI::Option* add_to(CLI::App& command, const std::string& name);

  /// The key, opened with the password of the file, or of the variable GANTRY_KEY_PASSWORD.
  base::Result<supply::PrivateKey> read() const;
};

/// Signs the subject, as a referrer and, in a registry, under the tag that cosign looks for, unless
/// one of what is attached to it, which is listed, is the same claim by the same key.
base::Result<Attached> sign(const Subject& subject, const std::vector<oci::Descriptor>& listed,
                            const supply::PrivateKey& key, const supply::SignatureClaim& claim);

}  // namespace gantry::cli
