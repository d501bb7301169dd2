#include "cli/document_output.hpp"

#include "base/file.hpp"
#include "cli/exit_code.hpp"
#include "cli/standard_output.hpp"
#include "cli/subject.hpp"

namespace gantry::cli {

void DocumentOutput::add_to(CLI::App& command) {
  auto* output =
      command.add_option("--output", file, "Where to write it; default: standard output")
          ->type_name("FILE");
  command.add_flag("--attach", attach, "Attach it to the image, which is one of a layout")
      ->excludes(output);
}

base::Result<int> DocumentOutput::put(const std::string& document, const std::string& reference,
                                      const oci::Image& image,
                                      const oci::Attachment& attachment) const {
  if (attach) {
    GANTRY_TRY(const auto subject,
               Subject::find(reference, image.config.platform.text(), registry::Access::kPush, {}));
    GANTRY_TRY(const auto attached, cli::attach(subject, [&](const oci::BlobStore& store) {
                 return oci::write_referrer(store, image.descriptor, attachment, document);
               }));
    return report(attached, subject, false);
  }
  if (!file.empty()) {
    GANTRY_TRY(const bool changed, base::write_file_if_changed(file, document));
    static_cast<void>(changed);
    return kSuccess;
  }
  GANTRY_CHECK(print(document + "\n"));
  return kSuccess;
}

}  // namespace gantry::cli
